"""Messages of a browser that no browser of ours sends, and what the tools answer."""

from __future__ import annotations

import logging
import pickle
import queue
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import jpkl
from jpkl import FrameDecodeError, JPkl
from jpkl._bytes.connection import give_up_requests
from tests.data.make_golden import v1_dict
from tests.tools.range_server import RangeServer, range_server
from tests.viewer import stacks

pytest.importorskip("holoviews")

from jpkl_viewer import tools
from jpkl_viewer.frames import budget
from jpkl_viewer.frames.answers import Answers
from jpkl_viewer.frames.frames import ScreenPart
from jpkl_viewer.frames.lanes import Lanes
from jpkl_viewer.frames.rare_log import RareLog
from jpkl_viewer.tools import find_answers


def reply(message: dict[str, Any]) -> list[dict[str, Any]]:
    """What a message that is answered at once is answered."""
    sent: list[dict[str, Any]] = []
    taken: list[Any] = []
    answers = Answers([stacks.viewed(stacks.ramp((3,)))], find_answers, taken.append)
    answers.handle(message, sent.append)
    assert taken == [], "only a state is taken over"
    return sent


def test_pixels_come_as_they_are_to_browsers_that_alter_what_they_read() -> None:
    stack = stacks.viewed(stacks.ramp((3,)))
    # The part is there at once, as the whole has been decoded for the first.
    whole, part = reply({"type": "want", "keys": [2, "2 0 8 16 8 16 8"], "form": "pixels"})
    frame = stack.frames.pixels((2,))
    assert whole["data"] == frame.tobytes()
    assert part["data"] == frame[8:16, :16].tobytes()
    (jpeg,) = reply({"type": "want", "keys": [2]})
    assert jpeg["data"].startswith(b"\xff\xd8")


def test_a_damaged_jpeg_of_a_file_without_checksums_is_no_picture(tmp_path: Path) -> None:
    """Browsers make one of it, without a word."""
    images = v1_dict()["images"]
    (damaged, whole), whole_frame = list(images)[:2], list(images.values())[1]
    images[damaged] = images[damaged][:-40] + images[damaged][-31:]
    (tmp_path / "old.jpkl").write_bytes(pickle.dumps(v1_dict(images=images)))
    with JPkl.load(tmp_path / "old.jpkl") as stack:
        frames = stacks.viewed(stack).frames
        assert frames.encoded(whole) == whole_frame
        with pytest.raises(FrameDecodeError, match=rf"frame \({damaged[0]}, .*broken JPEG"):
            frames.encoded(damaged)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[RangeServer, JPkl]]:
    """A stack on a server, of which the first frames and the last come with its index."""
    pytest.importorskip("aiohttp")
    images = np.random.default_rng(0).integers(0, 255, (128, 128, 60), np.uint8)
    JPkl(images).save(tmp_path / "a.jpkl")
    with range_server(tmp_path) as server, JPkl.load(f"{server.url}/a.jpkl") as jp:
        yield server, jp


def test_frames_on_a_server_are_fetched_together_and_nobody_waits_for_them(
    served: tuple[RangeServer, JPkl],
) -> None:
    server, jp = served
    sent: queue.Queue[dict[str, Any]] = queue.Queue()
    answers = Answers([stacks.viewed(jp)], find_answers, lambda _: None)
    server.latency = 0.2
    keys = range(20, 28)
    answers.handle({"type": "want", "keys": [0, *keys, 60]}, sent.put)
    at_once = [sent.get(), sent.get()]
    assert [answer["key"] for answer in at_once] == [0, 60]
    assert "error" in at_once[1]
    assert sent.empty()
    fetched = {answer["key"]: answer["data"] for answer in (sent.get(timeout=30) for _ in keys)}
    assert fetched == {key: jp.images[(key,)] for key in keys}
    assert server.most_at_once > 4


def test_what_waits_to_be_fetched_is_asked_for_once_and_bounded(
    served: tuple[RangeServer, JPkl], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, jp = served
    sent: queue.Queue[dict[str, Any]] = queue.Queue()
    handle = Answers([stacks.viewed(jp)], find_answers, lambda _: None).handle
    server.latency = 0.2
    server.requests.clear()
    monkeypatch.setattr("jpkl_viewer.frames.answers.MAX_PICTURES", 20)
    for _ in range(50):  # a page that is not answered asks again
        handle({"type": "want", "keys": list(range(15, 30))}, sent.put)
    assert sent.empty()
    handle({"type": "want", "keys": list(range(30, 45))}, sent.put)
    assert "as many as there may be" in sent.get_nowait()["error"]
    answers: dict[int, Any] = {}
    while not {*range(15, 30)} <= answers.keys():
        answer = sent.get(timeout=30)
        answers[answer["key"]] = answer.get("data")
    assert all(answers[key] == jp.images[(key,)] for key in range(15, 30))
    assert len(server.requests) < 60


def test_stored_frames_of_a_server_are_fetched_beside_though_they_were_decoded_before(
    served: tuple[RangeServer, JPkl],
) -> None:
    server, jp = served
    stack = stacks.viewed(jp)
    for key in range(20, 30):
        stack.frames.pixels((key,))  # e.g. for a projection; what is stored is kept no longer
    sent: queue.Queue[dict[str, Any]] = queue.Queue()
    answers = Answers([stack], find_answers, lambda _: None)
    server.latency = 0.2
    answers.handle({"type": "want", "keys": [20], "form": "pixels"}, sent.put)
    assert sent.get_nowait()["data"] == jp[..., 20].tobytes()
    answers.handle({"type": "want", "keys": [20]}, sent.put)
    assert sent.empty()
    assert sent.get(timeout=30)["data"] == jp.images[(20,)]


def test_what_a_page_that_is_gone_has_asked_for_is_not_fetched(served: tuple[RangeServer, JPkl]) -> None:
    server, jp = served
    server.latency = 0.1
    server.requests.clear()
    answers = Answers([stacks.viewed(jp)], find_answers, lambda _: None)
    answers.handle({"type": "want", "keys": list(range(15, 45))}, lambda _: None)
    answers.close()
    sent: queue.Queue[dict[str, Any]] = queue.Queue()
    another = Answers([stacks.viewed(jp)], find_answers, lambda _: None)
    another.handle({"type": "want", "keys": [50]}, sent.put)  # which comes last
    assert sent.get(timeout=30)["data"] == jp.images[(50,)]
    assert len(server.requests) < 15


def test_a_server_that_is_silent_keeps_nobody_waiting_who_looks_at_another(
    served: tuple[RangeServer, JPkl], tmp_path: Path
) -> None:
    server, silent = served
    np.save(tmp_path / "raw.npy", np.zeros((24, 32, 50), np.uint16))
    with jpkl.open(tmp_path / "raw.npy") as jp:
        sent: queue.Queue[dict[str, Any]] = queue.Queue()
        server.latency = 60
        ask_in_vain = Answers([stacks.viewed(silent)], find_answers, lambda _: None)
        ask_in_vain.handle({"type": "want", "keys": list(range(15, 55))}, lambda _: None)
        answers = Answers([stacks.viewed(jp)], find_answers, lambda _: None)
        answers.handle({"type": "want", "keys": list(range(40))}, sent.put)
        assert {sent.get(timeout=30)["key"] for _ in range(40)} == set(range(40))
        ask_in_vain.close()
        give_up_requests()


def test_what_fails_leaves_its_lane() -> None:
    lanes, done = Lanes(), threading.Event()

    def fail() -> None:
        raise RuntimeError

    for _ in range(20):
        lanes.submit(fail)
    lanes.submit(done.set)
    assert done.wait(30)


def test_frames_of_an_original_are_encoded_while_others_are_answered(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 4000, (24, 32, 5), np.uint16)
    np.save(tmp_path / "raw.npy", images)
    with jpkl.open(tmp_path / "raw.npy") as jp:
        sent: queue.Queue[dict[str, Any]] = queue.Queue()
        answers = Answers([stacks.viewed(jp)], find_answers, lambda _: None)
        answers.handle({"type": "want", "keys": [3]}, sent.put)
        data = sent.get(timeout=30)["data"]
        answers.handle({"type": "want", "keys": [3]}, sent.put)
        assert sent.get_nowait()["data"] == data == jp.images[(3,)]
        (first,) = answers.read([4])  # as it goes with the page
        assert first["data"] == jp.images[(4,)]


@pytest.mark.parametrize(
    "key",
    [
        "0 0 0 30000 30000 30000 30000",
        "0 0 0 41 24 1 1",
        "0 39 0 2 1 1 1",
        "0 0 23 1 2 1 1",
        "0@max,0,0,3 0 0 30000 30000 30000 30000",
        f"0 0 0 {10**400} 1 1 1",
    ],
)
def test_parts_are_bounded_by_the_frame(key: str) -> None:
    (answer,) = reply({"type": "want", "keys": [key]})
    assert "reaches out of frames of 24 x 40 pixels" in answer["error"]
    assert "data" not in answer


def test_parts_are_no_larger_than_a_screen() -> None:
    ScreenPart(0, 0, 60000, 60000, 8192, 8192).check(60000, 60000)
    with pytest.raises(ValueError, match="larger than any screen"):
        ScreenPart(0, 0, 60000, 60000, 8193, 8192).check(60000, 60000)


def test_no_message_asks_for_any_number_of_pictures() -> None:
    assert len(reply({"type": "want", "keys": [0] * 100})) == 100
    with pytest.raises(ValueError, match="too many"):
        reply({"type": "want", "keys": [0] * 5000})


def test_no_message_asks_for_any_number_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MAX_ANSWER_NBYTES", 3 * 24 * 40)
    found = reply({"type": "want", "keys": [i % 3 for i in range(6)], "form": "pixels"})
    assert ["data" in each for each in found] == [True] * 4 + [False] * 2
    assert "too many for one answer" in found[-1]["error"]


def test_log_lines_that_others_cause_are_few(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    log = RareLog(logging.getLogger("rare"), lambda: now)
    for _ in range(25):
        log.warning("line")
    now = 61.0
    log.warning("line")
    assert [record.getMessage() for record in caplog.records] == [
        *["line"] * 10,
        "15 more such lines were left out",
        "line",
    ]


@pytest.mark.parametrize("kind", ["settings", "", None, 7])
def test_a_type_that_does_not_exist_is_refused(kind: Any) -> None:
    (answer,) = reply({"type": kind, "settings": {"position": [1]}})
    assert answer == {"type": "error", "error": f"there are no messages of type {kind!r}"}


def test_a_question_that_nothing_answers_is_refused() -> None:
    (answer,) = reply({"type": "ask", "slot": "x", "id": 3, "what": "tea"})
    assert (answer["type"], answer["slot"], answer["id"]) == ("answer", "x", 3)
    assert "nothing answers 'tea'" in answer["error"]
    assert "montage" in answer["error"]


def test_every_tool_answers_what_its_table_says() -> None:
    answers = find_answers()
    assert set(answers) >= {
        "reslice",
        "measure",
        "profiles",
        "statistics csv",
        "montage",
        "export",
        "snippet",
        "metadata",
    }
    assert {name for name, answer in answers.items() if answer.is_long} == {"export", "save metadata"}


@pytest.fixture
def more_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which folders of tools are found as well."""
    monkeypatch.setattr(tools, "__path__", [*tools.__path__, str(tmp_path)])
    find_answers.cache_clear()
    yield tmp_path
    find_answers.cache_clear()
    for name in [name for name in sys.modules if name.startswith("jpkl_viewer.tools.toy")]:
        del sys.modules[name]


def add_tool(folder: Path, name: str, what: str) -> None:
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text("")
    (folder / name / "answers.py").write_text(
        "from jpkl_viewer.frames.answers import Answer\n"
        f'ANSWERS = {{"{what}": Answer(lambda stack, message, task: iter([{{"title": stack.title}}]))}}\n'
    )


def test_a_tool_is_its_folder(more_tools: Path) -> None:
    add_tool(more_tools, "toy", "name")
    answer = find_answers()["name"]
    assert not answer.is_long
    (found,) = answer.compute(stacks.viewed(stacks.ramp((3,))), {}, None)  # type: ignore[arg-type]
    assert found == {"title": "cells.jpkl"}


def test_two_tools_with_one_answer_are_an_error(more_tools: Path) -> None:
    add_tool(more_tools, "toys", "montage")
    with pytest.raises(ValueError, match="toys: another tool answers montage already"):
        find_answers()
