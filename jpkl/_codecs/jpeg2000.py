"""JPEG 2000: lossy or lossless, smaller than PNG, and slow."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from PIL import Jpeg2KImagePlugin

from jpkl._codecs.checked import LossyCodec, PictureHeader
from jpkl._codecs.codestream import parse_codestream
from jpkl._codecs.pillow import check_pillow, decoded_by_pillow, encoded_by_pillow
from jpkl._codecs.registry import register_codec

#: Frames of fewer samples are kept exactly: OpenJPEG does not reach a PSNR there.
_FEW = 1024


@register_codec
class Jpeg2000Codec(LossyCodec):
    """JPEG 2000 codestreams; with ``dtype`` lossless.

    The format knows no quality: quality q asks for a PSNR of about 20 + q / 4 dB.
    """

    name = "jpeg2000"
    title = "JPEG 2000"
    max_side = 2**31 - 1
    most_bits = (16, 8)

    def _check_library(self) -> None:
        check_pillow(self.title, "jpg_2000")

    def header(self, data: bytes) -> PictureHeader:
        return parse_codestream(data, is_high_throughput=False)

    def encode_samples(self, samples: NDArray[Any]) -> bytes:
        lossy = {"irreversible": True, "quality_mode": "dB", "quality_layers": [20 + self.quality / 4]}
        is_exact = self.is_lossless or samples.size < _FEW
        how = {"irreversible": False} if is_exact else lossy
        return encoded_by_pillow(samples, "JPEG2000", no_jp2=True, **how)

    def decode_samples(self, data: bytes) -> NDArray[Any]:
        return decoded_by_pillow(data, Jpeg2KImagePlugin.Jpeg2KImageFile, self._samples.nbytes)
