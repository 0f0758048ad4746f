"""A real mail server of this machine, with TLS and login, that keeps what it got."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from runtime.clock import now

USER, PASSWORD = "attache", "a long one"


class Mail(NamedTuple):
    """One mail, and how it came."""

    to: list[str]
    text: str
    is_private: bool
    login: str | None


@contextmanager
def mailbox(security: str, certificate: Path) -> Iterator[tuple[int, list[Mail]]]:
    """The port of a mail server, and the mails that came.

    Args:
        security: as in the settings. All but `none` want a login, and none takes it in the clear.
        certificate: its own, with its key.
    """
    came: list[Mail] = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    wants: dict[str, Any] = {}
    if security != "none":
        wants = {"authenticator": _authenticated, "auth_required": True}
    if security == "starttls":
        wants |= {"tls_context": context, "require_starttls": True}
    if security == "tls":
        # it takes STARTTLS alone for private, and here everything is
        wants |= {"ssl_context": context, "auth_require_tls": False}
    server = _Server(_Keeper(came), hostname="127.0.0.1", port=0, trusted=certificate, **wants)
    server.start()
    try:
        yield server.port, came
    finally:
        server.stop()


def write_certificate(path: Path) -> Path:
    """A certificate of 127.0.0.1 that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, *form)
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


class _Keeper:
    def __init__(self, came: list[Mail]) -> None:
        self._came = came

    async def handle_DATA(  # noqa: N802 - the name of the command
        self, server: Any, session: Session, envelope: Envelope
    ) -> str:
        text = envelope.content.decode() if isinstance(envelope.content, bytes) else ""
        private = server.transport.get_extra_info("sslcontext") is not None
        who: Any = session.auth_data
        login = who.login.decode() if session.authenticated else None
        self._came.append(Mail(envelope.rcpt_tos, text, private, login))
        return "250 OK"


class _Server(Controller):
    """Listens where the system finds a free port."""

    def __init__(self, *args: Any, trusted: Path, **more: Any) -> None:
        super().__init__(*args, **more)
        self._trusted = trusted

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        with socket.create_connection((self.hostname, self.port), 5) as connection:
            if self.ssl_context is None:
                connection.recv(100)
                return
            context = ssl.create_default_context(cafile=str(self._trusted))
            with context.wrap_socket(connection, server_hostname=self.hostname) as private:
                private.recv(100)


def _authenticated(
    server: Any, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    known = data == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False, auth_data=data)
