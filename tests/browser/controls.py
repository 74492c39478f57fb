"""Where a hand finds the settings of a view: the accessible name of the control of each."""

from __future__ import annotations

#: Settings with a control of one value: `test_controls` moves each, by its kind.
LABELS = {
    "colormap": "colormap",
    "invert": "invert",
    "composite": "composite",
    "per_frame": "per frame",
    "channels.gamma": "gamma",
    "channels.visible": "show channel 1",
    "channels.color": "color of channel 1",
    "playback.fps": "frames per second",
    "playback.mode": "play mode",
}

#: Settings that take more than one control, and where they are moved.
ELSEWHERE = {
    "position": "test_scrub",
    "projection": "test_tools",
    "channels": "above",
    "channels.limits": "test_scrub",
    "tools": "test_tools, test_roi, test_montage, test_compare",
    "playback": "above",
    "playback.dim": "test_controls",
}
