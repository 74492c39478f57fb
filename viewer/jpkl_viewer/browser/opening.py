"""What a view of a widget starts from, in one message: what is shown, the styles, and the first picture."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

from jpkl.toolkit import frame_number
from jpkl_viewer.browser.bundle import read_styles
from jpkl_viewer.browser.description import encode_colormaps
from jpkl_viewer.browser.messages import separate_bytes
from jpkl_viewer.browser.widget_script import packed_script
from jpkl_viewer.frames.answers import Answers
from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.limits import WHOLE_FRAME_PIXELS
from jpkl_viewer.model.resolve import FrameRequest
from jpkl_viewer.model.stack import StackDescription

#: A message, and the bytes beside it.
Content: TypeAlias = tuple[dict[str, Any], list[bytes]]

#: Height of the viewer, in CSS pixels. In marimo an output has 610, its padding included, and scrolls.
_HEIGHT = 640
_MARIMO_HEIGHT = 576


class OpenedViewer(Protocol):
    """What a view shows: a `JPklViewer`."""

    @property
    def stack(self) -> StackDescription:
        """What is known of the stack."""
        ...

    @property
    def request(self) -> FrameRequest:
        """What is shown now."""
        ...

    def _describe(self) -> dict[str, Any]: ...

    def _answers(self, for_visitors: bool = False, page: str = "") -> Answers: ...


def opening(
    viewer: OpenedViewer,
    model: str,
    *,
    with_script: bool,
    version: int = 0,
    overlay: dict[str, Any] | None = None,
    is_in_marimo: bool = False,
) -> Content:
    """Collect what a view starts from.

    Parameters
    ----------
    viewer : JPklViewer
        What it shows.
    model : str
        The widget's id.
    with_script : bool
        Whether the script goes with it, as the last of the bytes.
    version : int
        How often settings have been sent before.
    overlay : dict, optional
        What HoloViews draws over the picture.
    is_in_marimo : bool
        Whether marimo shows it, which runs cells again for traitlets that the browser sets alone.
    """
    values = {
        **viewer._describe(),
        "frames": _first_frames(viewer),
        "colormaps": encode_colormaps(),
        "css": read_styles(),
        "height": _MARIMO_HEIGHT if is_in_marimo else _HEIGHT,
        "model": model,
        "version": version,
        "overlay": overlay,
        "setsTraits": is_in_marimo,
    }
    found: list[bytes] = []
    plain = separate_bytes(values, found)
    script = [packed_script()[1]] if with_script else []
    return {"opening": plain, "script": with_script}, [*found, *script]


def _first_frames(viewer: OpenedViewer) -> list[Message]:
    """Answer what a view is about to ask for: the frames of its first picture, unless they are large."""
    stack = viewer.stack
    if stack.height * stack.width > WHOLE_FRAME_PIXELS:
        return []
    layers = [layer for layer in viewer.request.layers if layer.projection is None]
    keys = [frame_number(layer.index, stack.dim_sizes) for layer in layers]
    return viewer._answers().read(keys)
