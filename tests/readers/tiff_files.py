"""Small TIFF files as the makers of microscopes write them, from what their specifications say."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray


def write_lsm(path: Path, pixels: NDArray[np.uint8], scan_type: int = 6) -> Path:
    """Write pixels of axes TZCYX with three channels; a thumbnail follows each page, as in real files.

    Types of scans of lines, 1, 2 and 4, have no rows: those of pages are planes, or times.
    """
    n_times, n_planes, n_channels, height, width = pixels.shape
    info = np.zeros((), tifffile.TIFF.CZ_LSMINFO)
    info["MagicNumber"], info["StructureSize"] = 67127628, info.nbytes
    sizes = {"X": width, "Y": height, "Z": n_planes, "Channels": n_channels, "Time": n_times}
    if scan_type in (1, 2, 4):
        sizes |= {"Y": 1, "Time" if scan_type == 2 else "Z": height}
    for name, n in sizes.items():
        info[f"Dimension{name}"] = n
    for axis, size in {"X": 1e-7, "Y": 2e-7, "Z": 5e-7}.items():
        info[f"VoxelSize{axis}"] = size
    info["ScanType"] = scan_type  # by default, a time series of volumes
    names = b"".join(struct.pack("<I", len(name) + 1) + name + b"\0" for name in (b"DNA", b"actin", b"ER"))
    colors = bytes([0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0])
    table = struct.pack("<6I", 36 + len(names), 3, 3, 24, 36, 0) + colors + names
    stamps = struct.pack(
        f"<ii{n_times}d", 8 + 8 * n_times, n_times, *(10.0 + 1.5 * t for t in range(n_times))
    )
    with tifffile.TiffWriter(path, byteorder="<") as tiff:
        for number, page in enumerate(pixels.reshape(-1, n_channels, height, width)):
            extra = [(34412, 1, info.nbytes, info.tobytes(), True)] if number == 0 else []
            options: dict[str, Any] = {"planarconfig": "separate", "metadata": None, "contiguous": False}
            tiff.write(page, photometric="minisblack", extratags=extra, **options)
            thumbnail = np.zeros((3, 4, 4), np.uint8)
            tiff.write(thumbnail, photometric="rgb", subfiletype=1, **options)
    content = bytearray(path.read_bytes())
    at = content.index(info.tobytes())
    info["OffsetChannelColors"], info["OffsetTimeStamps"] = len(content), len(content) + len(table)
    content[at : at + info.nbytes] = info.tobytes()
    path.write_bytes(bytes(content) + table + stamps)
    return path


def write_stk(
    path: Path, pixels: NDArray[np.uint16], distance: int, milliseconds: int, *, is_calibrated: bool = True
) -> Path:
    """Write planes of shape (n, y, x), all in one page, with the distance in micrometers between them."""
    n, height, width = pixels.shape
    day = 2460000  # a Julian day
    rows = [(distance, 1, day, milliseconds * i, day, milliseconds * i) for i in range(n)]
    planes = tuple(value for row in rows for value in row)
    # Pairs of a number and a value, or where it is: 3 to 6 are the calibration.
    extra = [
        (33628, 4, 8, (3, 0, 4, 0, 5, 0, 6, 0), True),
        (33629, 5, 3 * n, planes, True),
    ]
    options: dict[str, Any] = {"metadata": None, "byteorder": "<", "photometric": "minisblack"}
    tifffile.imwrite(path, pixels.reshape(n * height, width), extratags=extra, **options)
    content = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as tiff:
        entries = {tag.code: tag.offset for tag in tiff.pages.first.tags}
        (at,) = struct.unpack_from("<I", content, entries[33628] + 8)
    unit = b"um\0"
    values = [(3, is_calibrated), (4, len(content)), (5, len(content)), (6, len(content) + 8)]
    struct.pack_into("<8I", content, at, *(number for pair in values for number in pair))
    content += struct.pack("<2I", 1, 4) + struct.pack("<I", len(unit)) + unit
    struct.pack_into("<I", content, entries[33628] + 4, 4)
    struct.pack_into("<I", content, entries[33629] + 4, n)
    for code, value in ((257, height), (278, height), (279, height * width * 2)):
        struct.pack_into("<I", content, entries[code] + 8, value)
    path.write_bytes(content)
    return path


def write_sis(path: Path, pixels: NDArray[np.uint16], nanometers: float) -> Path:
    """Write a picture with the block of Olympus SIS, whose offset is counted from the start of the file."""
    length = struct.pack("<10xhdd8xd2x34s32s", -9, nanometers, nanometers, 5000.0, b"camera", b"")
    block = struct.pack("<4s6xhhhhh6x32sH", b"SIS0", 30, 12, 5, 0, 124, b"name", 1)
    block += struct.pack("<hhI", 1, 1, 0) + length
    tifffile.imwrite(path, pixels, metadata=None, extratags=[(33560, 1, len(block), block, True)])
    content = bytearray(path.read_bytes())
    at = content.index(b"SIS0")
    struct.pack_into("<I", content, at + 64, at + 68)
    path.write_bytes(content)
    return path


def write_fluoview(path: Path, pixels: NDArray[np.uint16]) -> Path:
    """Write planes of axes TZC, shape (t, z, c, y, x), as FluoView did before it had a format of its own."""
    header = np.zeros((), tifffile.TIFF.MM_HEADER)
    said = [("X", 0.2, "um"), ("Y", 0.4, "um"), ("Ch", 0, ""), ("Z", -0.5, "um"), ("T", 2.5, "s")]
    for i, ((name, step, unit), n) in enumerate(zip(said, pixels.shape[::-1], strict=True)):
        header["Dimensions"][i] = (name, n, 0.0, step, unit)
    header["Dimensions"]["Size"][len(said) :] = 1
    stamp = (0.0,) * 8
    extra = [(34361, 1, header.nbytes, header.tobytes(), True), (34362, 12, len(stamp), stamp, True)]
    planes = pixels.reshape(-1, *pixels.shape[-2:])
    options: dict[str, Any] = {"metadata": None, "photometric": "minisblack", "byteorder": "<"}
    tifffile.imwrite(path, planes, extratags=extra, **options)
    return path


def write_micro_manager(
    path: Path, pixels: NDArray[np.uint16], summary: dict[str, Any], first_time: int = 0, **said: Any
) -> Path:
    """Write planes of axes TZC, shape (t, z, c, y, x), with the time of each; of several files, one."""
    text = json.dumps({"MicroManagerVersion": "2.0", "Prefix": "a", **summary}).encode()
    content = bytearray(40) + text
    content += bytes(-len(content) % 2)
    index = []
    for t, z, c in np.ndindex(pixels.shape[:3]):
        index.append((c, z, first_time + t, 0, len(content)))
        content += _micro_manager_page(pixels[t, z, c], len(content), 250.0 * (first_time + t) + z, **said)
    struct.pack_into("<I", content, index[-1][-1] + 158, 0)  # no page follows the last
    header = [0x002A4949, index[0][-1], 54773648, len(content), 483765892, 0, 99384722, 0, 2355492, len(text)]
    struct.pack_into("<10I", content, 0, *header)
    content += struct.pack("<2I", 3453623, len(index)) + np.array(index, "<u4").tobytes()
    path.write_bytes(content)
    return path


def write_ndtiff(
    folder: Path, pixels: NDArray[np.uint16], summary: dict[str, Any], channels: list[str]
) -> Path:
    """Write planes of axes TZC as Micro-Manager 2 does, with the index beside them."""
    text = json.dumps(summary).encode()
    content = bytearray(28) + text
    content += bytes(-len(content) % 2)
    struct.pack_into("<7I", content, 0, 0x002A4949, len(content), 483729, 3, 3, 2355492, len(text))
    index = b""
    for t, z, c in np.ndindex(pixels.shape[:3]):
        at, plane = len(content), pixels[t, z, c]
        content += _micro_manager_page(plane, at, 1000.0 * t + 10 * z, PixelSizeUm=0.25)
        nbytes = len(_said(1000.0 * t + 10 * z, PixelSizeUm=0.25))
        for named in (json.dumps({"time": t, "z": z, "channel": channels[c]}), "a_NDTiffStack.tif"):
            index += struct.pack("<I", len(named)) + named.encode()
        extent = (at + 162, *plane.shape[::-1], 1, 0, at + 178 + plane.nbytes, nbytes, 0)
        index += struct.pack("<8I", *extent)
    struct.pack_into("<I", content, at + 158, 0)  # no page follows the last
    (folder / "NDTiff.index").write_bytes(index)
    (folder / "a_NDTiffStack.tif").write_bytes(content)
    return folder / "a_NDTiffStack.tif"


def _said(milliseconds: float, **more: Any) -> bytes:
    return json.dumps({"ElapsedTime-ms": milliseconds, **more}).encode()


def _micro_manager_page(plane: NDArray[np.uint16], at: int, milliseconds: float, **more: Any) -> bytes:
    said = _said(milliseconds, **more) + b"\0"
    end = at + 162 + plane.nbytes
    entries = [
        (256, 3, 1, plane.shape[1]), (257, 3, 1, plane.shape[0]), (258, 3, 1, 16), (259, 3, 1, 1),
        (262, 3, 1, 1), (273, 4, 1, at + 162), (277, 3, 1, 1), (278, 3, 1, plane.shape[0]),
        (279, 4, 1, plane.nbytes), (282, 5, 1, end), (283, 5, 1, end + 8), (296, 3, 1, 1),
        (51123, 2, len(said), end + 16),
    ]  # fmt: skip
    body = plane.tobytes() + struct.pack("<4I", 1, 1, 1, 1) + said
    body += bytes(-(162 + len(body)) % 2)
    directory = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", 13) + directory + struct.pack("<I", at + 162 + len(body)) + body
