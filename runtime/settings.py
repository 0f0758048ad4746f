"""Settings: one object, read from the environment, then `attache.toml`, then the defaults."""

from __future__ import annotations

import os
import secrets
import tempfile
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from runtime.errors import WrongUseError

PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """All that differs between two homes. Each field is `ATTACHE_<NAME>` in the environment."""

    model_config = SettingsConfigDict(
        env_prefix="ATTACHE_", toml_file="attache.toml", extra="forbid", frozen=True
    )

    home: Path = Field(default=Path("var"), description="Folder of all state.")
    kafka_bootstrap_servers: str | None = Field(
        default=None,
        validation_alias="KAFKA_BOOTSTRAP_SERVERS",
        description="A real cluster, `host:port,…`; unset means the embedded broker.",
    )
    kafka_port: int = Field(
        default=0, ge=0, le=65535, description="Embedded broker; 0: a free one."
    )
    kafka_controller_port: int = Field(default=0, ge=0, le=65535, description="0: a free one.")
    kafka_heap: str = Field(default="512m", description="Java heap of the embedded broker.")
    airflow_port: int = Field(
        default=0, ge=0, le=65535, description="Embedded Airflow; 0: a free one."
    )
    schedule: str = Field(
        default="*/15 * * * *", description="Cron schedule of the DAG `engagement`."
    )
    pseudonym_secret: SecretStr | None = Field(
        default=None,
        description="Key of the actors' pseudonyms; unset: generated once in the home.",
    )
    landing_batch_records: int = Field(
        default=245_760,
        ge=1,
        description="How many records of a topic make one landing transaction. "
        "The default fills two row groups of DuckDB, each by a thread of its own.",
    )
    produce_patience_seconds: float = Field(
        default=120,
        gt=0,
        description="How long a producer waits for a Kafka that is away before it writes to disk.",
    )
    dead_letter_share: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="A landing stops where more of what it read are dead letters; 1: never.",
    )
    dead_letter_minimum: int = Field(
        default=1_000, ge=0, description="Fewer dead letters than this never stop a landing."
    )
    policy: Path | None = Field(
        default=None,
        description="The gate's policy; unset: the one that is shipped, `expectations/policy.yml`.",
    )
    smtp_host: str | None = Field(default=None, description="Server that sends the gate's mail.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the way to it is kept private."
    )
    smtp_user: str | None = Field(default=None, description="Name to log in with; unset: no login.")
    smtp_password: SecretStr | None = Field(default=None, description="Password of that name.")
    smtp_sender: str | None = Field(
        default=None, description="Address that the gate's mail comes from."
    )
    threads: int = Field(default=2, ge=1, description="Threads of DuckDB and dbt.")
    exit: bool = Field(default=False, description="`attache demo` stops itself when done.")

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
            return self.pseudonym_secret.get_secret_value().encode()
        path = self.home / "pseudonym.secret"
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            _create_once(path, secrets.token_hex(32))
        return path.read_text().strip().encode()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings() -> Settings:
    """Read the settings and make the home's path absolute.

    Raises:
        WrongUseError: a setting has a value that can't work; the message names it.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise WrongUseError(
            f"The setting {name!r} is wrong: {first['msg']}.",
            "Settings come from ATTACHE_… variables and attache.toml: docs/reference/settings.md.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongUseError(
            f"attache.toml can't be read: {error}.", "Write it as TOML: kafka_port = 9092, say."
        ) from error
    paths = {"home": settings.home.expanduser().resolve()}
    if settings.policy is not None:
        paths["policy"] = settings.policy.expanduser().resolve()
    return settings.model_copy(update=paths)


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
