"""TIFF files as ScanImage writes them.

The layout is that of its "BigTiff Specification" (docs.scanimage.org, Appendix): the header of a BigTIFF is
followed by four numbers, the settings as MATLAB code and the regions as JSON, to which the tags Software and
Artist of every page point; each page has what varies in its description. Names and forms of the settings are
those of headers that versions 2016 to 2023 wrote; earlier ones wrote classic TIFF, and all settings into the
descriptions.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Settings of a movie of one plane, in two of four channels.
MOVIE = {
    "SI.LINE_FORMAT_VERSION": "1",
    "SI.VERSION_MAJOR": "'2019b'",
    "SI.hChannels.channelLUT": "{[0 2047] [-1 267] [0 100] [0 100]}",
    "SI.hChannels.channelMergeColor": "{'green';'red';'red';'red'}",
    "SI.hChannels.channelName": "{'Channel 1' 'Channel 2' 'Channel 3' 'Channel 4'}",
    "SI.hChannels.channelSave": "[1;2]",
    "SI.hFastZ.enable": "false",
    "SI.hFastZ.numDiscardFlybackFrames": "0",
    "SI.hRoiManager.imagingFovUm": "[-45 -30;45 -30;45 30;-45 30]",
    "SI.hRoiManager.mroiEnable": "false",
    "SI.hRoiManager.scanFrameRate": "20",
    "SI.hScan2D.logAverageFactor": "1",
    "SI.hStackManager.actualNumSlices": "1",
    "SI.hStackManager.actualStackZStepSize": "[]",
    "SI.hStackManager.enable": "false",
    "SI.hStackManager.framesPerSlice": "600",
    "SI.hStackManager.numFramesPerVolume": "1",
    "SI.hStackManager.numFramesPerVolumeWithFlyback": "1",
    "SI.hStackManager.numSlices": "11",  # left over from another recording
    "SI.hStackManager.zs": "-668",
    "SI.objectiveResolution": "15",
}
#: What differs for volumes of three planes and a frame of flyback.
VOLUMES = {
    "SI.hFastZ.enable": "true",
    "SI.hStackManager.actualNumSlices": "3",
    "SI.hStackManager.actualStackZStepSize": "-10",
    "SI.hStackManager.enable": "true",
    "SI.hStackManager.framesPerSlice": "1",
    "SI.hStackManager.numFramesPerVolume": "3",
    "SI.hStackManager.numFramesPerVolumeWithFlyback": "4",
    "SI.hStackManager.zs": "[20 10 0]",
}


def write_scanimage(
    path: Path,
    pages: NDArray[np.int16],
    settings: Mapping[str, str],
    rois: Any = None,
    *,
    n_channels: int = 2,
    first: int = 0,
) -> Path:
    """Write pages in the order in which they are scanned, one frame of all channels every 50 ms."""
    said = _code(settings)
    regions = json.dumps({"RoiGroups": {"imagingRoiGroup": {"rois": rois or []}}}).encode() + b"\0"
    content = bytearray(struct.pack("<2s3HQ", b"II", 43, 8, 0, 32 + len(said) + len(regions)))
    content += struct.pack("<4I", 0x07030301, 4, len(said), len(regions)) + said + regions
    height, width = pages.shape[1:]
    for i, page in enumerate(pages):
        text = _description(first + i // n_channels)
        at = len(content) + 8 + 15 * 20 + 8
        entries = [
            (256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 16), (259, 3, 1, 1), (262, 3, 1, 1),
            (270, 2, len(text), at), (273, 16, 1, at + len(text)), (274, 3, 1, 1), (277, 3, 1, 1),
            (278, 4, 1, height), (279, 16, 1, page.nbytes), (284, 3, 1, 1), (305, 2, len(said), 32),
            (315, 2, len(regions), 32 + len(said)), (339, 3, 1, 2),
        ]  # fmt: skip
        following = 0 if i == len(pages) - 1 else at + len(text) + page.nbytes
        directory = b"".join(struct.pack("<HHQQ", *entry) for entry in entries)
        content += struct.pack("<Q", 15) + directory + struct.pack("<Q", following) + text
        content += page.astype("<i2").tobytes()
    path.write_bytes(content)
    return path


def write_classic(path: Path, pages: NDArray[np.int16], description: bytes) -> Path:
    """Write pages of a classic TIFF that have all settings in their descriptions."""
    text = description + b"\0" * (2 - len(description) % 2)
    content = bytearray(struct.pack("<2sHI", b"II", 42, 8))
    height, width = pages.shape[1:]
    for i, page in enumerate(pages):
        at = len(content) + 2 + 12 * 12 + 4
        entries = [
            (256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 16), (259, 3, 1, 1), (262, 3, 1, 1),
            (270, 2, len(text), at), (273, 4, 1, at + len(text)), (277, 3, 1, 1), (278, 4, 1, height),
            (279, 4, 1, page.nbytes), (284, 3, 1, 1), (339, 3, 1, 2),
        ]  # fmt: skip
        following = 0 if i == len(pages) - 1 else at + len(text) + page.nbytes
        directory = b"".join(struct.pack("<HHII", *entry) for entry in entries)
        content += struct.pack("<H", 12) + directory + struct.pack("<I", following) + text
        content += page.astype("<i2").tobytes()
    path.write_bytes(content)
    return path


def _code(settings: Mapping[str, str]) -> bytes:
    return "".join(f"{name} = {value}\n" for name, value in settings.items()).encode() + b"\0"


def _description(frame: int) -> bytes:
    said = {
        "frameNumbers": str(frame + 4),  # in a loop, another acquisition came before
        "acquisitionNumbers": "2",
        "frameNumberAcquisition": str(frame + 1),
        "frameTimestamps_sec": f"{0.05 * frame:.9f}",
        "acqTriggerTimestamps_sec": "-0.000031310",
        "nextFileMarkerTimestamps_sec": "-1.000000000",
        "endOfAcquisition": "0",
        "epoch": "[2016  6  2 20  2 22.065]",
        "auxTrigger0": "[]",
        "I2CData": "{}",
    }
    text = _code(said)
    return text[:-1].ljust(len(text) // 8 * 8 + 32, b" ")[:-1] + b"\0"
