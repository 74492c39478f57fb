"""How a frame is drawn in HoloViews: row 0 at the top, square pixels, colors that stay."""

from __future__ import annotations

from typing import Any

import holoviews as hv
import holoviews.plotting.bokeh  # registers the backend, whose options are used below
import numpy as np
from numpy.typing import NDArray

from jpkl_viewer.model.colormaps import to_hex
from jpkl_viewer.model.resolve import Layer
from jpkl_viewer.model.stack import StackDescription

#: What the values of a gray frame are called.
_VALUE = hv.Dimension("value", label="pixel value")


def frame_bounds(height: int, width: int) -> tuple[float, float, float, float]:
    """Return left, bottom, right and top of a frame in pixels: the middle of pixel (y, x) is at (x, y)."""
    return (-0.5, -0.5, width - 0.5, height - 0.5)


def gray_element(pixels: NDArray[np.uint8], layer: Layer) -> hv.Image:
    """Make an `hv.Image` of a gray frame, with its contrast limits and colormap.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width)
        The frame.
    layer : Layer
        How its values become colors.
    """
    image = plain_element(pixels)
    return image.opts(clim=layer.limits, cmap=to_hex(layer.palette()), backend="bokeh")


def plain_element(pixels: NDArray[np.uint8], limits: tuple[float, float] = (0, 255)) -> hv.Image | hv.RGB:
    """Make an `hv.Image` of a gray frame, or an `hv.RGB` of a color one, without options.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width) or (height, width, 3)
        The frame.
    limits : tuple of float
        Values that are black and white where no options say otherwise.
    """
    if pixels.ndim == 3:
        return rgb_element(pixels)
    value = _VALUE.clone(range=limits)
    return hv.Image(pixels[::-1], bounds=frame_bounds(*pixels.shape), kdims=["x", "y"], vdims=[value])


def rgb_element(pixels: NDArray[np.uint8]) -> hv.RGB:
    """Make an `hv.RGB` of RGB pixels, shape (height, width, 3)."""
    return hv.RGB(pixels[::-1], bounds=frame_bounds(*pixels.shape[:2]), kdims=["x", "y"])


def figure_options(stack: StackDescription, max_side: int = 560) -> dict[str, Any]:
    """Return options of a figure whose pixels have their shape and whose y axis counts rows downward.

    The frame's size follows from the aspect: with it left to the layout, pixels are not square.
    """
    height, width = stack.true_shape(stack.height, stack.width)
    scale = max_side / max(height, width)
    return {
        "invert_yaxis": True,
        "frame_width": max(1, round(width * scale)),
        "frame_height": max(1, round(height * scale)),
        "xlabel": "x (px)",
        "ylabel": "y (px)",
        "title": "",
        "fontsize": {"labels": 11, "ticks": 10},
        # HoloViews' default, WebGL, costs 10 to 60 ms a frame where it is emulated, and wins nothing here.
        # Lines along the edge, and ticks that point inwards, would cover the outermost pixels.
        "backend_opts": {
            "plot.output_backend": "canvas",
            "plot.sizing_mode": None,
            "plot.outline_line_color": None,
            "xaxis.axis_line_color": None,
            "yaxis.axis_line_color": None,
            "xaxis.major_tick_in": 0,
            "yaxis.major_tick_in": 0,
        },
        "default_tools": ["pan", "wheel_zoom", "box_zoom", "save", "reset"],
        "active_tools": ["wheel_zoom"],
    }


def overlay_figure(overlay: Any, height: int, width: int) -> hv.Overlay:
    """Make what is drawn over the picture: it shows the part of the frame that the picture shows.

    Parameters
    ----------
    overlay : HoloViews object
        What to draw, in pixels (x, y).
    height, width : int
        Size of a frame in pixels.
    """
    # A picture that nobody sees gives the axes their extent.
    extent = hv.RGB(np.zeros((2, 2, 3), np.uint8), bounds=frame_bounds(height, width), kdims=["x", "y"])
    options: dict[str, Any] = {
        "alpha": 0,
        "invert_yaxis": True,
        "responsive": True,
        "min_height": 20,
        "min_width": 20,
        "xaxis": None,
        "yaxis": None,
        "title": "",
        "toolbar": None,
        # The picture is seen through it.
        "backend_opts": {
            "plot.output_backend": "canvas",
            "plot.background_fill_color": None,
            "plot.border_fill_color": None,
            "plot.outline_line_color": None,
            # Its frame is where the picture is.
            "plot.margin": 0,
            **{f"plot.min_border_{side}": 0 for side in ("left", "right", "top", "bottom")},
        },
        "default_tools": [],
        "active_tools": [],
    }
    return extent.opts(**options, backend="bokeh") * overlay
