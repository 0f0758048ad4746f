"""Events into Kafka, and out of it into the raw schema of the warehouse."""
