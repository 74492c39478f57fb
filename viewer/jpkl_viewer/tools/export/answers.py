"""What Python answers the browser on exports: the view as a file, and as Python code."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from jpkl_viewer.frames.answers import Answer
from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.frames.task import Task
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.model.state import ViewState
from jpkl_viewer.tools.export.montage import Arrangement
from jpkl_viewer.tools.export.movie import export_movie
from jpkl_viewer.tools.export.panes import View
from jpkl_viewer.tools.export.seen import export_png, make_renderer
from jpkl_viewer.tools.export.snippet import python_snippet
from jpkl_viewer.tools.export.stills import StillOptions
from jpkl_viewer.tools.info.by_hand import description_by_hand

#: Larger files are not for the message channel of a browser.
_MOST_NBYTES = 256 * 2**20

#: Most pixels of a picture: 400 MB while it is made.
_MOST_PIXELS = 2**27

_FORMATS = ("png", "gif", "mp4")

#: Options that are on or off.
_FLAGS = ("scale_bar", "stamp", "colorbar", "axes", "regions", "labels", "layout", "crosshair", "turned")


def answer_export(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield the view as PNG, GIF or MP4: the bytes, a name for the file, and the size of its pictures.

    It is written into a temporary folder, which is gone before the bytes are sent.
    """
    kind = message["format"]
    if kind not in _FORMATS:
        raise ValueError(f"the format must be one of {', '.join(_FORMATS)}, not {kind!r}")
    state = _state(stack, message)
    viewed = View(stack.frames, description_by_hand(stack, state.tools), state, stack.title, stack.others)
    options, arrangement = _options(message), _arrangement(message)
    width, height = make_renderer(viewed, options, arrangement).size
    if width * height > _MOST_PIXELS:
        raise ValueError(
            f"pictures of {width} x {height} pixels are too large; choose a part or a smaller size"
        )
    name = f"{PurePath(stack.title).stem}.{kind}"
    with tempfile.TemporaryDirectory(prefix="jpkl-export-") as folder:
        path = Path(folder) / f"export.{kind}"
        if kind == "png":
            export_png(viewed, path, options, arrangement)
        else:
            part = slice(int(message["start"]), int(message["stop"]), int(message.get("step", 1)))
            export_movie(
                viewed,
                path,
                dim=int(message["dim"]),
                part=part,
                fps=float(message["fps"]),
                options=options,
                arrangement=arrangement,
                task=task,
            )
        if path.stat().st_size > _MOST_NBYTES:
            raise ValueError(
                f"the file has {path.stat().st_size / 1e6:.0f} MB, too many to hand to a browser; "
                "export a part of it, or use viewer.export(...) in Python"
            )
        data = path.read_bytes()
    yield {"name": name, "data": data, "width": width, "height": height}


def _options(message: Mapping[str, Any]) -> StillOptions:
    """Read how a picture is exported; what is not said is as the view shows it."""
    region = message.get("region")
    flags = {name: bool(message[name]) for name in _FLAGS if message.get(name) is not None}
    return StillOptions(
        region=None if region is None else tuple(int(edge) for edge in region),  # type: ignore[arg-type]
        zoom=float(message.get("zoom", 1)),
        bar_length=float(message.get("bar_length") or 0) or None,
        **flags,
    )


def _arrangement(message: Mapping[str, Any]) -> Arrangement | None:
    """Read how the screen arranges a montage; None where it shows none."""
    given = message.get("arrangement")
    if given is None:
        return None
    return Arrangement(max(1, int(given["columns"])), max(1, int(given["every"])), float(given["cell"]))


def answer_snippet(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield Python code that opens the view again, with the stacks that it is compared with."""
    settings = _state(stack, message).settings()
    path, *compare = map(_path_to_say, (stack, *stack.others))
    yield {"text": python_snippet(settings, _defaults(stack, settings), path, compare)}


def _defaults(stack: ViewedStack, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Collect the settings that need not be said: those of the first view."""
    state = ViewState(stack.description)
    state.update(**stack.frames.first_settings)
    first = state.settings()
    if first["composite"] and settings != first:
        del first["composite"]  # `JPklViewer` shows one channel where it is given what is of one
    return first


def _path_to_say(stack: ViewedStack) -> str | None:
    """Return where a stack is: of a path that is not for all, the file's name."""
    path = stack.frames.jp.path
    return stack.path or (None if path is None else PurePath(path).name)


def _state(stack: ViewedStack, message: Mapping[str, Any]) -> ViewState:
    state = ViewState(stack.description)
    state.restore(message["settings"])
    return state


ANSWERS = {"export": Answer(answer_export, is_long=True), "snippet": Answer(answer_snippet)}
