"""High-throughput JPEG 2000, lossless: the fastest of those that are smaller than PNG."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs.checked import CheckedCodec, PictureHeader
from jpkl._codecs.codestream import parse_codestream
from jpkl._codecs.imagecodecs import library
from jpkl._codecs.registry import register_codec
from jpkl._codecs.unraisable import raised_from


@register_codec
class Htj2kCodec(CheckedCodec):
    """HTJ2K codestreams (ITU-T T.814), always lossless, through imagecodecs."""

    name = "htj2k"
    title = "HTJ2K"
    max_side = 2**31 - 1
    most_bits = (16, 16)

    def _check_library(self) -> None:
        library(self.title, "htj2k_encode")

    def header(self, data: bytes) -> PictureHeader:
        return parse_codestream(data, is_high_throughput=True)

    def encode_samples(self, samples: NDArray[Any]) -> bytes:
        return bytes(library(self.title, "htj2k_encode").htj2k_encode(samples, reversible=True))

    def decode_samples(self, data: bytes) -> NDArray[Any]:
        found = self.header(data)
        shape = (found.height, found.width, *(() if found.n_components == 1 else (3,)))
        # Where the codestream is broken, imagecodecs prints that and leaves the rest of the array as it was.
        samples = np.zeros(shape, f"u{self._samples.nbytes}")
        with raised_from("imagecodecs._htj2k"):
            library(self.title, "htj2k_decode").htj2k_decode(data, out=samples)
        return samples
