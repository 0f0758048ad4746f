"""Telling people what the gate found: a POST of JSON, or an e-mail; once for each finding."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from email.message import EmailMessage
from urllib.parse import urlsplit

import httpx
import msgspec

from expectations.checks import CheckReport, CheckResult, Told
from expectations.findings import Finding, remember, untold
from expectations.policy import Policy
from runtime.clock import now
from runtime.settings import Settings

PATIENCE_SECONDS = 10
SHOWN_KEYS = 10


class Place(msgspec.Struct, frozen=True):
    """Where a message goes to."""

    way: str
    address: str

    @property
    def digest(self) -> str:
        """Names the address without giving it away."""
        return hashlib.sha256(f"{self.way} {self.address}".encode()).hexdigest()[:16]

    @property
    def shown(self) -> str:
        """What may be repeated: of a webhook the host alone, for its path is often a secret."""
        return urlsplit(self.address).hostname or "" if self.way == "webhook" else self.address


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """One message: its text, and the same for a program. `text` is what chat services show."""

    text: str
    gate: str
    run_id: str
    logical_at: str
    check_run_id: str
    report: str
    findings: list[dict[str, object]]


def tell(settings: Settings, policy: Policy, report: CheckReport) -> list[Told]:
    """Tell whom the policy names of what they don't know yet. A failure is reported, not raised."""
    failed = {result.check_id: result for result in report.results if not result.success}
    outcomes = []
    for place, people in _places(policy, failed):
        mine = sorted(check for check, told in people.items() if told)
        findings = untold(settings, place.digest, mine)
        if not findings:
            continue
        message = _message(report, failed, findings)
        names = ", ".join(sorted({name for told in people.values() for name in told}))
        error = _send(settings, place, message)
        if not error:
            about: dict[str, object] = {"way": place.way, "people": names, "digest": place.digest}
            about |= {"check_run_id": report.check_run_id, "told_at": now()}
            remember(settings, about, mine)
        outcomes.append(
            Told(
                people=names,
                way=place.way,
                place=place.shown,
                finding_count=len(findings),
                error=error,
            )
        )
    return outcomes


def _places(
    policy: Policy, failed: dict[str, CheckResult]
) -> Iterator[tuple[Place, dict[str, list[str]]]]:
    """Each address, with the checks that it is to hear of, and on whose behalf."""
    places: dict[Place, dict[str, list[str]]] = defaultdict(dict)
    for check_id in failed:
        for person in policy.rules[check_id].tell:
            ways = policy.people.get(person)
            for way, addresses in msgspec.structs.asdict(ways).items() if ways else ():
                for address in addresses:
                    places[Place(way, address)].setdefault(check_id, []).append(person)
    yield from places.items()


def _message(
    report: CheckReport, failed: dict[str, CheckResult], findings: Sequence[Finding]
) -> Telling:
    by_check: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_check[finding.check_id].append(finding)
    gate = "open" if report.passed else "closed"
    lines = [
        f"The gate is {gate} (run {report.run_id}, for {report.logical_at:%Y-%m-%d %H:%M} UTC)."
    ]
    if not report.passed:
        lines.append("Nothing was published; readers keep the last version.")
    parts: list[dict[str, object]] = []
    for check_id, new in by_check.items():
        result = failed[check_id]
        lines += ["", f"{check_id} ({result.severity}): {result.description}"]
        lines += [f"  {finding}" for finding in new[:SHOWN_KEYS]]
        if len(new) > SHOWN_KEYS:
            lines.append(f"  and {len(new) - SHOWN_KEYS:,} more")
        parts.append(
            {
                "check_id": check_id,
                "severity": result.severity,
                "description": result.description,
                "new_count": len(new),
                "offenders": [{"key": f.key, "detail": f.detail} for f in new[:SHOWN_KEYS]],
            }
        )
    lines += ["", f"The report: {report.report}"]
    return Telling(
        text="\n".join(lines),
        gate=gate,
        run_id=report.run_id,
        logical_at=report.logical_at.isoformat(),
        check_run_id=report.check_run_id,
        report=report.report,
        findings=parts,
    )


def _send(settings: Settings, place: Place, message: Telling) -> str:
    """Why it could not be sent; empty where it was. Never the address, which may be a secret."""
    try:
        _WAYS[place.way](settings, place.address, message)
    except httpx.HTTPStatusError as error:
        return f"{place.shown} answered {error.response.status_code}"
    except httpx.HTTPError as error:
        return f"{place.shown} can't be reached ({type(error).__name__})"
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _post(settings: Settings, address: str, message: Telling) -> None:
    content = msgspec.json.encode(message)
    headers = {"Content-Type": "application/json"}
    httpx.post(
        address, content=content, headers=headers, timeout=PATIENCE_SECONDS
    ).raise_for_status()


def _mail(settings: Settings, address: str, message: Telling) -> None:
    if settings.smtp_host is None or settings.smtp_sender is None:
        raise ValueError("ATTACHE_SMTP_HOST and ATTACHE_SMTP_SENDER must be set")
    mail = EmailMessage()
    count = len(message.findings)
    mail["Subject"] = f"Attaché: the gate is {message.gate}, {count} checks have new findings"
    mail["From"], mail["To"] = settings.smtp_sender, address
    mail.set_content(message.text)
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if settings.smtp_security == "tls":
        server = smtplib.SMTP_SSL(
            settings.smtp_host, settings.smtp_port, timeout=PATIENCE_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=PATIENCE_SECONDS)
    with server:
        if settings.smtp_security == "starttls":
            server.starttls(context=context)
        if settings.smtp_user is not None and settings.smtp_password is not None:
            server.login(settings.smtp_user, settings.smtp_password.reveal())
        server.send_message(mail)


_WAYS: dict[str, Callable[[Settings, str, Telling], None]] = {"mail": _mail, "webhook": _post}
