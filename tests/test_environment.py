"""The conda environments ask for what pyproject.toml asks for, no more and no less."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent

#: Tools of the environment itself.
INSTALLERS = {"pip"}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def requirements(lines: list[str]) -> set[tuple[str, str]]:
    parsed = map(Requirement, lines)
    return {(requirement.name, str(requirement.specifier)) for requirement in parsed}


def wanted(project: dict[str, Any], *extras: str) -> set[tuple[str, str]]:
    optional = project["optional-dependencies"]
    lines = project["dependencies"] + [line for extra in extras for line in optional[extra]]
    return requirements(lines) | {("python", project["requires-python"])}


def given_by(name: str) -> set[tuple[str, str]]:
    dependencies = yaml.safe_load((ROOT / name).read_text())["dependencies"]
    lines = [entry for entry in dependencies if isinstance(entry, str)]
    through_pip = [line for entry in dependencies if isinstance(entry, dict) for line in entry["pip"]]
    return requirements([line for line in lines if line not in INSTALLERS] + through_pip)


def test_environment_without_viewer_is_the_bare_library(project: dict[str, Any]) -> None:
    assert given_by("environment-novis.yml") == wanted(project)


def test_environment_has_every_extra(project: dict[str, Any]) -> None:
    extras = set(project["optional-dependencies"]) - {"all"}
    assert given_by("environment.yml") == wanted(project, *extras)


def test_the_extra_all_is_all_of_them(project: dict[str, Any]) -> None:
    optional = project["optional-dependencies"]
    (everything,) = map(Requirement, optional["all"])
    assert everything.name == project["name"]
    assert everything.extras == set(optional) - {"all"}


@pytest.mark.parametrize("name", ["environment.yml", "environment-novis.yml"])
def test_environments_act_on_the_active_one(name: str) -> None:
    environment = yaml.safe_load((ROOT / name).read_text())
    assert environment["channels"] == ["conda-forge"]
    assert "name" not in environment  # `conda env update -f` would create that one instead
    assert "pip" in environment["dependencies"]
