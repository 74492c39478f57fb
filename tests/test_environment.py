"""The conda environments ask for what pyproject.toml asks for, no more and no less."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from tests.tools.interpreter import find_python
from tests.tools.lowest import lowest_versions

ROOT = Path(__file__).parent.parent

#: Tools of the environment itself.
INSTALLERS = {"pip"}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def requirements(lines: list[str]) -> set[tuple[str, str]]:
    """Names and bounds of what is asked for here: conda's environments are for no browser."""
    parsed = [requirement for requirement in map(Requirement, lines) if is_for_here(requirement)]
    return {(requirement.name, str(requirement.specifier)) for requirement in parsed}


def is_for_here(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate()


def wanted(project: dict[str, Any], *extras: str) -> set[tuple[str, str]]:
    optional = project["optional-dependencies"]
    lines = project["dependencies"] + [line for extra in extras for line in optional[extra]]
    return requirements(lines) | {("python", project["requires-python"])}


def given_by(name: str) -> set[tuple[str, str]]:
    dependencies = yaml.safe_load((ROOT / name).read_text())["dependencies"]
    return requirements([line for line in dependencies if line not in INSTALLERS])


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


def test_every_requirement_has_a_floor_that_can_be_tried(project: dict[str, Any]) -> None:
    floors = lowest_versions(project)
    assert floors.items() >= {"numpy": "2.0", "bokeh": "3.8.2"}.items()
    assert len(floors) == len(wanted(project, *project["optional-dependencies"])) - len({"python", "jpkl"})


@pytest.mark.parametrize("requirement", ["numpy", "numpy<3", "numpy>=1.26,<3"])
def test_a_requirement_without_one_floor_is_named(requirement: str) -> None:
    with pytest.raises(ValueError, match="one lower bound"):
        lowest_versions({"dependencies": [requirement]})


def test_an_interpreter_is_found_by_its_version() -> None:
    found = find_python(["2.99", f"{sys.version_info[0]}.{sys.version_info[1]}"])
    assert found is not None
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    assert version.startswith(f"Python {sys.version_info[0]}.{sys.version_info[1]}.")
    assert find_python(["2.99"]) is None
