"""The peer's half of `benchmarks.producing`: run in an environment that has only confluent-kafka.

python peer_confluent_kafka.py SERVERS TOPIC FILE
"""

import json
import resource
import sys
import time

from confluent_kafka import Producer  # type: ignore[import-not-found]


def main(servers: str, topic: str, file: str) -> None:
    """Produce the lines of a file, key and value divided by a tab, as its documentation advises."""
    with open(file, "rb") as lines:  # noqa: PTH123 - nothing of ours is imported here
        messages = [line.rstrip(b"\n").split(b"\t", 1) for line in lines]
    producer = Producer(
        {
            "bootstrap.servers": servers,
            "acks": "all",
            "enable.idempotence": True,
            "compression.type": "lz4",
            "linger.ms": 100,
            "partitioner": "murmur2_random",
        }
    )
    started, cpu = time.perf_counter(), time.process_time()
    for key, value in messages:
        while True:
            try:
                producer.produce(topic, value, key)
                break
            except BufferError:
                producer.poll(0.1)
    left = producer.flush(120)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    json.dump({"left": left, "seconds": seconds, "cpu": cpu, "peak": peak}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
