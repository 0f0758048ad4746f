"""Apache Kafka's jars: fetched by jgo, and believed only where `kafka.lock` knows their digest.

`python -m ingestion.broker.jars fetch` fetches them ahead of the first start;
`python -m ingestion.broker.jars lock` writes the lock file anew after a change of version.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from runtime.errors import AttacheError

KAFKA = "org.apache.kafka:kafka_2.13:4.2.0"
LOGGING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.3!"  # "!": its BOM would change others
LOCK_FILE = Path(__file__).parent / "kafka.lock"
FETCH = "python -m ingestion.broker.jars fetch"


class JarError(AttacheError):
    """A jar of the broker can't be had, or isn't the one that the lock file names."""


def classpath() -> str:
    """The verified jars as Java's `-cp` takes them; fetched where they aren't there yet.

    Raises:
        JarError: a jar can't be fetched, is missing, is one too many or has another digest.
    """
    jars = _fetch()
    verify(jars, read_lock(LOCK_FILE))
    return os.pathsep.join(str(jar) for jar in jars)


def verify(jars: Sequence[Path], locked: Mapping[str, str]) -> None:
    """Compare jars with the lock: name for name, digest for digest.

    All 43 MB are hashed at each start: it takes less time than Java takes to open them.

    Raises:
        JarError: the first jar that differs.
    """
    found = {jar.name: jar for jar in jars}
    for name in sorted(locked.keys() - found.keys()):
        raise JarError(f"The jar {name} of Apache Kafka is missing.", _remedy(jars))
    for name, jar in sorted(found.items()):
        if name not in locked:
            raise JarError(f"The jar {jar} is not in {LOCK_FILE.name}.", _remedy(jars))
        if _digest(jar) != locked[name]:
            raise JarError(f"The jar {jar} is not the one in {LOCK_FILE.name}.", _remedy(jars))


def read_lock(path: Path) -> dict[str, str]:
    """The lock file, as `sha256sum` writes it: jar file name to digest in hexadecimal."""
    lines = (line.split() for line in path.read_text().splitlines())
    return {name: digest for digest, name in lines}


def render_lock(jars: Sequence[Path]) -> str:
    """The text of a lock file that names exactly these jars."""
    return "".join(f"{_digest(jar)}  {jar.name}\n" for jar in sorted(jars, key=lambda j: j.name))


def _fetch() -> list[Path]:
    """Resolve and download, one process at a time: jgo itself doesn't expect two."""
    import jgo  # a sixth of a second that only who starts the embedded broker has to wait

    with LOCK_FILE.open("rb") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        try:
            return list(jgo.build(endpoint=f"{KAFKA}+{LOGGING}").all_jars)
        except Exception as error:  # jgo lets through whatever its network client raises
            raise JarError(
                f"The jars of Apache Kafka could not be fetched: {error}",
                f"Check the network and the Maven settings of jgo, then run: {FETCH}",
            ) from error


def _digest(jar: Path) -> str:
    with jar.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remedy(jars: Sequence[Path]) -> str:
    folders = " and ".join(sorted({str(jar.parent.parent) for jar in jars})) or "jgo's cache"
    return (
        f"Don't trust it: delete {folders} and Kafka's jars in the local Maven repository, "
        f"then run: {FETCH}"
    )


app = typer.Typer(add_completion=False, help=__doc__)


@app.command()
def fetch() -> None:
    """Fetch the jars and verify them."""
    typer.echo(f"{len(classpath().split(os.pathsep))} jars of {KAFKA} are as locked.")


@app.command()
def lock() -> None:
    """Write the lock file from what jgo resolves now."""
    LOCK_FILE.touch()
    jars = _fetch()
    LOCK_FILE.write_text(render_lock(jars))
    typer.echo(f"{LOCK_FILE.name}: {len(jars)} jars.")


if __name__ == "__main__":
    try:
        app()
    except AttacheError as error:
        typer.echo(error, err=True)
        raise SystemExit(error.exit_code) from error
