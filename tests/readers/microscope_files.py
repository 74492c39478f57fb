"""Small files in the formats of microscopes, written from what their specifications say."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# -- DeltaVision ---------------------------------------------------------------------------------------


def write_dv(path: Path, pixels: NDArray[Any], order: int = 0, byteorder: str = "<") -> Path:
    """Write pixels of shape (a, b, c, y, x), whose first axes are in the order of that number."""
    n_times, n_channels, n_planes = {
        0: (pixels.shape[1], pixels.shape[0], pixels.shape[2]),
        1: (pixels.shape[0], pixels.shape[2], pixels.shape[1]),
        2: (pixels.shape[0], pixels.shape[1], pixels.shape[2]),
    }[order]
    n = n_times * n_channels * n_planes
    table = np.zeros((n, 40), f"{byteorder}f4")
    table[:, 8 + 1] = np.arange(n) * 0.5  # when each plane was taken
    header = bytearray(1024)
    values = {
        0: ("4i", pixels.shape[-1], pixels.shape[-2], n, 6),
        40: ("3f", 0.1, 0.2, 0.3),
        92: ("i", table.nbytes),
        96: ("h", -16224),
        128: ("2h", 8, 32),
        180: ("2h", n_times, order),
        196: ("6h", n_channels, 525, -50, 0, 0, 0),
    }
    for at, (kind, *numbers) in values.items():
        struct.pack_into(byteorder + kind, header, at, *numbers)
    path.write_bytes(bytes(header) + table.tobytes() + pixels.astype(f"{byteorder}u2").tobytes())
    return path


# -- Leica LIF -----------------------------------------------------------------------------------------


def write_lif(path: Path, images: Mapping[str, tuple[str, NDArray[Any]]]) -> Path:
    """Write images by their names: letters of the axes (TZCYX, S for RGB), and pixels in that order."""
    elements, blocks = [], []
    for i, (name, (axes, pixels)) in enumerate(images.items()):
        elements.append(_lif_element(name, f"MemBlock_{i}", axes, pixels))
        block = f"MemBlock_{i}".encode("utf-16-le")
        head = struct.pack("<IIBQBI", 0x70, 14 + len(block), 0x2A, pixels.nbytes, 0x2A, len(block) // 2)
        blocks.append(head + block + pixels.tobytes())
    root = f'<Element Name="a" UniqueID="0"><Children>{"".join(elements)}</Children></Element>'
    xml = f'<LMSDataContainerHeader Version="2">{root}</LMSDataContainerHeader>'.encode("utf-16-le")
    head = struct.pack("<IIBI", 0x70, 5 + len(xml), 0x2A, len(xml) // 2)
    path.write_bytes(head + xml + b"".join(blocks))
    return path


def _lif_element(name: str, block: str, axes: str, pixels: NDArray[Any]) -> str:
    strides = dict(zip(axes, pixels.strides, strict=True))
    sizes = dict(zip(axes, pixels.shape, strict=True))
    dims = "".join(
        f'<DimensionDescription DimID="{"XYZT".index(axis) + 1}" NumberOfElements="{sizes[axis]}" Origin="0" '
        f'Length="{(sizes[axis] - 1) * (0.5 if axis == "T" else 2e-7)}" Unit="{"s" if axis == "T" else "m"}" '
        f'BytesInc="{strides[axis]}" BitInc="0"/>'
        for axis in axes
        if axis in "XYZT"
    )
    samples = "C" if "C" in sizes else "S"
    channels = "".join(
        f'<ChannelDescription DataType="0" ChannelTag="{c + 1 if samples == "S" else 0}" '
        f'Resolution="{pixels.itemsize * 8}" NameOfMeasuredQuantity="" Min="0" Max="1" Unit="" '
        f'LUTName="{("Green", "Magenta", "Gray")[c]}" IsLUTInverted="0" '
        f'BytesInc="{c * strides.get(samples, 0)}" BitInc="0"><ChannelProperty><Key>DyeName</Key>'
        f"<Value>Leica/dye {c}</Value></ChannelProperty></ChannelDescription>"
        for c in range(sizes.get(samples, 1))
    )
    return (
        f'<Element Name="{name}" UniqueID="{block}"><Data><Image><ImageDescription><Channels>{channels}'
        f"</Channels><Dimensions>{dims}</Dimensions></ImageDescription></Image></Data>"
        f'<Memory Size="{pixels.nbytes}" MemoryBlockID="{block}"/></Element>'
    )


# -- Zeiss CZI -----------------------------------------------------------------------------------------

#: What a file says of its channels, times and pixel sizes, between its sizes.
_CZI_XML = (
    "<ImageDocument><Metadata><Information><Image><AcquisitionDateAndTime>2024-05-06T07:08:09Z"
    "</AcquisitionDateAndTime>{sizes}<Dimensions><Channels>"
    '<Channel Id="Channel:0" Name="DNA"/><Channel Id="Channel:1" Name="actin"/></Channels>'
    '<S><Scenes><Scene Index="0" Name="A1"/><Scene Index="1" Name="B2"/></Scenes></S>'
    "</Dimensions></Image></Information><Scaling><Items>"
    '<Distance Id="X"><Value>2E-07</Value></Distance><Distance Id="Y"><Value>2E-07</Value></Distance>'
    '<Distance Id="Z"><Value>5E-07</Value></Distance></Items></Scaling><DisplaySetting><Channels>'
    '<Channel Id="Channel:0"><Color>#FF0000FF</Color></Channel>'
    '<Channel Id="Channel:1"><Color>#FF00FF00</Color></Channel>'
    "</Channels></DisplaySetting></Metadata></ImageDocument>"
)

#: A tile: where it begins along each dim, its pixels, and by how much they were made smaller.
Tile = tuple[Mapping[str, int], NDArray[Any], int]


def write_czi(
    path: Path,
    tiles: Sequence[Tile],
    *,
    sizes: str = "",
    times: Sequence[float] = (),
    compression: int = 0,
    says_stored: bool = True,
) -> Path:
    """Write tiles, the times of the time points, and `sizes` into the metadata.

    The length that is stored along a dimension may be 0 where it is the length.
    """
    content = bytearray(_segment("ZISRAWFILE", bytes(512)))
    entries = []
    for start, pixels, reduction in tiles:
        entry = _czi_entry(start, pixels, reduction, len(content), compression, says_stored)
        entries.append(entry)
        data = _czi_pixels(pixels, compression)
        head = (struct.pack("<iiq", 0, 0, len(data)) + entry).ljust(256, b"\0")
        content += _segment("ZISRAWSUBBLOCK", head + data)
    positions = [len(content)]
    content += _segment("ZISRAWDIRECTORY", struct.pack("<i124x", len(entries)) + b"".join(entries))
    positions.append(len(content))
    xml = _CZI_XML.format(sizes=sizes).encode()
    content += _segment("ZISRAWMETADATA", struct.pack("<i252x", len(xml)) + xml)
    stamps = struct.pack(f"<ii{len(times)}d", 8 + 8 * len(times), len(times), *times)
    at = len(content)
    content += _segment("ZISRAWATTACH", bytes(256) + stamps)
    positions.append(len(content))
    entry = struct.pack("<2s10xqi16s8s80s", b"A1", at, 0, b"", b"CZTIMS", b"TimeStamps")
    content += _segment("ZISRAWATTDIR", struct.pack("<i252x", 1) + entry)
    struct.pack_into("<qq4xq", content, 32 + 52, *positions)
    path.write_bytes(content)
    return path


def _segment(name: str, content: bytes) -> bytes:
    return struct.pack("<16sqq", name.encode(), len(content), len(content)) + content


def _czi_entry(
    start: Mapping[str, int],
    pixels: NDArray[Any],
    reduction: int,
    position: int,
    compression: int,
    says_stored: bool,
) -> bytes:
    kind = {("uint8", 2): 0, ("uint16", 2): 1, ("uint8", 3): 3}[str(pixels.dtype), pixels.ndim]
    stored = {"Y": pixels.shape[0], "X": pixels.shape[1]}
    dims = [
        struct.pack(
            "<4siifi", axis.encode(), first, n * reduction if axis in "YX" else n, 0, n if says_stored else 0
        )
        for axis, first in start.items()
        for n in [stored.get(axis, 1)]
    ]
    head = struct.pack("<2siqiib5xi", b"DV", kind, position, 0, compression, 0, len(dims))
    return head + b"".join(dims)


def _czi_pixels(pixels: NDArray[Any], compression: int) -> bytes:
    stored = np.ascontiguousarray(pixels if pixels.ndim == 2 else pixels[..., ::-1])
    if compression == 0:
        return stored.tobytes()
    import imagecodecs

    if compression == 5:
        return bytes(imagecodecs.zstd_encode(stored.tobytes()))
    halves = stored.view(np.uint8).reshape(-1, stored.itemsize).T  # all low bytes before all high ones
    return b"\x03\x01\x01" + bytes(imagecodecs.zstd_encode(halves.tobytes()))
