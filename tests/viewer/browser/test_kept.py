"""What is made of the package's files is made once, and again when they change, or it was damaged."""

from __future__ import annotations

from pathlib import Path

import pytest
from jpkl_viewer.browser import kept


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JPKL_CACHE_DIR", str(tmp_path))
    return tmp_path / "viewer"


def fail() -> bytes:
    raise AssertionError("it is made again")


def test_it_is_made_once(folder: Path) -> None:
    assert kept.kept("script", lambda: b"made") == b"made"
    assert kept.kept("script", fail) == b"made"
    assert len(list(folder.iterdir())) == 1


def test_it_is_made_again_where_a_file_has_changed_or_what_is_kept_is_damaged(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept.kept("script", lambda: b"old")
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    assert kept.kept("script", lambda: b"new") == b"new"
    kept._state_of_package.cache_clear()
    (tmp_path / "module.js").touch()
    files = [*kept._files(kept._PACKAGE), *kept._files(tmp_path)]
    monkeypatch.setattr(kept, "_files", lambda _: iter(files))
    assert kept.kept("script", lambda: b"newest") == b"newest"
    kept._state_of_package.cache_clear()


def test_it_is_made_where_nothing_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("JPKL_CACHE_DIR", str(tmp_path / "file"))
    assert kept.kept("script", lambda: b"made") == b"made"
