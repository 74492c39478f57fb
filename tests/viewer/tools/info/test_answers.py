"""Metadata that are set by hand in a page: checked, and saved beside the file."""

from __future__ import annotations

from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("panel")

from jpkl_viewer import JPklViewer
from jpkl_viewer.frames.task import UNWATCHED, Task
from jpkl_viewer.tools.info.answers import answer_metadata, answer_save_metadata
from jpkl_viewer.tools.info.by_hand import description_by_hand
from jpkl_viewer.tools.regions.answers import answer_measure

from jpkl import JPkl
from tests.viewer import stacks

CHANGES: dict[str, Any] = {
    "pixel_size": [0.2, 0.5],
    "pixel_unit": "µm",
    "spacing": {"time": [1.25, "s"], "z": 2},
    "dim_names": {"time": "t"},
    "channel_names": ["DNA", "actin"],
    "channel_colors": ["#0000ff", "#00ff00"],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "cells.jpkl"
    stacks.ramp((3, 2, 2), metadata={"note": "mine"}).save(path)
    return path


def ask(answer: Any, path: Path, changes: Any, *, task: Task = UNWATCHED, **options: Any) -> dict[str, Any]:
    """What is answered to a page of a viewer."""
    with JPkl.load(path) as jp:
        stack = JPklViewer(jp)._answers(**options).stacks[0]
        (found,) = answer(stack, {"changes": changes}, task)
    result: dict[str, Any] = found
    return result


def test_changes_are_checked_and_written_in_plain_form(path: Path) -> None:
    before = path.read_bytes()
    found = ask(answer_metadata, path, CHANGES)
    assert found == {
        "pixelSize": [0.2, 0.5],
        "pixelUnit": "µm",
        "aspect": 0.4,
        "dims": [
            {"name": "t", "size": 3, "coords": [0.0, 1.25, 2.5], "unit": "s", "texts": None},
            {"name": "z", "size": 2, "coords": [0.0, 2.0], "unit": "", "texts": None},
            {"name": "channel", "size": 2, "coords": None, "unit": "", "texts": None},
        ],
        "channelNames": ["DNA", "actin"],
        "whyNotSaved": "",
    }
    assert path.read_bytes() == before
    assert [found.name for found in path.parent.iterdir()] == ["cells.jpkl"]


def test_a_copy_is_saved_beside_the_file_and_never_over_another(path: Path) -> None:
    before, pixels = path.read_bytes(), np.asarray(JPkl.load(path, lazy=False))
    for name in ("cells.annotated.jpkl", "cells.annotated2.jpkl"):
        assert ask(answer_save_metadata, path, CHANGES) == {"name": name}
        with JPkl.load(path.with_name(name)) as jp:
            assert jp.metadata["channel_names"] == ["DNA", "actin"]
            assert jp.metadata["note"] == "mine"
            assert jp.dim_names == ("t", "z", "channel")
            assert jp.metadata["coords"] == {"t": [0.0, 1.25, 2.5], "z": [0.0, 2.0]}
            np.testing.assert_array_equal(jp[...], pixels)
    assert path.read_bytes() == before


def test_what_is_cancelled_leaves_nothing(path: Path) -> None:
    with pytest.raises(CancelledError):
        ask(answer_save_metadata, path, CHANGES, task=Task(is_stale=lambda: True))
    assert [found.name for found in path.parent.iterdir()] == ["cells.jpkl"]


@pytest.mark.parametrize("changes", [CHANGES, {"pixel_size": -1}])
def test_visitors_of_a_server_write_nothing(path: Path, changes: dict[str, Any]) -> None:
    found = ask(answer_metadata, path, CHANGES, for_visitors=True)
    assert "Only who runs the server" in found["whyNotSaved"]
    with pytest.raises(ValueError, match=r"Only who runs the server|pixel_size must be"):
        ask(answer_save_metadata, path, changes, for_visitors=True)
    assert [found.name for found in path.parent.iterdir()] == ["cells.jpkl"]


def test_a_stack_in_memory_is_saved_from_python() -> None:
    stack = JPklViewer(stacks.ramp((3,)))._answers().stacks[0]
    with pytest.raises(ValueError, match="in memory"):
        list(answer_save_metadata(stack, {"changes": {"pixel_size": 1}}, UNWATCHED))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"path": "/etc/passwd"}, "what can be set: pixel_size"),
        ({"metadata": {"a": 1}}, "what can be set"),
        ({"output": "x.jpkl"}, "what can be set"),
        ({"dim_names": ["a", "b", "c"]}, "new name of each dim"),
        ({"dim_names": {"time": "z"}}, "dim"),
        ({"dim_names": {"time": 3}}, "new name of each dim"),
        ({"dim_names": {"channel": "angle"}}, "which dim has the channels"),
        ([], "what can be set"),
        (None, "what can be set"),
        ({"spacing": 3}, "spacing must be a step"),
        ({"spacing": {"time": "far"}}, "spacing of time must be a positive number"),
        ({"pixel_size": "0.2um"}, "one or two positive numbers"),
        ({"pixel_size": None, "channel_names": {"a": 1}}, "channel_names must be 2 names"),
        ({"channel_colors": ["red", "blue"]}, "2 colors such as"),
    ],
)
def test_a_page_may_send_anything(path: Path, changes: Any, says: str) -> None:
    for answer in (answer_metadata, answer_save_metadata):
        with pytest.raises(ValueError, match=says):
            ask(answer, path, changes)
    assert [found.name for found in path.parent.iterdir()] == ["cells.jpkl"]


def test_what_is_exported_has_what_is_set_by_hand(path: Path) -> None:
    with JPkl.load(path) as jp:
        stack = JPklViewer(jp)._answers().stacks[0]
    assert description_by_hand(stack, {}) is stack.description
    assert description_by_hand(stack, {"info": {"pixel_size": "?"}}) is stack.description
    found = description_by_hand(stack, {"info": {"pixel_size": [1, 2], "spacing": {"z": [3, "mm"]}}})
    assert (found.pixel_size, found.pixel_aspect) == ((1.0, 2.0), 0.5)
    assert found.dims[1].label(1) == "3 mm"


def test_values_that_are_kept_exactly_stay_what_they_are() -> None:
    images = np.arange(1000, 1000 + 16 * 16 * 3, dtype=np.uint16).reshape(16, 16, 3)
    stack = JPklViewer(JPkl(images, lossless=True))._answers().stacks[0]
    found = description_by_hand(stack, {"info": {"pixel_size": [0.5, 0.5]}})
    assert vars(found) == vars(replace(stack.description, pixel_size=(0.5, 0.5)))  # which has the same arrays
    roi = {"name": "r1", "shape": "rectangle", "points": [[0, 0], [3, 3]]}
    asked = {"rois": [roi], "position": [1], "dim": None}
    (measured,) = answer_measure(stack, asked, UNWATCHED)
    assert measured["mean"] == [images[:4, :4, 1].mean()]
    (by_hand,) = answer_measure(stack, {**asked, "by_hand": {"pixel_size": [0.5, 0.5]}}, UNWATCHED)
    assert by_hand == measured


def test_a_folder_that_cannot_be_written_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(OSError, match="nothing can be written beside the file: Permission denied"):
        ask(answer_save_metadata, path, CHANGES)
