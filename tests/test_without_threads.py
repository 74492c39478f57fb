"""Where no thread can be started, as in a browser that runs Python, the same work is done at once."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from jpkl._pipeline import BackgroundThread, can_start_threads, thread_pool

_SETUP = """
import threading
import warnings

def refuse(thread):
    raise RuntimeError("can't start new thread")

threading.Thread.start = refuse
warnings.simplefilter("error")

import numpy as np
from jpkl import JPkl, JPklWriter

ramp = np.arange(256, dtype=np.uint8) // 2
images = np.empty((256, 256, 12, 2), np.uint8)
images[...] = ramp[:, None, None, None] + 10 * np.arange(12)[:, None]
"""

_VIEWER = """
from jpkl_viewer import JPklViewer
from jpkl_viewer.frames.answers import Answers
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.frames.frames import Frames
from jpkl_viewer.model.stack import describe
from jpkl_viewer.tools import find_answers
from jpkl_viewer.tools.projection.projection import project

jp = JPkl(images, dim_names=["time", "channel"])
viewer = JPklViewer(jp)
stack = ViewedStack(describe(jp), Frames(jp, project), "cells.jpkl")
answers = Answers([stack], find_answers, lambda settings: None)

def answered(**message):
    messages = []
    answers.handle(message, messages.append)
    assert not [message for message in messages if "error" in message], messages
    return messages

def ask(what, **arguments):
    messages = answered(type="ask", slot=what, id=1, what=what, **arguments)
    assert messages[-1]["done"]
    return messages[-2]
"""


def run(tmp_path: Path, *codes: str) -> None:
    """Run code in a Python that can start no thread, and in which a warning is an error."""
    code = "\n".join((_SETUP, *map(textwrap.dedent, codes)))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_stacks_are_encoded_saved_and_read(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
        jp = JPkl(images, dim_names=["time", "channel"], workers=4)
        jp.save("cells.jpkl")
        saved = JPkl.load("cells.jpkl")
        assert abs(saved[...].astype(int) - images).max() <= 2
        assert (saved.decode((..., 3, 1), scale=4) == saved.decode(..., scale=4)[..., 3, 1]).all()
        assert JPkl(images.astype("float32"), axes="YXTC", workers=2).intensity[5, 5, 3, 1] > 0
        """,
    )


def test_streams_are_written(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
        with JPklWriter("stream.jpkl", (256, 256), (12, 2)) as writer:
            for index in np.ndindex(12, 2):
                writer[index] = images[(..., *index)]
        assert abs(JPkl.load("stream.jpkl")[...].astype(int) - images).max() <= 2
        """,
    )


def test_the_viewer_computes(tmp_path: Path) -> None:
    pytest.importorskip("panel")
    run(
        tmp_path,
        _VIEWER,
        """
        import io
        from PIL import Image

        (picture,) = [m["data"] for m in answered(type="want", keys=["0@max,0,0,12"]) if "data" in m]
        shown = np.asarray(Image.open(io.BytesIO(picture)))
        assert abs(shown.astype(int) - images[..., :, 0].max(axis=-1)).max() <= 4

        assert len(ask("reslice", dim=0, x=3, y=4, positions=[[0, 0]])["againstX"]) == 1
        montage = ask("montage", positions=[[0, 0]], dim=0, every=3, cell=64, columns=2)
        assert montage["indices"] == [0, 3, 6, 9]

        part = {"dim": 0, "start": 0, "stop": 12, "step": 1, "fps": 10}
        movie = ask("export", format="gif", settings=viewer.settings(), **part)["data"]
        assert Image.open(io.BytesIO(movie)).n_frames == 12
        """,
    )


def test_reports_are_written(tmp_path: Path) -> None:
    pytest.importorskip("panel")
    run(tmp_path, _VIEWER, 'assert viewer.save("report.html", progress=False).n_frames == 24')


def test_threads_are_used_where_there_are_any() -> None:
    assert can_start_threads()
    with thread_pool(2, "test") as pool:
        assert pool.submit(threading.get_ident).result() != threading.get_ident()


def test_where_a_thread_cannot_be_done_without_it_is_a_documented_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[int] = []
    thread = BackgroundThread(lambda: done.append(1), "test")
    with monkeypatch.context() as patch:
        patch.setattr(threading, "_start_new_thread", refuse, raising=False)
        patch.setattr(threading, "_start_joinable_thread", refuse, raising=False)
        with pytest.raises(OSError, match="no more threads"):
            thread.start()
    thread.cancel()  # which may come before it has begun
    assert not thread.is_wanted
    thread.start()  # when there are some again
    thread.join()
    assert done


def refuse(*args: object, **kwargs: object) -> None:
    raise RuntimeError("can't start new thread")


def test_errors_of_inline_work_are_those_of_its_future(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "_start_new_thread", refuse, raising=False)
    monkeypatch.setattr(threading, "_start_joinable_thread", refuse, raising=False)
    future = thread_pool(1).submit(int, "x")
    assert isinstance(future.exception(), ValueError)
