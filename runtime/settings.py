"""Settings: one object, read from the environment, then `attache.toml`, then the defaults."""

from __future__ import annotations

import os
import secrets
import tempfile
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta

from runtime.errors import WrongUseError

PROJECT = Path(__file__).resolve().parent.parent
FILE = Path("attache.toml")
_VARIABLES = {"kafka_bootstrap_servers": "KAFKA_BOOTSTRAP_SERVERS"}
"""Those that other tools know by a name of their own."""

Port = Annotated[int, Meta(ge=0, le=65535)]


class Secret:
    """A text that is printed by nobody who prints what it is part of."""

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError("Expected `str`")
        self._text = text

    def __repr__(self) -> str:
        return "Secret(…)"

    def reveal(self) -> str:
        return self._text


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that differs between two homes, as it is given here; `load_settings` reads it."""

    home: Annotated[Path, Meta(description="Folder of all state.")] = Path("var")
    kafka_bootstrap_servers: Annotated[
        str | None,
        Meta(description="A real cluster, `host:port,…`; unset means the embedded broker."),
    ] = None
    kafka_port: Annotated[Port, Meta(description="Embedded broker; 0: a free one.")] = 0
    kafka_controller_port: Annotated[Port, Meta(description="0: a free one.")] = 0
    kafka_heap: Annotated[str, Meta(description="Java heap of the embedded broker.")] = "512m"
    airflow_port: Annotated[Port, Meta(description="Embedded Airflow; 0: a free one.")] = 0
    schedule: Annotated[str, Meta(description="Cron schedule of the DAG `engagement`.")] = (
        "*/15 * * * *"
    )
    pseudonym_secret: Annotated[
        Secret | None,
        Meta(description="Key of the actors' pseudonyms; unset: generated once in the home."),
    ] = None
    landing_batch_records: Annotated[
        int,
        Meta(
            ge=1,
            description="How many records of a topic make one landing transaction, at most. "
            "The default fills 16 row groups of DuckDB, each by one thread.",
        ),
    ] = 1_966_080
    produce_patience_seconds: Annotated[
        float,
        Meta(
            gt=0,
            description="How long a producer waits for a Kafka that is away before it writes "
            "to disk.",
        ),
    ] = 120
    dead_letter_share: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            description="A landing stops where more of what it read are dead letters; 1: never.",
        ),
    ] = 0.5
    dead_letter_minimum: Annotated[
        int, Meta(ge=0, description="Fewer dead letters than this never stop a landing.")
    ] = 1_000
    policy: Annotated[
        Path | None,
        Meta(
            description="The gate's policy; unset: the one that is shipped, "
            "`expectations/policy.yml`."
        ),
    ] = None
    smtp_host: Annotated[str | None, Meta(description="Server that sends the gate's mail.")] = None
    smtp_port: Annotated[int, Meta(ge=1, le=65535, description="Its port.")] = 587
    smtp_security: Annotated[
        Literal["starttls", "tls", "none"], Meta(description="How the way to it is kept private.")
    ] = "starttls"
    smtp_user: Annotated[str | None, Meta(description="Name to log in with; unset: no login.")] = (
        None
    )
    smtp_password: Annotated[Secret | None, Meta(description="Password of that name.")] = None
    smtp_sender: Annotated[
        str | None, Meta(description="Address that the gate's mail comes from.")
    ] = None
    threads: Annotated[int, Meta(ge=1, description="Threads of DuckDB and dbt.")] = 2
    exit: Annotated[bool, Meta(description="`attache demo` stops itself when done.")] = False

    @property
    def warehouse(self) -> Path:
        """The file that the pipeline writes. Readers never open it; they have the published one."""
        return self.home / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """Folder of the published versions, `current.duckdb` and `manifest.json`."""
        return self.home / "published"

    @property
    def spool(self) -> Path:
        """Folder of the messages that Kafka would not take yet."""
        return self.home / "spool"

    def pseudonym_key(self) -> bytes:
        """The key of the actors' pseudonyms: from the settings, else one made once in the home.

        Returns:
            bytes: the secret. It is never printed, logged or stored outside its file (mode 0600).
        """
        if self.pseudonym_secret is not None:
            return self.pseudonym_secret.reveal().encode()
        path = self.home / "pseudonym.secret"
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            _create_once(path, secrets.token_hex(32))
        return path.read_text().strip().encode()


def variable_of(name: str) -> str:
    """What a setting is called in the environment."""
    return _VARIABLES.get(name, f"ATTACHE_{name.upper()}")


def described_settings() -> dict[str, tuple[Any, str]]:
    """Each setting's type and what it is."""
    hints = get_type_hints(Settings, include_extras=True)
    return {
        name: (hint.__origin__, next(meta.description for meta in reversed(hint.__metadata__)))
        for name, hint in hints.items()
    }


def load_settings() -> Settings:
    """Read the environment, then `attache.toml`, then the defaults; the home's path is absolute.

    Raises:
        WrongUseError: a setting has a value that can't work; the message names it.
    """
    try:
        written = tomllib.loads(FILE.read_bytes().decode()) if FILE.is_file() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongUseError(
            f"{FILE} can't be read: {error}.", "Write it as TOML: kafka_port = 9092, say."
        ) from error
    given = {
        name: os.environ[variable_of(name)]
        for name in Settings.__struct_fields__
        if variable_of(name) in os.environ
    }
    try:
        settings = msgspec.convert(
            {**written, **given}, Settings, strict=False, dec_hook=lambda kind, value: kind(value)
        )
    except msgspec.ValidationError as error:
        what, _, name = str(error).partition(" - at `$.")
        raise WrongUseError(
            f"The setting {name.rstrip('`')!r} is wrong: {what}." if name else f"{FILE}: {what}.",
            "Settings come from ATTACHE_… variables and attache.toml: docs/reference/settings.md.",
        ) from error
    paths = {"home": settings.home.expanduser().resolve()}
    if settings.policy is not None:
        paths["policy"] = settings.policy.expanduser().resolve()
    return msgspec.structs.replace(settings, **paths)


def _create_once(path: Path, text: str) -> None:
    """Write a new private file; where several race for it, the first one's text stays."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mode 0600
    part = Path(name)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()
