"""The frames of a report: how large they are, and how they are written into the page.

Their JPEG bytes, those that are stored where nothing asks for others, go into the page once, as base64, in
parts that the browser takes in as it reads them.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import BinaryIO

from jpkl import FrameError
from jpkl.toolkit import thread_pool
from jpkl_viewer.frames.task import Task
from jpkl_viewer.report.excerpt import Excerpt

#: Frames that are encoded to estimate how large all will be.
_SAMPLE = 32
#: Frames that are read or encoded at a time, by all threads together.
_BLOCK = 32
#: Base64 characters after which another part of the page begins.
_PART = 2**20


def write_frames(file: BinaryIO, excerpts: Sequence[Excerpt], task: Task) -> int:
    """Write the frames of all stacks into the page; returns the bytes of their JPEGs.

    Raises
    ------
    CancelledError
        If the report is no longer wanted.
    """
    n_frames = sum(excerpt.n_frames for excerpt in excerpts)
    frames_nbytes = n_written = 0
    for stack, excerpt in enumerate(excerpts):
        part, first = _Part(stack), excerpt.first_numbers
        for number, data in _read_all(excerpt, first):
            part.add(number, data)
            frames_nbytes += 0 if isinstance(data, FrameError) else len(data)
            n_written += 1
            task.report(n_written, n_frames)
            # What is seen first comes first, in its own part.
            if sum(part.lengths) > _PART or number == first[-1]:
                file.write(part.element)
                part = _Part(stack)
        file.write(part.element)
    return frames_nbytes


@dataclass
class _Part:
    """Frames of one stack that are together in the page."""

    stack: int
    numbers: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    errors: dict[int, str] = field(default_factory=dict)
    texts: list[bytes] = field(default_factory=list)

    def add(self, number: int, data: bytes | FrameError) -> None:
        if isinstance(data, FrameError):
            self.errors[number] = data.message
            return
        text = base64.b64encode(data)
        self.numbers.append(number)
        self.lengths.append(len(text))
        self.texts.append(text)

    @property
    def element(self) -> bytes:
        table = {
            "stack": self.stack,
            "numbers": self.numbers,
            "lengths": self.lengths,
            "errors": self.errors,
        }
        where = escape(json.dumps(table, separators=(",", ":")))
        start = f'<script type="text/plain" class="frames" data-frames="{where}">'
        return b"".join([start.encode(), *self.texts, b"</script>\n"])


def survey(excerpt: Excerpt, task: Task) -> tuple[list[int], list[int]]:
    """Return the length of each frame's JPEG, estimated where it is re-encoded, and the damaged frames."""
    if excerpt.quality is None:
        lengths, damaged = [], []
        for number in range(excerpt.n_frames):
            task.check()
            try:
                lengths.append(len(excerpt.encoded(number)))
            except FrameError:
                damaged.append(number)
        return lengths, damaged
    damaged = []
    for number in range(excerpt.n_frames):
        task.check()
        if _is_damaged(excerpt, number):
            damaged.append(number)
    # At random: frames in regular steps may all be of one channel.
    numbers = random.Random(0).sample(range(excerpt.n_frames), min(_SAMPLE, excerpt.n_frames))
    known = [len(data) for _, data in _encode_all(excerpt, numbers) if not isinstance(data, FrameError)]
    mean = sum(known) // len(known) if known else 0
    return [mean] * (excerpt.n_frames - len(damaged)), damaged


def _is_damaged(excerpt: Excerpt, number: int) -> bool:
    try:
        excerpt.check(number)
    except FrameError:
        return True
    return False


def _read_all(excerpt: Excerpt, first: Sequence[int]) -> Iterator[tuple[int, bytes | FrameError]]:
    """Yield all frames by number, those that are shown first ahead of the others."""
    yield from _encode_all(excerpt, first)
    yield from _encode_all(excerpt, [number for number in range(excerpt.n_frames) if number not in first])


def _encode_all(excerpt: Excerpt, numbers: Sequence[int]) -> Iterator[tuple[int, bytes | FrameError]]:
    def encode(number: int) -> bytes | FrameError:
        try:
            return excerpt.encoded(number)
        except FrameError as error:
            return error

    with thread_pool() as pool:
        for start in range(0, len(numbers), _BLOCK):
            block = numbers[start : start + _BLOCK]
            yield from zip(block, pool.map(encode, block), strict=True)
