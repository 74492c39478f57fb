"""A stack that is shown while it is written."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jpkl_viewer import JPklViewer
from jpkl_viewer.pages.library import open_stack, renewed

from jpkl import JPkl, JPklWriter
from jpkl._cli import _view, main
from jpkl._file.parts import MOVES_OPEN_FILES

pytestmark = pytest.mark.skipif(not MOVES_OPEN_FILES, reason="open files cannot be moved here")

IMAGE = np.full((24, 20), 100, np.uint8)


def ask(viewer: JPklViewer, message: dict[str, Any]) -> list[dict[str, Any]]:
    """Messages that come until one says that it is the last."""
    found: list[dict[str, Any]] = []
    is_done = threading.Event()

    def send(answer: Any) -> None:
        found.append(dict(answer))
        if "done" in answer or "error" in answer or answer["type"] == "frame":
            is_done.set()

    viewer._answers(for_visitors=False).handle(message, send)
    assert is_done.wait(20)
    return found


def live(viewer: JPklViewer, *position: int, composite: bool = False) -> dict[str, Any]:
    head = {"type": "ask", "slot": "live", "id": 1, "what": "live"}
    return ask(viewer, {**head, "position": position, "allChannels": composite})[0]


def test_the_viewer_follows_a_writer(tmp_path: Path) -> None:
    path = tmp_path / "run.jpkl"
    with JPklWriter(path, (24, 20), (5, 2), dim_names=["time", "channel"]) as writer:
        writer[0, 0] = IMAGE
        opened = open_stack(JPkl.load(path, partial=True))
        viewer = JPklViewer(opened.jp, frames=opened.frames)
        assert viewer.stack.is_live
        assert live(viewer, 0, 0) | {"type": "", "slot": "", "id": 0} == {
            "type": "",
            "slot": "",
            "id": 0,
            "written": 1,
            "total": 10,
            "isGrowing": True,
            "isThere": True,
            "dim": 0,
            "latest": 0,
        }
        writer[0, 1] = writer[1, 0] = IMAGE
        assert live(viewer, 3, 0)["latest"] == 1
        both = live(viewer, 1, 0, composite=True)
        assert (both["latest"], both["isThere"], both["written"]) == (0, False, 3)
        assert "no position" in live(viewer, 5, 0)["error"]
        (early,) = ask(viewer, {"type": "want", "keys": [3]})
        assert early["isEarly"] is True
        assert "not been written yet" in early["error"]
        writer[1, 1] = IMAGE
        assert ask(viewer, {"type": "want", "keys": [3]})[0]["data"].startswith(b"\xff\xd8")
        assert renewed(opened) is opened
        for index in np.ndindex(5, 2):
            if index[0] > 1:
                writer[index] = IMAGE
    assert live(viewer, 0, 0)["isGrowing"] is False
    whole = renewed(opened)
    assert whole.jp.display_range is not None
    assert renewed(whole) is whole
    whole.jp.close()
    opened.jp.close()


def test_the_command_waits_for_the_first_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.jpkl"
    shown: list[tuple[int, bool]] = []

    def serve(stack: JPkl, *_: object) -> int:
        shown.append((int(stack.written.sum()), stack.is_growing))
        return 0

    monkeypatch.setattr(_view, "serve", serve)
    assert main(["view", str(path)]) == 2
    with JPklWriter(path, (24, 20), (3,)) as writer:
        assert main(["view", str(path)]) == 2
        monkeypatch.setattr(_view.time, "sleep", lambda _: writer.__setitem__(writer.n_written, IMAGE))
        assert main(["view", str(path), "--live"]) == 0
        assert main(["view", str(path)]) == 0
        writer[1], writer[2] = IMAGE, IMAGE
    assert main(["view", str(path), "--live"]) == 0
    assert shown == [(1, True), (1, True), (3, False)]
    said = capsys.readouterr()
    assert said.out.count("waiting for its first frame") == 1
    assert "no frame has been written yet" in said.err
