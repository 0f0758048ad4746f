"""The Dockerfile, read by the builder's own parser: complete, hash checked, without root."""

from __future__ import annotations

import re
import shlex
import tomllib

import dockerfile
import pytest

from runtime.settings import PROJECT

INSTRUCTIONS = {"FROM", "WORKDIR", "ENV", "COPY", "RUN", "USER", "CMD"}
PROJECT_TABLE = tomllib.loads((PROJECT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def stages() -> list[list[dockerfile.Command]]:
    """The instructions of each stage, its FROM first."""
    stages: list[list[dockerfile.Command]] = []
    for command in dockerfile.parse_file(str(PROJECT / "Dockerfile")):
        if command.cmd == "FROM":
            stages.append([])
        stages[-1].append(command)
    return stages


def copied(stages: list[list[dockerfile.Command]]) -> set[str]:
    """What is taken from the checkout."""
    return {
        source
        for stage in stages
        for command in stage
        if command.cmd == "COPY" and not command.flags
        for source in command.value[:-1]
    }


def test_instructions_exist_and_bases_are_pinned(stages: list[list[dockerfile.Command]]) -> None:
    assert {command.cmd for stage in stages for command in stage} <= INSTRUCTIONS
    bases = {stage[0].value[0] for stage in stages}
    assert len(bases) == 1, "the environment of one stage runs on the Python of the other"
    assert re.search(r":\d+\.\d+", bases.pop())


def test_what_is_copied_exists_and_reaches_the_builder(
    stages: list[list[dockerfile.Command]],
) -> None:
    let_through = set(re.findall(r"^!(.+)$", (PROJECT / ".dockerignore").read_text(), re.MULTILINE))
    assert {source for source in copied(stages) if not (PROJECT / source).exists()} == set()
    assert let_through == copied(stages)


def test_every_part_of_the_project_is_copied(stages: list[list[dockerfile.Command]]) -> None:
    packages = PROJECT_TABLE["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert copied(stages) >= {*packages, "dags", "dbt_project"}


def test_every_install_is_held_to_the_hashes_of_the_lock_file(
    stages: list[list[dockerfile.Command]],
) -> None:
    lines = [
        words
        for stage in stages
        for command in stage
        if command.cmd == "RUN"
        for part in command.value[0].split("&&")
        if "install" in (words := shlex.split(part)) and "pip" in words
    ]
    assert len(lines) == 4
    for words in lines:
        if "--editable" in words:  # our own code has no hash; its build backend has
            assert "--no-deps" in words
            assert words[words.index("--build-constraints") + 1] == "requirements.lock"
        else:
            assert "--require-hashes" in words
        groups = [words[i + 1] for i, word in enumerate(words) if word == "--group"]
        assert "dev" not in groups


def test_the_last_stage_installs_nothing_and_drops_root(
    stages: list[list[dockerfile.Command]],
) -> None:
    last = stages[-1]
    assert not [
        c for c in last if c.cmd == "RUN" and re.search(r"\b(pip|apt-get|uv)\b", c.original)
    ]
    assert [c.value[0] for c in last if c.cmd == "USER"] == ["attache"]
    after_user = [c.cmd for c in last[[c.cmd for c in last].index("USER") :]]
    assert after_user == ["USER", "CMD"]
