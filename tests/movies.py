"""Movies, read back."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest


def read_mp4(path: Path) -> np.ndarray[Any, Any]:
    """All frames of a movie, shape (n, height, width, 3)."""
    ffmpeg = pytest.importorskip("imageio_ffmpeg").get_ffmpeg_exe()
    printed = subprocess.run([ffmpeg, "-i", path], capture_output=True, check=False).stderr.decode()
    size = re.search(r"Video: h264.* (\d+)x(\d+)", printed)
    assert size is not None, printed
    width, height = map(int, size.groups())
    raw = ["-vf", "scale=in_color_matrix=bt709:in_range=tv", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    frames = subprocess.run([ffmpeg, "-i", path, *raw], capture_output=True, check=True).stdout
    return np.frombuffer(frames, np.uint8).reshape(-1, height, width, 3)
