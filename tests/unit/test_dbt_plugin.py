"""dbt's connection reads what is asked for, and the kernel doesn't read on."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest
import yaml

from attache.dbt_plugin import read_as_asked
from attache.dbt_run import DBT_PROJECT

pytestmark = pytest.mark.skipif(
    not hasattr(os, "posix_fadvise"), reason="there is no posix_fadvise on this system"
)


def test_the_file_that_is_open_is_told_of_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []

    def tell(handle: int, start: int, length: int, advice: int) -> None:
        told.append((str(Path(f"/proc/self/fd/{handle}").readlink()), start, length, advice))

    monkeypatch.setattr(os, "posix_fadvise", tell)
    path, other = tmp_path / "warehouse.duckdb", tmp_path / "other.duckdb"
    with duckdb.connect(str(path)), duckdb.connect(str(other)):
        assert read_as_asked(path) == 1
    assert told == [(str(path), 0, 0, os.POSIX_FADV_RANDOM)]


def test_a_file_that_is_not_open_is_left_alone(tmp_path: Path) -> None:
    assert read_as_asked(tmp_path / "warehouse.duckdb") == 0


def test_the_profile_has_dbt_use_it() -> None:
    profile = yaml.safe_load((DBT_PROJECT / "profiles.yml").read_text())
    plugins = profile["attache"]["outputs"]["warehouse"]["plugins"]
    assert plugins == [{"module": read_as_asked.__module__}]
