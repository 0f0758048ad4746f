"""Whom the policy names is told, once for each finding; a message that fails breaks no run."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from expectations import gate
from expectations.checks import Told
from expectations.policy import POLICY_FILE
from expectations.suites.inflation import IS_NOT_INFLATED
from runtime.run import Run
from runtime.settings import Secret, Settings
from tests.gate.closed import closed
from tests.gate.conftest import Execute
from tests.gate.mail import PASSWORD, USER, mailbox, write_certificate
from tests.gate.poisons import DAY, ON_DAY
from tests.gate.servers import hook
from tests.gate.warehouse import LOGICAL_AT, RUN

INFLATE = f"""UPDATE marts.fct_engagement_daily
    SET is_inflated = true, inflation_reasons = ['ghost_share', 'lockstep_share'] {ON_DAY}"""
STALE = "UPDATE raw.drains SET logical_at = '2014-02-25 05:00:00Z'"
FRESH = "UPDATE raw.drains SET logical_at = '2014-03-01 05:00:00Z'"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def reached(
    settings: Settings, people: dict[str, dict[str, list[str]]], **more: object
) -> Settings:
    """Settings whose policy says how people are reached."""
    path = settings.home / "policy.yml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(POLICY_FILE.read_text()), "people": people}))
    return replace(settings, policy=path, **more)


def test_a_webhook_is_told_of_each_finding_once(settings: Settings, execute: Execute) -> None:
    execute(INFLATE)
    with hook() as (address, came):
        both = reached(
            settings, {"analyst": {"webhook": [address]}, "head of mission": {"webhook": [address]}}
        )
        for _ in range(2):
            report = gate.check(both, RUN)
        assert len(came) == 1
        (finding,) = came[0]["findings"]
        assert (finding["check_id"], finding["severity"]) == (IS_NOT_INFLATED, "flag")
        assert finding["offenders"] == [{"key": DAY, "detail": "ghost_share, lockstep_share"}]
        assert came[0]["gate"] == "open"
        assert DAY in came[0]["text"]
        assert report.told == []
        execute(INFLATE.replace("2014-01-01", "2014-01-02"))
        (told,) = gate.check(both, RUN).told
        assert told.people == "analyst, head of mission"
    offenders = {f["check_id"]: f["offenders"] for f in came[1]["findings"]}
    assert [o["key"] for o in offenders[IS_NOT_INFLATED]] == ["weibo:can 2014-01-02"]


def test_what_went_and_came_again_is_told_again(settings: Settings, execute: Execute) -> None:
    with hook() as (address, came):
        one = reached(settings, {"data engineer": {"webhook": [address]}})
        execute(STALE)
        closed(one)
        closed(one)
        execute(FRESH)
        assert gate.check(one, RUN).passed
        execute(STALE)
        closed(one, Run("next", LOGICAL_AT + timedelta(hours=1)))
    assert [message["gate"] for message in came] == ["closed", "closed"]
    assert execute("SELECT count(*), count(gone_at) FROM ops.ops_findings") == [(2, 1)]


def test_only_whom_the_policy_names_is_told(settings: Settings, execute: Execute) -> None:
    execute(STALE)
    with hook() as (address, came):
        closed(reached(settings, {"auditor": {"webhook": [address]}}))
    assert came == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("mail") / "server.pem")


def mailed(settings: Settings, port: int, security: str, password: str = PASSWORD) -> Told:
    """What became of one mail by these settings."""
    more: dict[str, object] = {"smtp_host": "127.0.0.1", "smtp_port": port}
    more |= {"smtp_security": security, "smtp_sender": "gate@ministry.example"}
    if security != "none":
        more |= {"smtp_user": USER, "smtp_password": Secret(password)}
    people = {"data engineer": {"mail": ["on.call@ministry.example"]}}
    (told,) = closed(reached(settings, people, **more)).told
    return told


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_mail_is_sent_by_the_settings_of_the_server(
    security: str,
    settings: Settings,
    execute: Execute,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    execute(STALE)
    with mailbox(security, certificate) as (port, came):
        assert mailed(settings, port, security).error == ""
    (mail,) = came
    assert mail.to == ["on.call@ministry.example"]
    assert (mail.is_private, mail.login) == ((False, None) if security == "none" else (True, USER))
    assert "the gate is closed" in mail.text
    assert "raw_is_fresh" in mail.text


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_nobody_vouches_for_gets_neither_mail_nor_password(
    security: str, settings: Settings, execute: Execute, certificate: Path
) -> None:
    execute(STALE)
    with mailbox(security, certificate) as (port, came):
        error = mailed(settings, port, security).error
    assert "certificate verify failed" in error
    assert came == []


def test_nothing_goes_in_the_clear_to_a_server_without_tls(
    settings: Settings, execute: Execute, certificate: Path
) -> None:
    execute(STALE)
    with mailbox("none", certificate) as (port, came):
        assert "STARTTLS" in mailed(settings, port, "starttls").error
    assert came == []


def test_a_wrong_password_is_reported_and_not_repeated(
    settings: Settings, execute: Execute, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    execute(STALE)
    with mailbox("starttls", certificate) as (port, came):
        error = mailed(settings, port, "starttls", password="no such word").error
    assert error.startswith("SMTPAuthenticationError")
    assert "no such word" not in error
    assert came == []


def test_a_message_that_fails_is_reported_and_tried_again(
    settings: Settings, execute: Execute, capfd: pytest.CaptureFixture[str]
) -> None:
    execute(INFLATE)
    with hook(status=503) as (address, came):
        one = reached(settings, {"analyst": {"webhook": [address], "mail": ["a@b.example"]}})
        report = gate.check(one, RUN)
        gate.check(one, RUN)
    assert report.passed
    assert len(came) == 2
    assert [told.error for told in report.told] == [
        "ValueError: ATTACHE_SMTP_HOST and ATTACHE_SMTP_SENDER must be set",
        "127.0.0.1 answered 503",
    ]
    page = Path(report.report).read_text()
    said = capfd.readouterr().err.replace("\n", " ")
    for text in (page, said):
        assert "127.0.0.1 answered 503" in text
        assert "secret-path" not in text


def test_nobody_there_is_reported_without_the_address(settings: Settings, execute: Execute) -> None:
    execute(INFLATE)
    with hook() as (address, _):
        pass
    report = gate.check(reached(settings, {"analyst": {"webhook": [address]}}), RUN)
    (told,) = report.told
    assert "can't be reached" in told.error
    kept = execute("SELECT count(*) FROM ops.ops_notifications")
    assert kept == [(0,)]
    assert "secret-path" not in json.dumps([str(t) for t in report.told])
