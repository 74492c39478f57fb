"""The scenes of an image file, as the pages of a server show them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from jpkl_viewer.frames.task import UNWATCHED
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.model.stack import describe
from jpkl_viewer.pages import app
from jpkl_viewer.pages.library import Library, OpenStack
from jpkl_viewer.pages.scenes import SceneStacks
from jpkl_viewer.tools.scenes.answers import answer_scenes

import jpkl
from jpkl.toolkit import KeptStack, conversion_of

SCENES = {"raw": (20, 30, 3), "mask": (12, 14, 2), "0": (8, 9, 4)}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of three scenes."""
    monkeypatch.setenv("JPKL_CACHE_DIR", str(tmp_path / "cache"))
    arrays = {
        name: np.arange(np.prod(shape), dtype=np.uint16).reshape(shape) for name, shape in SCENES.items()
    }
    np.savez(tmp_path / "a.npz", **arrays)  # type: ignore[arg-type]
    return tmp_path / "a.npz"


def ask(opened: OpenStack) -> dict[str, object]:
    """What the page of a stack is answered on its scenes."""
    viewed = ViewedStack(describe(opened.jp), opened.frames, "a")
    (answer,) = answer_scenes(viewed, {}, UNWATCHED)
    return answer


def test_other_scenes_of_a_stack_are_opened_once_and_also_after_it_was_encoded(path: Path) -> None:
    stacks = SceneStacks(jpkl.open(path))
    for _ in range(2):
        first, other = stacks.open(), stacks.open("mask")
        assert ask(other) == {"names": list(SCENES), "chosen": "mask"}
        assert ask(first)["chosen"] == "raw"
        assert (first.jp.shape, other.jp.shape) == (SCENES["raw"], SCENES["mask"])
        assert stacks.open("mask") is other
        assert stacks.open("raw") is first
        if not isinstance(first.jp, KeptStack):
            conversion_of(first.jp).wait()  # type: ignore[arg-type]
    assert isinstance(stacks.open().jp, KeptStack)
    with pytest.raises(ValueError, match="there is no scene '1'"):
        stacks.open("1")


def test_a_scene_is_kept_where_encoding_all_scenes_puts_it(path: Path) -> None:
    with jpkl.open(path) as jp:
        jp.target = path.with_suffix(".jpkl")
        other = SceneStacks(jp).open("mask").jp
        assert conversion_of(other).wait() == path.with_name("a_mask.jpkl")  # type: ignore[arg-type]


def test_scenes_of_a_file_in_a_folder(path: Path) -> None:
    library = Library(path.parent)
    assert library.open("a.npz", "0").jp.shape == SCENES["0"]
    assert library.open("a.npz", "0") is library.open("a.npz", "0")
    assert library.open("a.npz", "raw") is library.open("a.npz")
    with pytest.raises(ValueError, match="there is no scene 'x'"):
        library.open("a.npz", "x")


def test_stacks_of_no_original_have_no_scenes(path: Path) -> None:
    jp = jpkl.JPkl(np.zeros((8, 9, 2), np.uint8))
    assert ask(SceneStacks(jp).open()) == {"names": [], "chosen": None}


def test_a_page_says_that_there_is_no_such_scene(path: Path) -> None:
    page = app.stack_page(Library(path.parent), "a.npz", scene="x")
    assert "There is no scene" in page.object
