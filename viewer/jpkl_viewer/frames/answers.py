"""What Python answers the browser: messages in, messages out, whatever carries them.

From the browser::

    {"type": "want", "keys": [...], "source": 0}    frames, see `FrameKey`; with "form": "pixels" not as JPEG,
                                                    with "jxl" also as JPEG XL, where that is stored
    {"type": "state", "settings": {...}}            what has changed of `ViewState.settings`
    {"type": "ask", "slot": ..., "id": ..., "what": ..., **arguments}    a computation of a tool
    {"type": "cancel", "slot": ...}

To it::

    {"type": "frame", "key": key, "source": 0, "data": bytes}    or "error", "progress", "cancelled";
                                                    with "isEarly" where it has not been written yet
    {"type": "ack"}                                 for each state
    {"type": "answer", "slot": ..., "id": ..., **what was found}    or "done", "error", ...
    {"type": "settings", "settings": {...}}         what was changed in Python, or on another page that shows
                                                    the same viewer; with "zoom" that, too
    {"type": "bookmarks"}                           changed in Python: to be asked for again
    {"type": "error", "error": ...}                 for a message that is none of these

``source`` is the number of the stack: 0, or one of those that it is compared with.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jpkl import FrameNotWrittenError
from jpkl.toolkit import BROWSER_CODECS, short_reason
from jpkl_viewer.frames.budget import MAX_PICTURES, check_answer
from jpkl_viewer.frames.frame_key import FrameKey
from jpkl_viewer.frames.frames import encode_jpeg
from jpkl_viewer.frames.jobs import Jobs, Message, Send
from jpkl_viewer.frames.rare_log import RareLog
from jpkl_viewer.frames.task import UNWATCHED, Task
from jpkl_viewer.frames.viewed_stack import ViewedStack

#: How frames travel: as JPEG or another picture that every browser decodes, or as pixels to browsers that
#: cannot read what they decode; with ``"jxl"`` also as JPEG XL.
Form: TypeAlias = Literal["jpeg", "jxl", "pixels"]

_RARE_LOG = RareLog(logging.getLogger(__name__))

_FORMS: dict[Any, Form] = {"jxl": "jxl", "pixels": "pixels"}

#: Answers a question about a stack: takes the stack, the message and the task, and yields answers.
Compute: TypeAlias = Callable[[ViewedStack, Mapping[str, Any], Task], Iterator[Message]]


@dataclass(frozen=True)
class Answer:
    """What a tool answers to one question.

    Attributes
    ----------
    compute : callable
        Called as ``compute(stack, message, task)``, beside the event loop; yields the answers.
    is_long : bool
        Whether it may take minutes.
    """

    compute: Compute
    is_long: bool = False


class Answers:
    """Answers the messages of one browser.

    Parameters
    ----------
    stacks : sequence of ViewedStack
        The stack, then those that it is compared with.
    find_tools : callable
        Finds what can be asked for, by name, when it is asked for first: `jpkl_viewer.tools.find_answers`.
    take_settings : callable
        Called with the settings that the browser reports.
    """

    def __init__(
        self,
        stacks: Sequence[ViewedStack],
        find_tools: Callable[[], Mapping[str, Answer]],
        take_settings: Callable[[dict[str, Any]], None],
    ) -> None:
        self.stacks = tuple(stacks)
        self._find_tools = find_tools
        self._take_settings = take_settings
        self._jobs = Jobs()
        #: What waits for a thread that fetches it, by source, key and form.
        self._waiting: set[tuple[int, int | str, Form]] = set()

    def handle(self, message: Mapping[str, Any], send: Send) -> None:
        """Answer a message; `send` may be called later, from another thread."""
        match message.get("type"):
            case "want":
                form = _FORMS.get(message.get("form"), "jpeg")
                self._send_frames(message["keys"], message.get("source", 0), form, send)
            case "state":
                self._take_state(message, send)
            case "ask":
                self._compute(message, send)
            case "cancel":
                self._jobs.cancel(str(message["slot"]))
            case kind:
                send({"type": "error", "error": f"there are no messages of type {kind!r}"})

    def read(self, keys: Sequence[int]) -> list[Message]:
        """Return the answers with some frames of the stack, but for those that cannot be read.

        Whoever calls waits for them, unlike with `handle`.
        """
        found: list[Message] = []
        for key in keys:
            with suppress(ValueError, OSError, LookupError):
                data = _read(self.stacks[0], FrameKey.parse(key), "jpeg")
                found.append({"type": "frame", "key": key, "source": 0, "data": data})
        return found

    def close(self) -> None:
        """End all running computations: the page is gone."""
        self._jobs.close()

    def _take_state(self, message: Mapping[str, Any], send: Send) -> None:
        try:
            self._take_settings(message["settings"])
        finally:
            send({"type": "ack"})

    def _send_frames(self, keys: Sequence[int | str], number: int, form: Form, send: Send) -> None:
        if len(keys) > MAX_PICTURES:
            raise ValueError(f"{len(keys)} pictures are too many for a message: at most {MAX_PICTURES}")
        stack, n_sent = self.stacks[number], 0
        later = []

        def send_one(head: Message, key: FrameKey) -> None:
            nonlocal n_sent
            with _sent_as_error(head, send):
                check_answer(n_sent)
                data = _read(stack, key, form)
                n_sent += len(data)
                send({**head, "data": data})

        def send_one_beside(head: Message, key: FrameKey) -> None:
            self._waiting.discard((number, head["key"], form))
            if not self._jobs.are_wanted:
                return
            try:
                send_one(head, key)
            except Exception:  # which nobody else would hear of
                if self._jobs.are_wanted:  # nor needs to, once the page has gone
                    _RARE_LOG.exception("A frame could not be read")
                    send({**head, "error": "it cannot be read; what the server has logged says why"})

        for key in keys:
            head: Message = {"type": "frame", "key": key, "source": number}
            with _sent_as_error(head, send):
                wanted = FrameKey.parse(key)
                if wanted.part is not None:
                    wanted.part.check(stack.description.height, stack.description.width)
                if _takes_long(stack, wanted):
                    later.append((head, wanted))
                elif _has_to_be_fetched(stack, wanted, form):
                    if self._is_new((number, key, form)):
                        stack.frames.lanes.submit(partial(send_one_beside, head, wanted))
                else:
                    send_one(head, wanted)
        if later:
            self._send_later(stack, later, form, send)

    def _is_new(self, asked: tuple[int, int | str, Form]) -> bool:
        """Note that a frame is to be fetched; False where it waits for that already, and one answer will do.

        A page that asks on and on would else fill the memory, and keep others waiting.
        """
        if asked in self._waiting:
            return False
        if len(self._waiting) >= MAX_PICTURES:
            raise ValueError(
                f"{len(self._waiting)} pictures are on their way, which is as many as there may be"
            )
        self._waiting.add(asked)
        return True

    def _send_later(
        self, stack: ViewedStack, pictures: list[tuple[Message, FrameKey]], form: Form, send: Send
    ) -> None:
        """Compute pictures beside the event loop; a later request takes the place of these."""
        waiting = [head for head, _ in pictures]

        def work(task: Task) -> Iterator[Message]:
            for head, key in pictures:
                data = _read(stack, key, form, task)
                waiting.remove(head)
                yield {**head, "data": data}

        def send_for_all(message: Message) -> None:
            if "data" in message:
                send(message)
            elif "done" not in message:
                for head in list(waiting):
                    send({**head, **message})

        self._jobs.start(f"frames of {self.stacks.index(stack)}", work, send_for_all)

    def _compute(self, message: Mapping[str, Any], send: Send) -> None:
        head = {"type": "answer", "slot": message["slot"], "id": message["id"]}
        tools = self._find_tools()
        stack, answer = self.stacks[message.get("source", 0)], tools.get(message["what"])
        if answer is None:
            known = ", ".join(tools)
            send({**head, "error": f"nothing answers {message['what']!r}; what can be asked for: {known}"})
            return
        self._jobs.start(
            str(message["slot"]),
            lambda task: answer.compute(stack, message, task),
            lambda reply: send({**head, **reply}),
            is_long=answer.is_long,
        )


@contextmanager
def _sent_as_error(head: Message, send: Send) -> Iterator[None]:
    try:
        yield
    except (ValueError, OSError, LookupError) as error:
        early = {"isEarly": True} if isinstance(error, FrameNotWrittenError) else {}
        send({**head, "error": short_reason(error), **early})


def _takes_long(stack: ViewedStack, key: FrameKey) -> bool:
    """Return whether a picture takes longer than reading and decoding a frame of usual size."""
    index, frames = stack.index(key.number), stack.frames
    if key.projection is not None:
        return not frames.has_projected(index, key.projection)
    return key.part is not None and not frames.has(index, key.part)


def _has_to_be_fetched(stack: ViewedStack, key: FrameKey, form: Form) -> bool:
    """Return whether a frame comes from a server or an original, for which others must not wait."""
    is_frame = key.projection is None and key.part is None
    return is_frame and not stack.frames.is_at_hand(stack.index(key.number), _codecs(form))


def _codecs(form: Form) -> Collection[str]:
    """Return the codecs whose pictures are sent as they are stored."""
    if form == "pixels":
        return ()
    return BROWSER_CODECS | {"jpegxl"} if form == "jxl" else BROWSER_CODECS


def _read(stack: ViewedStack, key: FrameKey, form: Form, task: Task = UNWATCHED) -> bytes:
    if form == "pixels":
        return _pixels(stack, key, task).tobytes()
    if key.projection is None and key.part is None:
        return stack.frames.encoded(stack.index(key.number), _codecs(form))
    return encode_jpeg(_pixels(stack, key, task))


def _pixels(stack: ViewedStack, key: FrameKey, task: Task) -> NDArray[np.uint8]:
    index, frames = stack.index(key.number), stack.frames
    if key.projection is None:
        return frames.pixels(index) if key.part is None else frames.part(index, key.part)
    pixels = frames.projected(index, key.projection, task)
    return pixels if key.part is None else key.part.of(pixels)
