"""Settings: the environment over `attache.toml` over the defaults, and a secret that stays one."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from runtime.errors import WrongUseError
from runtime.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working folder, and none of the machine's own settings."""
    for name in [name for name in os.environ if name.startswith(("ATTACHE_", "KAFKA_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def write_toml(text: str) -> None:
    Path("attache.toml").write_text(text)


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_toml('kafka_port = 9001\nairflow_port = 9002\nschedule = "0 * * * *"')
    monkeypatch.setenv("ATTACHE_KAFKA_PORT", "9003")
    settings = load_settings()
    assert (settings.kafka_port, settings.airflow_port, settings.schedule) == (
        9003,
        9002,
        "0 * * * *",
    )
    assert settings.threads == Settings().threads


def test_a_real_cluster_may_be_named_in_either_place(monkeypatch: pytest.MonkeyPatch) -> None:
    write_toml('kafka_bootstrap_servers = "from-file:9092"')
    assert load_settings().kafka_bootstrap_servers == "from-file:9092"
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "from-environment:9092")
    assert load_settings().kafka_bootstrap_servers == "from-environment:9092"


def test_the_home_is_absolute_so_that_a_change_of_folder_does_not_move_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().home == tmp_path / "var"
    monkeypatch.setenv("ATTACHE_HOME", "~/attache")
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert load_settings().home == tmp_path / "me" / "attache"


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("kafka_port = 70000", "kafka_port"),
        ('threads = "many"', "threads"),
        ("landing_batch_records = 0", "landing_batch_records"),
        ("no_such_setting = 1", "no_such_setting"),
        ("kafka_port = [", "attache.toml"),
        ("pseudonym_secret = 5", "pseudonym_secret"),
        ("policy = 5", "policy"),
        ("dead_letter_share = nan", "dead_letter_share"),
    ],
)
def test_a_setting_that_cannot_work_is_named(toml: str, named: str) -> None:
    write_toml(toml)
    with pytest.raises(WrongUseError, match=named):
        load_settings()


def test_a_folder_of_the_files_name_is_no_file() -> None:
    Path("attache.toml").mkdir()
    assert load_settings().threads == Settings().threads


def test_the_secret_is_made_once_and_is_for_its_owner_only(tmp_path: Path) -> None:
    settings = load_settings()
    key = settings.pseudonym_key()
    assert load_settings().pseudonym_key() == key
    file = tmp_path / "var" / "pseudonym.secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert replace(settings, home=tmp_path / "other").pseudonym_key() != key
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_those_who_race_for_the_secret_get_the_same_one() -> None:
    settings = load_settings()
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: settings.pseudonym_key(), range(64)))
    assert len(keys) == 1


def test_a_given_secret_is_used_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTACHE_PSEUDONYM_SECRET", "correct horse")
    settings = load_settings()
    assert settings.pseudonym_key() == b"correct horse"
    assert not (tmp_path / "var").exists()
    shown = [repr(settings), str(settings), str(msgspec.structs.asdict(settings))]
    assert not [text for text in shown if "correct horse" in text]
    monkeypatch.setenv("ATTACHE_KAFKA_PORT", "x")
    with pytest.raises(WrongUseError) as caught:
        load_settings()
    assert "correct horse" not in str(caught.value)
