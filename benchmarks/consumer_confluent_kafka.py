"""What librdkafka's own Python client takes to consume a topic and throw it away.

Run by `benchmarks.landing` in an environment that has only confluent-kafka.

    python consumer_confluent_kafka.py SERVERS TOPIC EVENTS
"""

import sys

from confluent_kafka import Consumer, KafkaError, TopicPartition  # type: ignore[import-not-found]

MESSAGES_AT_ONCE = 10_000


def main(servers: str, topic: str, events: str) -> None:
    """Consume every partition from its first offset to its end, many messages a call.

    Raises:
        RuntimeError: they are not so many events.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": "attache-benchmark",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
        }
    )
    partitions = consumer.list_topics(topic).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
    left, consumed = len(partitions), 0
    while left:
        for message in consumer.consume(MESSAGES_AT_ONCE, 0.1):
            error = message.error()
            if error is None:
                message.value()
                consumed += 1
            elif error.code() == KafkaError._PARTITION_EOF:
                left -= 1
            else:
                raise RuntimeError(error)
    consumer.close()
    if consumed != int(events):
        raise RuntimeError(f"{consumed} events of {events}")


if __name__ == "__main__":
    main(*sys.argv[1:])
