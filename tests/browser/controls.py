"""Where a hand finds the settings of a view: the accessible name, or the text, of the control of each."""

from __future__ import annotations

#: Settings with one control, of the demo stack; `test_controls` moves each in this order, as its kind is.
LABELS = {
    "colormap": "colormap",
    "channels.auto": "Auto",
    "histogram_scale": "histogram",
    "invert": "invert",
    "per_frame": "per frame",
    "histogram_of": "histogram of",
    "composite": "Composite",
    "scale_bar_corner": "corner of the scale bar",
    "scale_bar_color": "color of the scale bar",
    "scale_bar_length": "length of the scale bar",
    "scale_bar": "scale bar",
    "stamp": "stamp",
    "names": "names",
    "colorbar": "color bar",
    "axes": "axes",
    "axes_unit": "unit of the axes",
    "smooth": "smooth pixels",
    "channels.gamma": "gamma",
    "channels.visible": "show C1",
    "channels.color": "color of C1",
    "channels.colormap": "colormap",
    "playback.fps": "frames per second",
    "playback.mode": "play mode",
}

#: What a control is set to, where that is not the value of the setting: the slider of gamma is logarithmic.
VALUES = {"channels.gamma": 0.5}

#: Settings that take more than one control, and where they are moved.
ELSEWHERE = {
    "position": "test_scrub",
    "projection": "test_tools",
    "rotation": "test_turned",
    "flip": "test_turned",
    "channels": "above",
    "channels.limits": "test_scrub",
    "tools": "test_tools, test_roi, test_montage, test_compare",
    "playback": "above",
    "playback.dim": "test_controls",
}
