"""What Python answers on exports, filmstrips and montages; without a browser."""

from __future__ import annotations

import io
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jpkl_viewer import JPklViewer
from jpkl_viewer.frames import jobs
from jpkl_viewer.frames.answers import Answers
from jpkl_viewer.frames.task import UNWATCHED
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.model.projection import Projection
from jpkl_viewer.model.stack import describe
from jpkl_viewer.model.state import ViewState
from jpkl_viewer.tools import find_answers
from jpkl_viewer.tools.export.answers import answer_export, answer_snippet
from jpkl_viewer.tools.montage.answers import answer_montage
from PIL import Image, ImageSequence

from jpkl import JPkl
from tests.viewer import stacks


def request(jp: JPkl, kind: str = "png", **settings: Any) -> dict[str, Any]:
    """What the browser asks for an export."""
    state = ViewState(describe(jp))
    state.restore(settings)
    plain = {"scale_bar": False, "stamp": False, "region": None, "zoom": 1}
    part = {"dim": 0, "start": 0, "stop": jp.dim_sizes[0], "step": 1, "fps": 10}
    return {"what": "export", "format": kind, "settings": state.settings(), **plain, **part}


def _all_temporary_folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("jpkl-export-*"))


#: What processes that were killed have left on this machine.
_LEFT = _all_temporary_folders()


def temporary_folders() -> list[Path]:
    return list(_all_temporary_folders() - _LEFT)


class Browser:
    """Takes the messages of one viewer, and waits for some."""

    def __init__(self, stack: ViewedStack) -> None:
        self.answers = Answers([stack], find_answers, lambda settings: None)
        self.messages: list[dict[str, Any]] = []
        self._came = threading.Condition()

    def ask(self, message: dict[str, Any], slot: str = "export") -> None:
        self.answers.handle({**message, "type": "ask", "slot": slot, "id": 1}, self._take)

    def _take(self, message: dict[str, Any]) -> None:
        with self._came:
            self.messages.append(message)
            self._came.notify_all()

    def wait_for(self, key: str) -> Any:
        """The entry of that name of the first message that has it."""
        with self._came:
            assert self._came.wait_for(lambda: any(key in m for m in self.messages), 20), self.messages
            return next(m[key] for m in self.messages if key in m)


def long_movie() -> tuple[ViewedStack, dict[str, Any]]:
    """A movie that takes much longer than a test may."""
    jp = JPkl(np.zeros((1024, 1024, 400), np.uint8), dim_names=["time"])
    return stacks.viewed(jp), {**request(jp, "gif"), "scale_bar": True}


def test_a_picture_is_that_of_the_settings() -> None:
    jp = stacks.stack("shipped")
    viewer = JPklViewer(jp, position=[7, 1], colormap="magma")
    (answer,) = answer_export(stacks.viewed(jp), request(jp, **viewer.settings()), UNWATCHED)
    assert answer["name"] == "cells.png"
    with Image.open(io.BytesIO(answer["data"])) as image:
        np.testing.assert_array_equal(np.asarray(image), viewer.frames.picture(viewer.request))
    assert temporary_folders() == []


def test_pictures_from_python_have_what_is_set_by_hand_as_those_of_a_page_have(tmp_path: Path) -> None:
    by_hand = {"pixel_size": [1, 0.5], "pixel_unit": "µm", "spacing": {"time": [2, "s"]}}
    jp = stacks.ramp((9, 2), dim_names=["time", "channel"])
    viewer = JPklViewer(jp, position=[3, 1], tools={"info": {**by_hand, "dim_names": {"time": "t"}}})
    message = {**request(jp, **viewer.settings()), "scale_bar": True, "stamp": True, "zoom": 8}
    (answer,) = answer_export(stacks.viewed(jp), message, UNWATCHED)
    viewer.export(tmp_path / "frame.png", zoom=8)
    with Image.open(io.BytesIO(answer["data"])) as page, Image.open(tmp_path / "frame.png") as python:
        assert python.size == (40 * 8, 24 * 2 * 8)
        np.testing.assert_array_equal(np.asarray(python), np.asarray(page))
    for dim in ("time", "t", 0):
        viewer.export(tmp_path / "movie.gif", dim=dim, part=slice(0, 3), progress=False)
        with Image.open(tmp_path / "movie.gif") as movie:
            assert movie.n_frames == 3


def test_a_movie_has_range_and_step() -> None:
    jp = stacks.ramp((9, 2))
    message = {**request(jp, "gif", position=[0, 1]), "start": 1, "stop": 8, "step": 3}
    (answer,) = answer_export(stacks.viewed(jp), message, UNWATCHED)
    with Image.open(io.BytesIO(answer["data"])) as gif:
        grays = np.stack([np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(gif)])
    np.testing.assert_array_equal(grays, stacks.frames(jp)[1:8:3, 1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "exe"}, "png, gif, mp4"),
        ({"region": [5, 5, 5, 9]}, "region"),
        ({"zoom": 0}, "zoom"),
        ({"format": "gif", "start": 7, "stop": 2}, "empty"),
        ({"format": "gif", "dim": 7}, "no dim 7"),
    ],
)
def test_what_makes_no_sense_is_said(change: dict[str, Any], message: str) -> None:
    jp = stacks.ramp((9, 2))
    with pytest.raises(ValueError, match=message):
        list(answer_export(stacks.viewed(jp), {**request(jp), **change}, UNWATCHED))
    assert temporary_folders() == []


def test_what_would_be_too_large_is_not_begun() -> None:
    jp = JPkl(np.zeros((512, 512, 300), np.uint8), dim_names=["time"])
    with pytest.raises(ValueError, match="32768 x 32768 pixels are too large"):
        list(answer_export(stacks.viewed(jp), {**request(jp), "zoom": 64}, UNWATCHED))
    with pytest.raises(ValueError, match=r"1\.3 GB as a GIF"):
        list(answer_export(stacks.viewed(jp), {**request(jp, "gif"), "zoom": 4}, UNWATCHED))


def test_there_is_no_movie_along_the_projected_dim() -> None:
    jp = stacks.ramp((9, 2))
    message = request(jp, "gif", projection=Projection(0, "max", 0, 9))
    with pytest.raises(ValueError, match="time is projected"):
        list(answer_export(stacks.viewed(jp), message, UNWATCHED))


def test_there_is_no_movie_of_a_single_picture(tmp_path: Path) -> None:
    viewer = JPklViewer(JPkl(np.zeros((8, 8), np.uint8)))
    with pytest.raises(ValueError, match=r"single picture.*export it as \.png"):
        viewer.export(tmp_path / "a.gif")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    jp = stacks.ramp((9,))
    browser = Browser(stacks.viewed(jp))
    browser.ask(request(jp, "mp4"))
    assert "jpkl[movie]" in browser.wait_for("error")
    assert temporary_folders() == []


@pytest.mark.parametrize("end", ["cancel", "close", "end_jobs"])
def test_who_leaves_leaves_nothing(end: str) -> None:
    source, message = long_movie()
    browser = Browser(source)
    browser.ask(message)
    browser.wait_for("progress")
    assert len(temporary_folders()) == 1
    if end == "cancel":
        browser.answers.handle({"type": "cancel", "slot": "export"}, browser._take)
    elif end == "close":
        browser.answers.close()
    else:
        jobs.end_jobs()
    browser.wait_for("cancelled")
    assert temporary_folders() == []
    assert not any("data" in message for message in browser.messages)


def test_exports_do_not_keep_a_projection_waiting() -> None:
    source, message = long_movie()
    many = [Browser(source) for _ in range(6)]
    for browser in many:
        browser.ask(message)
    try:
        many[0].wait_for("progress")
        asker = Browser(source)
        start = time.monotonic()
        asker.ask({"what": "snippet", "settings": message["settings"]}, "snippet")
        assert "JPklViewer" in asker.wait_for("text")
        assert time.monotonic() - start < 5
        assert not any("done" in message for browser in many for message in browser.messages)
    finally:
        for browser in many:
            browser.answers.close()
    for browser in many:
        browser.wait_for("cancelled")


def test_the_code_names_the_file_but_not_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret" / "cells.jpkl"
    path.parent.mkdir()
    stacks.ramp((5, 2)).save(path)
    jp = JPkl.load(path)
    message = request(jp, position=[3, 1], composite=True, tools={"ortho": {"dim": 0, "x": 3, "y": 4}})
    (answer,) = answer_snippet(stacks.viewed(jp), message, UNWATCHED)
    assert "secret" not in answer["text"]
    monkeypatch.chdir(path.parent)
    names: dict[str, Any] = {}
    exec(answer["text"], names)
    assert names["viewer"].settings() == message["settings"]


@pytest.mark.parametrize("mode", ["side by side", "curtain", "blink", "difference"])
def test_the_code_opens_the_stacks_that_are_compared_wherever_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    paths = [tmp_path / "raw" / "x.jpkl", tmp_path / "it's" / "x.jpkl"]
    for path in paths:
        path.parent.mkdir()
        stacks.ramp((5, 2)).save(path)
    memory = [stacks.ramp((3,)), stacks.ramp((4,))]
    compare = [memory[0], JPkl.load(paths[1]), memory[1]]
    viewer = JPklViewer(JPkl.load(paths[0]), compare=compare)
    tools = {"compare": {"mode": mode, "other": 1, "at": 0.25, "gain": 4}}
    viewer.state.update(position=[3, 1], tools=tools, channels=[{"limits": (3, 99)}], colormap="magma")
    text = code_of(viewer)
    monkeypatch.chdir("/")
    names: dict[str, Any] = {"other": memory[0], "other2": memory[1]}
    exec(text, names)
    again = names["viewer"]
    assert again.settings() == viewer.settings()
    assert again.jp.path == str(paths[0])
    assert [other.jp.path for other in again.compared] == [None, str(paths[1]), None]
    assert again.compared[2].jp is memory[1]
    assert code_of(again) == text


def code_of(viewer: JPklViewer, **options: Any) -> str:
    """What "Copy Python" copies from a page of a viewer."""
    answers = viewer._answers(**options)
    message = {"settings": viewer.settings()}
    (answer,) = answer_snippet(answers.stacks[0], message, UNWATCHED)
    text: str = answer["text"]
    return text


def test_visitors_are_not_told_where_files_are(tmp_path: Path) -> None:
    paths = [tmp_path / "secret" / name for name in ("raw.jpkl", "denoised.jpkl")]
    paths[0].parent.mkdir()
    for path in paths:
        stacks.ramp((5,)).save(path)
    raw, denoised = map(JPkl.load, paths)
    viewer = JPklViewer(raw, compare=[denoised])
    assert "secret" in code_of(viewer)
    text = code_of(viewer, for_visitors=True)
    assert "secret" not in text
    assert "JPklViewer(JPkl.load('raw.jpkl'), compare=[JPkl.load('denoised.jpkl')])" in text


@pytest.mark.parametrize("name", ["shipped", "us_cine_tyxs.tif"])
def test_montages_are_scaled_frames(name: str) -> None:
    jp = stacks.stack(name)
    viewed = stacks.viewed(jp)
    positions = [[0, *(last - 1 for last in jp.dim_sizes[1:])], [0] * len(jp.dim_sizes)]
    positions = positions[: len(viewed.description.channels)]
    longest = max(jp.frame_shape[:2])
    message = {"positions": positions, "dim": 0, "every": 7, "cell": -(-longest // 4), "columns": 3}
    (answer,) = answer_montage(viewed, message, UNWATCHED)
    assert answer["indices"] == list(range(0, jp.dim_sizes[0], 7))
    assert answer["columns"] == 3
    width, height = answer["cell"]
    for position, picture in zip(positions, answer["pictures"], strict=True):
        shape = (picture["height"], picture["width"], *jp.frame_shape[2:])
        pixels = np.frombuffer(picture["data"], np.uint8).reshape(shape)
        for number, index in enumerate(answer["indices"]):
            x, y = number % 3 * (width + answer["gap"]), number // 3 * (height + answer["gap"])
            expected = jp.decode((..., index, *position[1:]), scale=4)
            np.testing.assert_array_equal(pixels[y : y + height, x : x + width], expected)


def test_a_montage_of_no_channel_is_nothing() -> None:
    message = {"positions": [], "dim": 0, "every": 1, "cell": 20, "columns": 3}
    assert list(answer_montage(stacks.viewed(stacks.ramp((5, 2))), message, UNWATCHED)) == []
