"""The broker: an embedded Apache Kafka for one home, and the topics of any Kafka."""
