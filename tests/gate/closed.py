"""What the gate says where it closes."""

from __future__ import annotations

import pytest

from expectations import gate
from expectations.checks import CheckReport, ChecksFailedError
from runtime.run import Run
from runtime.settings import Settings
from tests.gate.warehouse import RUN


def closed(settings: Settings, run: Run = RUN) -> CheckReport:
    with pytest.raises(ChecksFailedError) as caught:
        gate.check(settings, run)
    return caught.value.report
