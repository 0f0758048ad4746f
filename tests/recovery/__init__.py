"""The crash matrix: broker, producer and landing as processes, killed at every point."""
