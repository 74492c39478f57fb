"""A still of a viewer, for what a notebook's cell has shown: where there is no Python, it is what is left.

Jupyter keeps it in the notebook's file, and `nbconvert` copies it into pages.
"""

from __future__ import annotations

import base64
import io
import math
from html import escape
from typing import Any, Protocol

from PIL import Image

from jpkl import JPklError
from jpkl_viewer.model.labels import describe_position
from jpkl_viewer.tools.export.panes import Renderer, SeenView, View
from jpkl_viewer.tools.export.seen import make_renderer
from jpkl_viewer.tools.export.stills import StillOptions

#: Longest side of a still, in pixels.
_STILL_SIDE = 512

#: Pixels of a still for one of the frame at most, as `StillOptions` have it.
_MOST_ZOOM = 64

#: Most bytes of a still.
_STILL_NBYTES = 64_000

_FIGURE = """<figure {mark} style="margin:4px 0">{picture}
<figcaption style="font-size:13px;opacity:.75;margin-top:6px">{caption}</figcaption></figure>"""


class ShownView(SeenView, Protocol):
    """What a cell shows: a `JPklViewer`."""

    @property
    def overlay(self) -> Any:
        """What HoloViews draws over the picture; None for nothing."""
        ...

    @property
    def _seen(self) -> View:
        """The view as a page shows it."""
        ...


def still_figure(viewer: ShownView, mark: str = "") -> str:
    """Write an HTML figure: what the viewer shows now, and below it how to get the live viewer.

    Parameters
    ----------
    viewer : JPklViewer
        The viewer.
    mark : str
        Attributes of the figure, e.g. ``id="still"``.
    """
    picture, caption = _still(viewer)
    return _FIGURE.format(mark=mark, picture=picture, caption=caption)


def _still(viewer: ShownView) -> tuple[str, str]:
    """Make a picture of what the viewer shows now, and a line below it."""
    caption = (
        f"{escape(viewer.title)}, a still: run this cell to scrub through the stack; "
        "<code>viewer.embed()</code> shows one that scrubs without Python, "
        '<code>viewer.save("report.html")</code> writes it as a page.'
    )
    try:
        seen = viewer._seen
        image = Image.fromarray(_still_renderer(viewer, seen).at()())
    # E.g. the difference of frames that have none, or a server that is gone.
    except (JPklError, ValueError, OSError) as error:
        return f'<span style="color:#b00020">{escape(str(error))}</span>', caption
    alt = escape(f"{viewer.title} {describe_position(seen.stack, viewer.state.position)}")
    data = base64.b64encode(_within(image, _STILL_NBYTES)).decode("ascii")
    return f'<img alt="{alt}" style="max-width:100%" src="data:image/jpeg;base64,{data}">', caption


def _still_renderer(viewer: ShownView, seen: View) -> Renderer:
    """Make what renders all panes that are open, as large as a still may be; small frames are enlarged."""

    def at(zoom: float) -> Renderer:
        # What HoloViews draws over a picture does not turn, nor does the picture below it.
        return make_renderer(seen, StillOptions(zoom=zoom, turned=viewer.overlay is None))

    fitting = _STILL_SIDE / max(at(1).size)
    return at(min(math.floor(fitting), _MOST_ZOOM) if fitting >= 1 else fitting)


def _within(image: Image.Image, most: int) -> bytes:
    """Encode a picture as a JPEG of at most that many bytes: at lower quality, then with fewer pixels."""
    while True:
        for quality in (85, 70, 50):
            buffer = io.BytesIO()
            image.save(buffer, "JPEG", quality=quality)
            if buffer.tell() <= most:
                return buffer.getvalue()
        image = image.reduce(2)
