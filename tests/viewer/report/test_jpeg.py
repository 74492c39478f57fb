"""Pictures of a report as JPEG: whatever they show."""

from __future__ import annotations

import io

import numpy as np
from jpkl_viewer.report.jpeg import jpeg_of
from PIL import Image


def test_noise_in_colors_is_encoded_too() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (512, 640, 3), np.uint8)
    with Image.open(io.BytesIO(jpeg_of(Image.fromarray(noise), 95))) as image:
        assert np.abs(np.asarray(image).astype(int) - noise).mean() < 10
