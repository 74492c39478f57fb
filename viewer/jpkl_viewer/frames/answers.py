"""What Python answers the browser: messages in, messages out, whatever carries them.

From the browser::

    {"type": "want", "keys": [...], "source": 0}    frames, see `FrameKey`
    {"type": "state", "settings": {...}}            `ViewState.settings`
    {"type": "ask", "slot": ..., "id": ..., "what": ..., **arguments}    a computation, see `_COMPUTE`
    {"type": "cancel", "slot": ...}

To it::

    {"type": "frame", "key": key, "source": 0, "data": bytes}    or "error", "progress", "cancelled"
    {"type": "ack"}                                 for each state
    {"type": "answer", "slot": ..., "id": ..., **what was found}    or "done", "error", ...
    {"type": "settings", "settings": {...}}         changed in Python
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jpkl_viewer.frames.frames import Frames, Region, encode_jpeg, raw_picture
from jpkl_viewer.frames.jobs import Jobs, Message, Send
from jpkl_viewer.frames.runs import UNWATCHED, Task
from jpkl_viewer.model.stack import StackDescription, frame_index
from jpkl_viewer.pages.folder import short_reason
from jpkl_viewer.tools.export.answers import answer_export, answer_snippet
from jpkl_viewer.tools.montage.answers import answer_montage
from jpkl_viewer.tools.ortho.reslice import spacing_in_pixels
from jpkl_viewer.tools.projection.projection import Projection
from jpkl_viewer.tools.regions.answers import (
    answer_measure,
    answer_profile_csv,
    answer_profiles,
    answer_statistics_csv,
)


@dataclass(frozen=True)
class Source:
    """A stack whose frames a viewer shows."""

    stack: StackDescription
    frames: Frames
    title: str

    def index(self, number: int) -> tuple[int, ...]:
        """Frame index of a frame by its number in C order of the dims."""
        return frame_index(number, self.stack.dim_sizes)


@dataclass(frozen=True)
class FrameKey:
    """What the browser calls a picture: a frame or a projection, or a part of one.

    Attributes
    ----------
    number : int
        Number of the frame in C order of the dims; of a projection, of any frame that is in it.
    projection : Projection, optional
        For a projection.
    region : Region, optional
        For a part of it, at the size at which it is shown.
    """

    number: int
    projection: Projection | None = None
    region: Region | None = None

    @classmethod
    def parse(cls, key: int | str) -> FrameKey:
        """Read a key: ``7``, ``"7@max,1,0,50"``, ``"7 0 64 1024 512 256 128"``, or both at once.

        Examples
        --------
        >>> FrameKey.parse("7@max,1,0,50").projection
        Projection(dim=1, method='max', start=0, stop=50, step=None)
        >>> FrameKey.parse("7 0 64 1024 512 256 128").region
        Region(x=0, y=64, width=1024, height=512, shown_width=256, shown_height=128)

        Raises
        ------
        ValueError
            If it is none.
        """
        if isinstance(key, int):
            return cls(key)
        frame, *region = key.split()
        number, _, projection = frame.partition("@")
        return cls(int(number), _parse_projection(projection), _parse_region(region))


def _parse_projection(text: str) -> Projection | None:
    if not text:
        return None
    method, dim, start, stop = text.split(",")
    return Projection(int(dim), method, int(start), int(stop))


def _parse_region(words: Sequence[str]) -> Region | None:
    if not words:
        return None
    x, y, width, height, shown_width, shown_height = map(int, words)
    return Region(x, y, width, height, shown_width, shown_height)


class Answers:
    """Answers the messages of one browser.

    Parameters
    ----------
    sources : sequence of Source
        The stack, then those that it is compared with.
    take_settings : callable
        Called with the settings that the browser tells of.
    """

    def __init__(self, sources: Sequence[Source], take_settings: Callable[[dict[str, Any]], None]) -> None:
        self.sources = tuple(sources)
        self._take_settings = take_settings
        self._jobs = Jobs()

    def handle(self, message: Mapping[str, Any], send: Send) -> None:
        """Answer a message; `send` may be called later, from another thread."""
        kind = message["type"]
        if kind == "want":
            self._send_frames(message["keys"], message.get("source", 0), send)
        elif kind == "ask":
            self._compute(message, send)
        elif kind == "cancel":
            self._jobs.cancel(str(message["slot"]))
        else:
            try:
                self._take_settings(message["settings"])
            finally:
                send({"type": "ack"})

    def close(self) -> None:
        """End what is being computed: nobody is there any more."""
        self._jobs.cancel_all()

    def _send_frames(self, keys: Sequence[int | str], number: int, send: Send) -> None:
        source = self.sources[number]
        later = []
        for key in keys:
            head = {"type": "frame", "key": key, "source": number}
            try:
                wanted = FrameKey.parse(key)
                if _is_at_hand(source, wanted):
                    send({**head, "data": _read(source, wanted)})
                else:
                    later.append((head, wanted))
            except (ValueError, OSError, LookupError) as error:
                send({**head, "error": short_reason(error)})
        if later:
            self._send_later(source, later, send)

    def _send_later(self, source: Source, pictures: list[tuple[Message, FrameKey]], send: Send) -> None:
        """Compute pictures beside the event loop; a later request takes the place of these."""
        waiting = [head for head, _ in pictures]

        def work(task: Task) -> Iterator[Message]:
            for head, key in pictures:
                data = _read(source, key, task)
                waiting.remove(head)
                yield {**head, "data": data}

        def send_for_all(message: Message) -> None:
            if "data" in message:
                send(message)
            elif "done" not in message:
                for head in list(waiting):
                    send({**head, **message})

        self._jobs.start(f"frames of {self.sources.index(source)}", work, send_for_all)

    def _compute(self, message: Mapping[str, Any], send: Send) -> None:
        head = {"type": "answer", "slot": message["slot"], "id": message["id"]}
        source = self.sources[message.get("source", 0)]

        def work(task: Task) -> Iterator[Message]:
            return _COMPUTE[message["what"]](source, message, task)

        self._jobs.start(
            str(message["slot"]),
            work,
            lambda answer: send({**head, **answer}),
            is_long=message["what"] in _LONG,
        )


def _is_at_hand(source: Source, key: FrameKey) -> bool:
    """Whether a picture takes no longer than reading and decoding a frame of usual size."""
    index, frames = source.index(key.number), source.frames
    if key.projection is not None:
        return frames.projections.has(index, key.projection)
    return key.region is None or frames.has(index, key.region)


def _read(source: Source, key: FrameKey, task: Task = UNWATCHED) -> bytes:
    index, frames = source.index(key.number), source.frames
    if key.projection is None:
        return frames.encoded(index) if key.region is None else frames.region(index, key.region)
    pixels = frames.projections.get(index, key.projection, task)
    return encode_jpeg(pixels if key.region is None else key.region.of(pixels))


def _reslice(source: Source, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """A dim against x at row y, and against y at column x, of each channel asked for; raw pixels."""
    dim, x, y = int(message["dim"]), int(message["x"]), int(message["y"])
    views = []
    for position in message["positions"]:
        volume = source.frames.volumes.get(position, dim, task=task)
        views.append((volume.against("x", y), volume.against("y", x)))
    yield {
        "againstX": [raw_picture(view.pixels) for view, _ in views],
        "againstY": [raw_picture(view.pixels) for _, view in views],
        "scale": views[0][0].scale if views else 1,
        "spacing": spacing_in_pixels(source.stack, dim),
    }


#: What may be asked for, by name: called with the source, the message and the task; yields answers.
_COMPUTE: dict[str, Callable[[Source, Mapping[str, Any], Task], Iterator[Message]]] = {
    "reslice": _reslice,
    "measure": answer_measure,
    "profiles": answer_profiles,
    "statistics csv": answer_statistics_csv,
    "profile csv": answer_profile_csv,
    "montage": answer_montage,
    "export": answer_export,
    "snippet": answer_snippet,
}

#: What of it may take minutes.
_LONG = frozenset({"export"})
