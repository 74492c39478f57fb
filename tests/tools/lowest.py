"""Print the lowest versions that pyproject.toml allows, as constraints for pip.

What ``pip install --constraint lowest.txt ".[all]"`` installs is the least that users may have:
`make test-lowest` runs the tests on it.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent.parent


def lowest_versions(project: dict[str, Any]) -> dict[str, str]:
    """Return the lowest version of each direct dependency of a ``[project]`` table, on this platform.

    Raises
    ------
    ValueError
        If a requirement has no lower bound, or anything else than one.

    Examples
    --------
    >>> lowest_versions({"dependencies": ["numpy>=1.26", "pillow>=13.0; sys_platform == 'abacus'"]})
    {'numpy': '1.26'}
    """
    return {requirement.name: _floor(requirement) for requirement in _requirements(project)}


def _requirements(project: dict[str, Any]) -> Iterator[Requirement]:
    extras = project.get("optional-dependencies", {}).values()
    for line in [*project["dependencies"], *(line for extra in extras for line in extra)]:
        requirement = Requirement(line)
        is_itself = requirement.name == project.get("name")
        if not is_itself and (requirement.marker is None or requirement.marker.evaluate()):
            yield requirement


def _floor(requirement: Requirement) -> str:
    bounds = list(requirement.specifier)
    if len(bounds) != 1 or bounds[0].operator != ">=":
        raise ValueError(f"{requirement}: write it as one lower bound, e.g. {requirement.name}>=1.0")
    return bounds[0].version


def main() -> int:
    """Print the constraints."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    print(*(f"{name}=={version}" for name, version in lowest_versions(project).items()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
