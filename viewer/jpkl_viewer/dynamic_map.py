"""A stack as a plain HoloViews `DynamicMap`, for which HoloViews makes the sliders."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import holoviews as hv

from jpkl.toolkit import displayed
from jpkl_viewer.browser.element import figure_options, plain_element
from jpkl_viewer.frames.frames import DEFAULT_CACHE_NBYTES
from jpkl_viewer.frames.sample import first_settings
from jpkl_viewer.model.colormaps import COLORMAPS, to_hex
from jpkl_viewer.model.settings import check_names
from jpkl_viewer.model.stack import StackDescription, describe_viewable
from jpkl_viewer.model.state import ViewState
from jpkl_viewer.notebook import load_notebook

if TYPE_CHECKING:
    from jpkl import JPkl

#: Options that say how large the figure is: with one of them, its size is the user's.
_SIZES = frozenset({"width", "height", "aspect", "data_aspect", "responsive"})


def dynamic_map(jp: JPkl, **opts: Any) -> hv.DynamicMap:
    """Make a `DynamicMap` of the frames of a stack, see `jpkl.JPkl.dynamic_map`.

    Parameters
    ----------
    jp : JPkl
        The stack. If it has no decoded-frame cache, it is given one.
    **opts
        Options of `hv.Image`, or of `hv.RGB` for color frames.

    Raises
    ------
    TypeError
        If there is no such option; names those that there are.
    ValueError
        If the stack holds no frames.

    Examples
    --------
    >>> import numpy as np
    >>> from jpkl import JPkl
    >>> frames = dynamic_map(JPkl(np.zeros((8, 8, 5, 2)), dim_names=["time", "channel"]), cmap="viridis")
    >>> frames.kdims, frames[3, 1].bounds.lbrt()
    ([Dimension('time'), Dimension('channel')], (-0.5, -0.5, 7.5, 7.5))
    """
    stack = describe_viewable(jp)
    jp = displayed(jp)
    kind = "RGB" if stack.color else "Image"
    _check_names(kind, opts)
    load_notebook()
    cached = jp if jp.cache is not None else jp.with_cache(DEFAULT_CACHE_NBYTES)
    state = ViewState(stack)
    state.update(**first_settings(cached, stack))

    def draw(*index: int) -> hv.Image | hv.RGB:
        channel = 0 if stack.channel_dim is None else index[stack.channel_dim]
        return plain_element(cached[(..., *index)], state.channels[channel].limits)

    # HoloViews would keep 500 elements whatever their size; the cache of the stack is bounded in bytes.
    frames = hv.DynamicMap(draw, kdims=_key_dimensions(stack, state.position), cache_size=1)
    return frames.opts({kind: _options(stack, opts)}, backend="bokeh")


def _key_dimensions(stack: StackDescription, first: Sequence[int]) -> list[hv.Dimension]:
    """Make a dimension per dim: its indices, shown with what they stand for, and nothing beyond them.

    Sliders start at the index that is `first`.
    """
    return [
        hv.Dimension(
            dim.name,
            values=list(range(dim.size)),
            range=(0, dim.size - 1),
            default=first[d],
            value_format=partial(_label, stack, d),
        )
        for d, dim in enumerate(stack.dims)
    ]


def _label(stack: StackDescription, d: int, index: int) -> str:
    """Say what an index stands for. It begins with the index, as the labels of a slider have to differ."""
    label = stack.channels[index].name if d == stack.channel_dim else stack.dims[d].label(index)
    return f"{index} ({label})" if label not in ("", f"channel {index}") else str(index)


def _options(stack: StackDescription, opts: dict[str, Any]) -> dict[str, Any]:
    """Combine the user's options with those that suit a frame: its proportions, and black to white."""
    options = figure_options(stack)
    if not stack.color:
        options["cmap"] = to_hex(COLORMAPS["gray"])
    width, height = opts.get("frame_width"), opts.get("frame_height")
    rows, columns = stack.true_shape(stack.height, stack.width)
    if _SIZES & opts.keys():
        del options["frame_width"], options["frame_height"]
    elif width is not None:
        options["frame_height"] = max(1, round(width * rows / columns))
    elif height is not None:
        options["frame_width"] = max(1, round(height * columns / rows))
    return options | opts


def _check_names(kind: str, opts: dict[str, Any]) -> None:
    groups = hv.Store.options(backend="bokeh")[kind].groups
    known = sorted({name for group in ("plot", "style") for name in groups[group].allowed_keywords})
    check_names(opts, known, f"an hv.{kind}")
