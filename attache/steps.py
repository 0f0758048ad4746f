"""The four steps of a run. A DAG's task and a command call the same one.

Each imports its room when it is called: the gate alone takes seconds to import, and `land` has no
use for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtime.run import Run
from runtime.settings import Settings
from runtime.spared import importing

if TYPE_CHECKING:
    from attache.build import BuildReport
    from expectations.checks import CheckReport
    from ingestion.landing import LandReport
    from publication.publish import PublishReport


def land(settings: Settings, run: Run, accept_gaps: bool = False) -> LandReport:
    """Drain Kafka into the raw schema: `ingestion.landing.land`."""
    with importing():
        from ingestion import landing

    return landing.land(settings, run, accept_gaps)


def build(settings: Settings, run: Run, full_refresh: bool = False) -> BuildReport:
    """Build the marts with dbt: `attache.build.build`."""
    from attache import build as building

    return building.build(settings, run, full_refresh)


def check(settings: Settings, run: Run) -> CheckReport:
    """Audit what was built: `expectations.gate.check`."""
    from expectations import gate

    return gate.check(settings, run)


def publish(settings: Settings, run: Run) -> PublishReport:
    """Serve what passed: `publication.publish.publish`."""
    from publication import publish as publishing

    return publishing.publish(settings, run)
