"""What steps and clicks in the viewer cost the server: frames that are decoded, and bytes that are sent."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from typing import Any

import numpy as np
import pytest

pytest.importorskip("holoviews")

from jpkl_viewer.frames import jobs
from jpkl_viewer.frames.answers import Answers
from jpkl_viewer.tools import find_answers

from jpkl import JPkl
from jpkl._codecs.jpeg import JpegCodec
from tests.viewer import stacks

TIMES, DEPTH, CHANNELS = SIZES = (6, 9, 2)
HEIGHT, WIDTH = 24, 40


class AtOnce(Executor):
    """Does work when it is submitted."""

    def submit(self, work: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        work(*args, **kwargs)
        return Future()


class Server:
    """Answers a page, and counts what that takes."""

    def __init__(self, decoded: list[bytes], *shown: JPkl) -> None:
        self.decoded = decoded
        self.sent: list[dict[str, Any]] = []
        self._answers = Answers([stacks.viewed(jp) for jp in shown], find_answers, lambda _: None)

    def does(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """Answer a message, and begin to count anew."""
        self.decoded.clear()
        self.sent.clear()
        self._answers.handle(message, self.sent.append)
        assert not [answer for answer in self.sent if "error" in answer]
        return self.sent

    def ask(self, what: str, **message: Any) -> dict[str, Any]:
        """Ask for what is answered at once."""
        answer, done = self.does({"type": "ask", "slot": what, "id": 1, "what": what, **message})
        assert done["done"]
        return answer

    @property
    def nbytes(self) -> int:
        """Bytes of pixels and of pictures that were sent."""
        pictures = [picture for answer in self.sent for picture in pictures_of(answer)]
        return sum(len(picture["data"]) for picture in pictures)


def pictures_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """What an answer has of pixels: itself, where it is one picture."""
    if "data" in answer:
        return [answer]
    return [each for name in ("pictures", "againstX", "againstY") for each in answer.get(name, [])]


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Frames that were decoded, at whatever scale."""
    found: list[bytes] = []
    for name in ("decode", "decode_scaled"):
        decode = getattr(JpegCodec, name)

        def counting(self: JpegCodec, data: bytes, *args: Any, decode: Any = decode) -> Any:
            found.append(data)
            return decode(self, data, *args)

        monkeypatch.setattr(JpegCodec, name, counting)
    return found


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, decoded: list[bytes]) -> Server:
    """Shows a stack."""
    monkeypatch.setattr(jobs, "_threads", lambda is_long: AtOnce())
    return Server(decoded, stacks.ramp(SIZES))


def test_a_montage_decodes_each_frame_once_for_all_ways_to_arrange_it(server: Server) -> None:
    shown = {"dim": 0, "every": 1, "cell": 40}
    server.ask("montage", positions=[[0, 3, 1]], columns=3, **shown)
    assert len(server.decoded) == len(set(server.decoded)) == TIMES
    for columns in (1, 2, TIMES):
        server.ask("montage", positions=[[0, 3, 1]], columns=columns, **shown)
        assert not server.decoded
    # One more step along z, with both channels, and back.
    server.ask("montage", positions=[[0, 4, 0], [0, 4, 1]], columns=3, **shown)
    assert len(server.decoded) == 2 * TIMES
    server.ask("montage", positions=[[0, 3, 0], [0, 3, 1]], columns=3, **shown)
    assert len(server.decoded) == TIMES, "of the one channel that had not been there"


def test_a_crosshair_decodes_nothing_and_a_line_of_it_sends_one_view(server: Server) -> None:
    shown = {"positions": [[2, 0, 0], [2, 0, 1]], "dim": 1}
    server.ask("reslice", x=5, y=7, **shown)
    assert len(server.decoded) == len(set(server.decoded)) == 2 * DEPTH
    assert server.nbytes == 2 * DEPTH * (WIDTH + HEIGHT)
    server.ask("reslice", x=6, y=7, against=["y"], **shown)
    assert (len(server.decoded), server.nbytes) == (0, 2 * DEPTH * HEIGHT)
    server.ask("reslice", x=6, y=9, against=["x"], half=2, **shown)
    assert (len(server.decoded), server.nbytes) == (0, 2 * DEPTH * WIDTH)
    for time, n in ((3, DEPTH), (2, 0)):
        server.ask("reslice", positions=[[time, 0, 1]], dim=1, x=6, y=9)
        assert len(server.decoded) == n


@pytest.mark.parametrize("method", ["max", "mean", "std"])
def test_a_band_that_goes_with_the_position_decodes_one_frame_a_step(server: Server, method: str) -> None:
    for first, n in ((0, 3), (1, 1), (2, 1), (3, 1), (2, 0)):
        number = (1 * DEPTH + first) * CHANNELS
        server.does({"type": "want", "keys": [f"{number}@{method},1,{first},{first + 3}"]})
        assert len(server.decoded) == n
    server.does({"type": "want", "keys": [f"0@{method},1,0,{DEPTH}"]})
    assert len(server.decoded) == DEPTH, "of another time"


def test_stacks_that_are_compared_send_what_is_stored_of_each_as_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, decoded: list[bytes]
) -> None:
    first, second = stacks.ramp(SIZES), stacks.ramp(SIZES, jpeg_quality=50)
    server = Server(decoded, first, second)
    for number, jp in ((0, first), (1, second)):
        (answer,) = server.does({"type": "want", "keys": [7], "source": number})
        assert bytes(answer["data"]) == jp.images[0, 3, 1]
        assert not server.decoded


def test_labels_are_sent_as_they_are_stored_and_decode_no_frame(
    monkeypatch: pytest.MonkeyPatch, decoded: list[bytes]
) -> None:
    monkeypatch.setattr(jobs, "_threads", lambda is_long: AtOnce())
    values = np.arange(HEIGHT * WIDTH * 3).reshape(HEIGHT, WIDTH, 3).astype(np.uint16) // 100
    jp = stacks.ramp((3,), labels={"cells": values})
    server = Server(decoded, jp)
    wanted = [["cells", number] for number in (0, 2)]
    message = {"type": "ask", "slot": "x", "id": 1, "what": "label frames", "wanted": wanted}
    *answers, done = server.does(message)
    assert done["done"]
    assert [bytes(answer["data"]) for answer in answers] == [jp.labels["cells"].encoded((n,)) for n in (0, 2)]
    assert not server.decoded
