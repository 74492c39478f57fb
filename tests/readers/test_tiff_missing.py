"""TIFF files that hold less than they promise: an error, or what is there on request."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from jpkl.readers import Missing, open_image
from jpkl.readers._tiff_missing import _absent_files

tifffile = pytest.importorskip("tifffile")

RNG = np.random.default_rng(8)
#: No pixel is 0, so that planes that became black can be told from others.
ZYX = RNG.integers(1, 4000, (6, 16, 20), np.uint16)


def write_pages(path: Path, **options: Any) -> None:
    """Write pages as other programs do: without metadata, each with its directory."""
    with tifffile.TiffWriter(path, bigtiff=options.pop("bigtiff", False)) as tiff:
        for plane in ZYX:
            tiff.write(plane, metadata=None, contiguous=False, **options)


def writer(**options: Any) -> Callable[[Path], None]:
    return lambda path: tifffile.imwrite(path, ZYX, photometric="minisblack", **options)


WRITERS: dict[str, Callable[[Path], None]] = {
    "imagej": lambda path: tifffile.imwrite(path, ZYX, imagej=True, metadata={"axes": "ZYX"}),
    "ome": writer(ome=True, metadata={"axes": "ZYX"}),
    "ome-compressed": writer(ome=True, metadata={"axes": "ZYX"}, compression="zlib"),
    "tifffile": writer(metadata={"axes": "ZYX"}),
    "tifffile-compressed": writer(metadata={"axes": "ZYX"}, compression="zlib"),
    "bigtiff": writer(bigtiff=True),
    "tiles": writer(tile=(16, 16), compression="lzw"),
    "pages": write_pages,
    "pages-bigtiff": lambda path: write_pages(path, bigtiff=True),
    "pages-strips": lambda path: write_pages(path, rowsperstrip=5, compression="packbits"),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_wherever_a_file_is_cut_nothing_is_lost_in_silence(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    path = tmp_path / "a.tif"
    write(path)
    whole = path.read_bytes()
    outcomes = {_outcome(path, whole[:end]) for end in range(0, len(whole), 97)}
    assert "refused" in outcomes
    assert outcomes <= {"refused", "whole"}


def _outcome(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    try:
        with open_image(path) as source:
            np.testing.assert_array_equal(source.array, ZYX)
    except ValueError as error:
        return "refused" if str(path) in str(error) else str(error)
    return "whole"


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
@pytest.mark.parametrize("missing", ["black", "trim"])
def test_what_is_there_of_a_file_that_was_cut(
    tmp_path: Path, write: Callable[[Path], None], missing: Missing
) -> None:
    path = tmp_path / "a.tif"
    write(path)
    path.write_bytes(path.read_bytes()[:2700])
    with open_image(path, missing=missing) as source:
        pixels = np.asarray(source.array).reshape(-1, 16, 20)
        assert source.notes
    n_there = int(pixels.any(axis=(1, 2)).sum())
    assert 1 <= n_there <= 4
    np.testing.assert_array_equal(pixels[:n_there], ZYX[:n_there])
    assert not pixels[n_there:].any()
    assert len(pixels) == n_there or missing == "black"


@pytest.mark.parametrize("name", ["imagej", "tifffile", "bigtiff"])
def test_the_error_counts_planes_names_bytes_and_ways_out(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.tif"
    WRITERS[name](path)
    path.write_bytes(path.read_bytes()[:2700])
    with pytest.raises(
        ValueError,
        match=r"a\.tif: 3 of 6 planes are there; the first that is missing is plane \(3,\), bytes [\d,]+ "
        r"to [\d,]+; the file ends at byte 2,700.*--missing black .*; --missing trim reads the first 3 of 6 ",
    ):
        open_image(path)
    with open_image(path, missing="black") as source:
        assert source.array.shape == (6, 16, 20)
        assert source.notes[0] == "3 of 6 planes missing: black in their place"
    with open_image(path, missing="trim") as source:
        assert source.array.shape == (3, 16, 20)
        assert source.notes[0].startswith("3 of 6 planes missing: read the first 3 of 6 along ")


def test_a_chain_of_pages_that_breaks_off_names_page_and_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    write_pages(path)
    with tifffile.TiffFile(path) as tiff:
        end = tiff.pages[3].offset
    path.write_bytes(path.read_bytes()[:end])
    message = (
        rf"cut off: it ends at byte {end:,}, but page 3 is described at byte {end:,}. Only 3 pages are found"
    )
    with pytest.raises(ValueError, match=message):
        open_image(path)
    with open_image(path, missing="trim") as source:
        np.testing.assert_array_equal(source.array, ZYX[:3])
        assert "page 3 is described at" in source.notes[0]


def test_planes_that_are_all_there_are_read_though_their_file_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    WRITERS["imagej"](path)
    with tifffile.TiffFile(path) as tiff:
        path.write_bytes(path.read_bytes()[: tiff.pages[3].offset])
    with open_image(path) as source:
        np.testing.assert_array_equal(source.array, ZYX)
        assert "page 3 is described at" in source.notes[0]


def test_a_file_without_its_only_page(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    # As libtiff does, pixels first.
    path.write_bytes(b"II*\0" + (1000).to_bytes(4, "little") + bytes(500))
    with pytest.raises(ValueError, match=r"ends at byte 508, but its first page is described at byte 1,000"):
        open_image(path)


def test_an_imagej_file_that_was_cut_keeps_its_axes(tmp_path: Path) -> None:
    pixels = RNG.integers(1, 4000, (4, 3, 2, 16, 20), np.uint16)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pixels, imagej=True, metadata={"axes": "TZCYX", "spacing": 2, "unit": "um"})
    path.write_bytes(path.read_bytes()[: int(17.5 * 640)])
    with open_image(path, missing="trim") as source:
        assert source.axes == "TZCYX"
        assert source.metadata["coords"]["z"] == [0, 2, 4]
        np.testing.assert_array_equal(source.array, pixels[:2])
        assert "first 2 of 4 along time" in source.notes[0]
    with open_image(path, missing="black") as source:
        there = np.asarray(source.array).reshape(24, 16, 20).any(axis=(1, 2))
        np.testing.assert_array_equal(there, np.arange(24) < there.sum())
        assert there.sum() > 12


def stopped(path: Path, n_planes: int) -> NDArray[Any]:
    """Write an OME-TIFF of 6 x 4 planes whose recording ended early; return its planes."""
    whole = path.with_name("whole.ome.tif")
    metadata = {"axes": "TZYX"}
    tifffile.imwrite(
        whole, np.ones((6, 4, 16, 20), np.uint16), ome=True, photometric="minisblack", metadata=metadata
    )
    with tifffile.TiffFile(whole) as tiff:
        xml = tiff.ome_metadata.encode()
    planes = RNG.integers(1, 4000, (n_planes, 16, 20), np.uint16)
    with tifffile.TiffWriter(path) as tiff:
        for i, plane in enumerate(planes):
            tiff.write(plane, description=xml if i == 0 else None, metadata=None, contiguous=False)
    return planes


def test_a_recording_that_was_stopped(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.tif"
    planes = stopped(path, 21)
    with pytest.raises(
        ValueError, match=r"21 of 24 planes .* plane \(5, 1\), as if the recording had been stopped"
    ):
        open_image(path)
    with open_image(path, missing="trim") as source:
        np.testing.assert_array_equal(source.array, planes[:20].reshape(5, 4, 16, 20))
        assert source.notes == (
            "3 of 24 planes missing: read the first 5 of 6 along time, without 1 plane beyond it",
        )
    with open_image(path, missing="black") as source:
        pixels = np.asarray(source.array).reshape(24, 16, 20)
        np.testing.assert_array_equal(pixels[:21], planes)
        assert not pixels[21:].any()
        np.testing.assert_array_equal(np.ma.getmaskarray(source.array[5, :, 2, 3]), [False, True, True, True])
        assert source.notes == ("3 of 24 planes missing: black in their place",)


def test_the_larger_part_is_kept_whichever_axis_it_ends_along(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.tif"
    planes = stopped(path, 3)  # three z of the first time: no time is complete
    with pytest.raises(ValueError, match=r"3 of 24 .*--missing black puts black planes in their place$"):
        open_image(path)
    with pytest.raises(ValueError, match=r"3 of 24 planes are there"):
        open_image(path, missing="trim")
    with open_image(path, missing="black") as source:
        np.testing.assert_array_equal(source.array[0, :3], planes)


def test_an_unknown_way_with_missing_planes(tmp_path: Path) -> None:
    WRITERS["pages"](tmp_path / "a.tif")
    with pytest.raises(ValueError, match="missing='white' is not one of 'error', 'black', 'trim'"):
        open_image(tmp_path / "a.tif", missing="white")  # type: ignore[arg-type]


# -- OME-TIFF of several files -------------------------------------------------------------------------


def write_files(folder: Path, n_files: int, **options: Any) -> NDArray[Any]:
    """Write an OME-TIFF data set of files with two time points each; return its planes."""
    planes = RNG.integers(1, 4000, (2 * n_files, 16, 20), np.uint16)
    uuids = [f"urn:uuid:00000000-0000-0000-0000-0000000{i:05}" for i in range(n_files)]
    data = "".join(
        f'<TiffData FirstT="{t}" IFD="{t % 2}" PlaneCount="1">'
        f'<UUID FileName="{t // 2}.ome.tif">{uuids[t // 2]}</UUID></TiffData>'
        for t in range(2 * n_files)
    )
    for i, uuid in enumerate(uuids):
        xml = (
            f'<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="{uuid}">'
            '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="20" '
            f'SizeY="16" SizeZ="1" SizeC="1" SizeT="{2 * n_files}"><Channel ID="Channel:0:0"/>{data}'
            "</Pixels></Image></OME>"
        )
        with tifffile.TiffWriter(folder / f"{i}.ome.tif") as tiff:
            for plane in planes[2 * i : 2 * i + 2]:
                tiff.write(plane, description=xml, metadata=None, contiguous=False, **options)
    return planes


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_many_files_are_read_without_warnings_and_without_keeping_all_open(
    tmp_path: Path, compression: str | None
) -> None:
    planes = write_files(tmp_path, 40, compression=compression)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with open_image(tmp_path / "7.ome.tif") as source:
            for i in RNG.permutation(80):
                np.testing.assert_array_equal(source.array[i], planes[i])
            np.testing.assert_array_equal(source.array, planes)
            assert _n_open(tmp_path) < 40
    assert _n_open(tmp_path) == 0


def _n_open(folder: Path) -> int:
    psutil = pytest.importorskip("psutil")
    return sum(Path(file.path).parent == folder for file in psutil.Process().open_files())


def test_a_file_of_several_that_is_not_there_is_named(tmp_path: Path) -> None:
    planes = write_files(tmp_path, 4)
    (tmp_path / "2.ome.tif").unlink()
    with pytest.raises(
        ValueError, match=r"6 of 8 planes .* plane \(4,\), and there is no 2\.ome\.tif beside it. Put"
    ):
        open_image(tmp_path / "0.ome.tif")
    with open_image(tmp_path / "0.ome.tif", missing="trim") as source:
        np.testing.assert_array_equal(source.array, planes[:4])
    with open_image(tmp_path / "0.ome.tif", missing="black") as source:
        np.testing.assert_array_equal(source.array[6:], planes[6:])
        assert not source.array[4:6].any()


def test_one_of_several_files_that_was_cut(tmp_path: Path) -> None:
    planes = write_files(tmp_path, 3)
    path = tmp_path / "1.ome.tif"
    with tifffile.TiffFile(path) as tiff:
        end = tiff.pages[1].dataoffsets[0] + 9
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(ValueError, match=r"5 of 6 planes .* plane \(3,\) in 1\.ome\.tif, page 1, bytes"):
        open_image(tmp_path / "0.ome.tif")
    with open_image(tmp_path / "0.ome.tif", missing="trim") as source:
        np.testing.assert_array_equal(source.array, planes[:3])


def test_a_description_that_is_no_xml_names_no_files(tmp_path: Path) -> None:
    """Its parser raises an error of its own kind, which nobody expects of a reader."""
    path = tmp_path / "x.ome.tif"
    tifffile.imwrite(path, np.zeros((3, 16, 16), np.uint16), ome=True, metadata={"axes": "ZYX"})
    path.write_bytes(path.read_bytes().replace(b"<Pixels", b"<<ixels"))
    with tifffile.TiffFile(path) as tiff:
        assert tiff.is_ome
        assert _absent_files(tiff) == []


def _directory(following: int, tags: dict[int, tuple[int, int, int]]) -> bytes:
    """Return the description of a page of 4 x 5 pixels, and of further tags: type, count, and place."""
    known = {256: (4, 1, 5), 257: (4, 1, 4), 258: (3, 1, 8), 262: (3, 1, 1), 273: (4, 1, 400)}
    known |= {277: (3, 1, 1), 278: (4, 1, 4), 279: (4, 1, 20), **tags}
    entries = [struct.pack("<HHII", code, *entry) for code, entry in sorted(known.items())]
    return struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<I", following)


@pytest.mark.parametrize("code", [258, 262, 277, 339], ids=str)
def test_a_tag_that_says_what_pixels_are_and_lies_beyond_the_file(tmp_path: Path, code: int) -> None:
    path = tmp_path / "lying.tif"
    page = b"II*\0\x08\0\0\0" + _directory(0, {code: (12, 0xFFFFFFF0, 300)})
    path.write_bytes(page.ljust(400, b"\0") + bytes(range(20)))
    with pytest.raises(ValueError, match=r"ends at byte 420, but the \w+ of its first page is bytes 300 to"):
        open_image(path)


def test_a_tag_that_is_larger_than_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "lying.tif"
    said = b"ImageJ=1.11a\nimages=0\nhyperstack=true\n\0"  # which is read as if the file had no end
    pages = b"II*\0\x08\0\0\0" + _directory(150, {270: (2, len(said), 300)}).ljust(142, b"\0")
    pages += _directory(0, {282: (12, 0xFFFFFFF0, 300)})
    path.write_bytes(pages.ljust(300, b"\0") + said.ljust(100, b"\0") + bytes(range(20)))
    with pytest.raises(ValueError, match=r"lying\.tif: (damaged|not a readable) TIFF file"):
        open_image(path)
