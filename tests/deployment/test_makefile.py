"""The Makefile: says what it can do, and what is missing before it starts."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.settings import PROJECT

# Says what Python 3.9 would say, and would make an environment if it were let.
OLD_PYTHON = f"""#!/bin/sh
case "$1" in
  --version) echo "Python 3.9.18" ;;
  -c) {sys.executable} -c 'import sys; sys.version_info = (3, 9, 18); exec(sys.argv[1])' "$2" ;;
  -m) mkdir .venv ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(PROJECT / name, tmp_path)
    return tmp_path


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *words], cwd=folder, capture_output=True, text=True
    )


def test_help_is_the_default_and_lists_every_target(checkout: Path) -> None:
    phony = re.search(r"^\.PHONY: (.+)$", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    listed = re.findall(r"^  make (\S+) +\S", make(checkout).stdout, re.MULTILINE)
    assert sorted(listed) == sorted(phony[1].split())


def test_an_old_python_is_refused_with_the_line_to_type(checkout: Path) -> None:
    old = checkout / "old-python"
    old.write_text(OLD_PYTHON)
    old.chmod(0o755)
    refused = make(checkout, f"PYTHON={old}", ".venv")
    assert refused.returncode != 0
    assert "Python 3.9.18" in refused.stderr
    assert "make PYTHON=python3.11 .venv" in refused.stderr
    assert not (checkout / ".venv").exists()


def test_the_installer_comes_from_the_lock_file_with_its_hashes(checkout: Path) -> None:
    """The same lines, whether the Makefile or the Dockerfile asks."""
    program = re.search(r"awk '([^']+)' requirements\.lock", (PROJECT / "Makefile").read_text())
    assert program
    assert f"awk '{program[1]}' requirements.lock" in (PROJECT / "Dockerfile").read_text()
    block = subprocess.run(
        ["awk", program[1], "requirements.lock"], cwd=checkout, capture_output=True, text=True
    ).stdout
    pinned = [line for line in block.splitlines() if "==" in line]
    assert [re.match(r"uv==[\d.]+ \\", line) is not None for line in pinned] == [True]
    assert "--hash=sha256:" in block
