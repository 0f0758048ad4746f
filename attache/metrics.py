"""The status as OpenMetrics text, for whoever watches from outside."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from attache.status import Status


def render_metrics(status: Status) -> str:
    """OpenMetrics 1.0; what is not known now has no sample."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_StatusCollector(status))
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text.decode()


class _StatusCollector(Collector):
    def __init__(self, status: Status) -> None:
        self.status = status

    def collect(self) -> Iterator[Metric]:
        yield from self._partitions()
        yield from self._warehouse()
        published = self.status.published
        if published is not None:
            yield _gauge("published_version", "The version that is served.", published.version)
            yield _gauge(
                "published_timestamp_seconds",
                "When it was published.",
                published.published_at.timestamp(),
            )

    def _partitions(self) -> Iterator[Metric]:
        place = ["topic", "partition"]
        gauges = {
            "log_end_offset": ("The broker's end offset.", "log_end"),
            "landed_offset": ("The next offset to land.", "landed_up_to"),
            "lag_records": ("Records that wait to be landed.", "lag"),
            "lag_seconds": ("How long the oldest of them has waited.", "lag_seconds"),
            "gone_offsets": ("Offsets deleted before they were landed.", "gone"),
            "empty_offsets": ("Offsets without a record for us.", "empty"),
        }
        for name, (text, attribute) in gauges.items():
            gauge = GaugeMetricFamily(f"attache_{name}", text, labels=place)
            for partition in self.status.partitions:
                value = getattr(partition, attribute)
                if value is not None:
                    gauge.add_metric([partition.topic, str(partition.partition)], value)
            yield gauge
        dead = GaugeMetricFamily("attache_dead_letters", "Dead letters.", labels=[*place, "reason"])
        for partition in self.status.partitions:
            for reason, count in partition.dead_letters.items():
                dead.add_metric([partition.topic, str(partition.partition), reason], count)
        yield dead

    def _warehouse(self) -> Iterator[Metric]:
        held, drain, check = (
            self.status.conservation,
            self.status.last_drain,
            self.status.last_check,
        )
        if held is not None:
            yield _gauge("records_read", "Records ever read.", held.records)
            yield _gauge("rows_landed", "Rows ever landed.", held.rows)
            yield _gauge(
                "is_conserved", "1 where read = landed + dead letters.", float(held.is_conserved)
            )
        if drain is not None:
            finished = drain.finished_at.timestamp()
            yield _gauge("last_drain_timestamp_seconds", "When the last landing ended.", finished)
            if drain.records_per_second is not None:
                yield _gauge("last_drain_records_per_second", "Its rate.", drain.records_per_second)
        if check is not None:
            yield _gauge("last_check_passed", "1 where the gate was open.", float(check.passed))


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"attache_{name}", text, value=value)
