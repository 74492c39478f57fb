"""DICOM: the frames of a file or of a series, in the units of the modality."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jpkl import JPkl
from jpkl._cli import main
from jpkl._encoding.encode import write_encoded
from jpkl._encoding.options import resolve_options
from jpkl.readers import open_image

pydicom = pytest.importorskip("pydicom")

DATA = Path(pydicom.__file__).parent / "data" / "test_files"
RNG = np.random.default_rng(9)


def write(path: Path, pixels: Any, **elements: Any) -> Any:
    """An uncompressed file of 16-bit gray."""
    dataset = pydicom.dcmread(DATA / "CT_small.dcm")
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    dataset.PixelData = pixels.tobytes()
    dataset.RescaleIntercept, dataset.RescaleSlope = -1024, 1
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path)
    return dataset


def series(folder: Path, n: int = 5, **elements: Any) -> Any:
    """Slices 2.5 mm apart, in files whose names say nothing of their order."""
    slices = RNG.integers(0, 2000, (n, 12, 16)).astype(np.int16)
    for z, pixels in enumerate(slices):
        at = {"ImagePositionPatient": [0, 0, 2.5 * z - 7], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}
        write(folder / f"{(7 * z) % 5}.{z % 2}", pixels, InstanceNumber=n - z, **at, **elements)
    return slices


def test_slices_of_a_folder_are_sorted_by_their_place(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    slices = series(tmp_path / "deep", PixelSpacing=[0.5, 0.25], WindowCenter=[40, 60], WindowWidth=[400, 80])
    (tmp_path / "notes.txt").write_text("by hand")
    with open_image(tmp_path) as source:
        assert source.axes == ["Z", "Y", "X"]
        np.testing.assert_array_equal(source.array, slices.astype(int) - 1024)
        metadata = source.metadata
    assert metadata["coords"] == {"z": [0.0, 2.5, 5.0, 7.5, 10.0]}
    assert (metadata["units"], metadata["pixel_size"], metadata["pixel_unit"]) == (
        {"z": "mm"},
        (0.5, 0.25),
        "mm",
    )
    assert metadata["channel_limits"] == [(-160.0, 239.0)]


def test_missing_slices_are_said(tmp_path: Path) -> None:
    series(tmp_path)
    next(path for path in tmp_path.iterdir() if pydicom.dcmread(path).InstanceNumber == 3).unlink()
    with open_image(tmp_path) as source:
        assert "2.5 mm apart, but 5 mm after slice 1: some may be missing" in source.notes[0]


def test_series_of_one_folder_are_scenes(tmp_path: Path) -> None:
    for number, name in enumerate(("scout", "thorax")):
        (tmp_path / name).mkdir()
        described = {"SeriesInstanceUID": f"1.2.{number}", "SeriesNumber": number, "SeriesDescription": name}
        series(tmp_path / name, n=2 + number, **described)
    for scene in ("thorax", None):  # the largest is what the folder is about
        with open_image(tmp_path, scene) as source:
            assert source.scenes == ("scout", "thorax")
            assert source.array.shape == (3, 12, 16)


def test_times_at_each_place_are_a_dim(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 2000, (2, 3, 12, 16)).astype(np.int16)
    for t, z in np.ndindex(2, 3):
        at = {"ImagePositionPatient": [0, 0, 2 * z], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}
        write(tmp_path / f"{t}{z}.dcm", pixels[t, z], TemporalPositionIdentifier=t, **at)
    with open_image(tmp_path) as source:
        assert source.axes == ["T", "Z", "Y", "X"]
        np.testing.assert_array_equal(source.array, pixels.astype(int) - 1024)


def test_frames_of_a_scout_lie_in_several_directions_and_have_no_depth(tmp_path: Path) -> None:
    directions = {
        "axial": [1, 0, 0, 0, 1, 0],
        "coronal": [1, 0, 0, 0, 0, -1],
        "sagittal": [0, 1, 0, 0, 0, -1],
    }
    for number, (name, direction) in enumerate(directions.items()):
        for i in range(2):
            place = (10 * i * np.cross(direction[:3], direction[3:])).tolist()
            at = {"ImagePositionPatient": place, "ImageOrientationPatient": direction}
            pixels = np.full((12, 16), 2 * number + i, np.int16)
            write(tmp_path / f"{name}{i}.dcm", pixels, InstanceNumber=2 * number + i, **at)
    with open_image(tmp_path) as source:
        assert source.axes == ["frame", "Y", "X"]
        assert np.asarray(source.array)[:, 0, 0].tolist() == [n - 1024 for n in range(6)]
        assert "z" not in source.metadata.get("coords", {})
        assert "several directions" in source.notes[0]


def test_files_of_a_series_may_have_other_types_of_pixels(tmp_path: Path) -> None:
    for number, (value, kind, photometric) in enumerate(
        [
            (100, "u1", "MONOCHROME2"),
            (1000, "u2", "MONOCHROME2"),
            (-100, "i2", "MONOCHROME2"),
            (100, "u1", "MONOCHROME1"),
        ]
    ):
        bits = 8 * np.dtype(kind).itemsize
        write(
            tmp_path / f"{number}.dcm",
            np.full((12, 16), value).astype(kind),
            InstanceNumber=number,
            ImagePositionPatient=None,
            RescaleIntercept=0,
            PhotometricInterpretation=photometric,
            PixelRepresentation=int(kind == "i2"),
            **{"BitsAllocated": bits, "BitsStored": bits, "HighBit": bits - 1},
        )
    with open_image(tmp_path) as source:
        assert np.asarray(source.array)[:, 0, 0].tolist() == [100, 1000, -100, 155]


def test_a_window_may_be_of_values_that_are_not_whole(tmp_path: Path) -> None:
    window = {"WindowCenter": 0.5, "WindowWidth": 1, "VOILUTFunction": "LINEAR_EXACT"}
    write(tmp_path / "a.dcm", np.zeros((4, 4), np.int16), **window)
    with open_image(tmp_path / "a.dcm") as source:
        assert source.metadata["channel_limits"] == [(0.0, 1.0)]


def test_zero_is_black_also_where_it_was_white(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 4096, (12, 16)).astype(np.uint16)
    how = {"PhotometricInterpretation": "MONOCHROME1", "BitsStored": 12, "PixelRepresentation": 0}
    write(tmp_path / "a.dcm", pixels, **how)
    with open_image(tmp_path / "a.dcm") as source:
        np.testing.assert_array_equal(source.array, 4095 - pixels.astype(int) - 1024)
        assert "MONOCHROME1" in source.notes[0]


def test_the_window_is_that_of_the_values_where_zero_was_white(tmp_path: Path) -> None:
    pixels = np.arange(4096).reshape(64, 64).astype(np.uint16)
    how = {"BitsStored": 12, "PixelRepresentation": 0, "WindowCenter": 50, "WindowWidth": 21}
    shown = []
    for kind in ("MONOCHROME2", "MONOCHROME1"):
        dataset = write(tmp_path / "a.dcm", pixels, PhotometricInterpretation=kind, **how)
        dataset.RescaleSlope = 2
        dataset.save_as(tmp_path / "a.dcm")
        with open_image(tmp_path / "a.dcm") as source:
            low, high = source.metadata["channel_limits"][0]
            values = np.asarray(source.array[...])
            shown.append((values >= low) & (values <= high))
    np.testing.assert_array_equal(*shown)
    assert shown[0].any()


def test_a_table_gives_the_values(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 32, (12, 16)).astype(np.uint16)
    table = RNG.integers(0, 60000, 32)
    item = pydicom.Dataset()
    item.LUTDescriptor, item.ModalityLUTType = [32, 0, 16], "OD"
    item.add_new("LUTData", "US", table.tolist())
    dataset = write(tmp_path / "a.dcm", pixels, PixelRepresentation=0, ModalityLUTSequence=[item])
    del dataset.RescaleSlope, dataset.RescaleIntercept
    dataset.save_as(tmp_path / "a.dcm")
    with open_image(tmp_path / "a.dcm") as source:
        assert source.array.dtype == np.uint16
        np.testing.assert_array_equal(source.array, table[pixels])


def item(**elements: Any) -> list[Any]:
    """A sequence of one item."""
    dataset = pydicom.Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return [dataset]


def functional_groups(places: list[tuple[int, int]], **further: Any) -> Any:
    """What is said of each frame of an enhanced file, which is at some time and some z."""
    groups = [
        item(
            PlanePositionSequence=item(ImagePositionPatient=[0, 0, 2.5 * z]),
            FrameContentSequence=item(
                TemporalPositionIndex=t + 1,
                FrameAcquisitionDateTime=f"2024010112{t:02}00.5",
                DimensionIndexValues=[t + 1, z + 1],
            ),
            **{key: make(t, z) for key, make in further.items()},
        )[0]
        for t, z in places
    ]
    return pydicom.Sequence(groups)


def enhanced(path: Path, places: list[tuple[int, int]], groups: Any, **elements: Any) -> Any:
    """A file of frames that have functional groups; returns its frames by time and z."""
    pixels = RNG.integers(0, 2000, (2, 3, 12, 16)).astype(np.int16)
    orientation = item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    shared = item(PlaneOrientationSequence=orientation)
    frames = np.stack([pixels[place] for place in places])
    dataset = write(path, frames, NumberOfFrames=len(frames), SharedFunctionalGroupsSequence=shared)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "AcquisitionDate", "AcquisitionTime"):
        del dataset[keyword]
    dataset.PerFrameFunctionalGroupsSequence = groups
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path)
    return pixels.astype(int) - 1024


#: The order in which frames were stored, by time and z.
MIXED = [(1, 0), (0, 2), (1, 2), (1, 1), (0, 0), (0, 1)]


def test_frames_of_an_enhanced_file_are_at_their_times_whatever_their_order(tmp_path: Path) -> None:
    pixels = enhanced(tmp_path / "a.dcm", MIXED, functional_groups(MIXED))
    with open_image(tmp_path / "a.dcm") as source:
        assert source.axes == ["T", "Z", "Y", "X"]
        np.testing.assert_array_equal(source.array, pixels)
        assert source.metadata["coords"] == {"time": [0.0, 60.0], "z": [0.0, 2.5, 5.0]}
        assert source.metadata["acquired"] == "2024-01-01T12:00:00"


def test_segments_are_channels_with_their_labels(tmp_path: Path) -> None:
    groups = functional_groups(
        MIXED, SegmentIdentificationSequence=lambda t, z: item(ReferencedSegmentNumber=2 - t)
    )
    labels = [*item(SegmentNumber=1, SegmentLabel="liver"), *item(SegmentNumber=2, SegmentLabel="kidney")]
    pixels = enhanced(tmp_path / "a.dcm", MIXED, groups, SegmentSequence=labels)
    with open_image(tmp_path / "a.dcm") as source:
        assert source.axes == ["C", "Z", "Y", "X"]
        np.testing.assert_array_equal(source.array, pixels[::-1])
        assert source.metadata["channel_names"] == ["liver", "kidney"]


@pytest.mark.parametrize("is_sparse", [False, True])
def test_tiles_of_a_slide_are_put_together(tmp_path: Path, is_sparse: bool) -> None:
    slide = RNG.integers(0, 99, (20, 45)).astype(np.int16)
    padded = np.pad(slide, ((0, 4), (0, 3)))
    places = [(row, column) for row in (0, 12) for column in (0, 16, 32)]
    elements: dict[str, Any] = {"TotalPixelMatrixRows": 20, "TotalPixelMatrixColumns": 45}
    if is_sparse:  # in any order, and not all there
        places = places[:0:-1]
        slide[:12, :16] = 0
        elements["PerFrameFunctionalGroupsSequence"] = pydicom.Sequence(
            item(
                PlanePositionSlideSequence=item(
                    RowPositionInTotalImagePixelMatrix=row + 1,
                    ColumnPositionInTotalImagePixelMatrix=column + 1,
                )
            )[0]
            for row, column in places
        )
    tiles = np.stack([padded[row : row + 12, column : column + 16] for row, column in places])
    dataset = write(tmp_path / "a.dcm", tiles, NumberOfFrames=len(tiles), **elements)
    del dataset.RescaleSlope, dataset.RescaleIntercept
    dataset.save_as(tmp_path / "a.dcm")
    with open_image(tmp_path / "a.dcm") as source:
        assert (source.axes, source.notes) == (["Y", "X"], ())
        np.testing.assert_array_equal(source.array, slide)


def test_tiles_of_several_slides_are_said_to_be_frames(tmp_path: Path) -> None:
    size = {"TotalPixelMatrixRows": 12, "TotalPixelMatrixColumns": 32}
    write(tmp_path / "a.dcm", RNG.integers(0, 99, (4, 12, 16)).astype(np.int16), NumberOfFrames=4, **size)
    with open_image(tmp_path / "a.dcm") as source:
        assert source.notes == ("tiles of a slide of 12 x 32 pixels, which are read as frames",)


@pytest.mark.parametrize(
    "name",
    ["MR_small.dcm", "MR_small_RLE.dcm", "MR_small_bigendian.dcm", "MR_small_jp2klossless.dcm",
     "MR_small_jpeg_ls_lossless.dcm"],
)  # fmt: skip
def test_compressed_frames_are_those_that_were_compressed(name: str) -> None:
    expected = pydicom.dcmread(DATA / "MR_small.dcm").pixel_array
    with open_image(DATA / name) as source:
        np.testing.assert_array_equal(source.array, expected)
        assert source.metadata["pixel_size"] == (0.3125, 0.3125)


@pytest.mark.parametrize(
    ("syntax", "encoder", "options"),
    [
        ("1.2.840.10008.1.2.4.51", "jpeg8_encode", {"bitspersample": 12, "level": 100}),
        ("1.2.840.10008.1.2.4.57", "jpeg8_encode", {"bitspersample": 12, "lossless": True}),
        ("1.2.840.10008.1.2.4.70", "ljpeg_encode", {"bitspersample": 12}),
        ("1.2.840.10008.1.2.4.201", "htj2k_encode", {}),
    ],
)
def test_frames_of_12_bits_are_read(
    tmp_path: Path, syntax: str, encoder: str, options: dict[str, Any]
) -> None:
    encode = getattr(pytest.importorskip("imagecodecs"), encoder, None)
    if encode is None:
        pytest.skip(f"imagecodecs has no {encoder} yet")
    y, x = np.mgrid[:40, :56]
    pixels = (2000 + 1900 * np.sin(x / 9) * np.cos(y / 7)).astype(np.uint16)
    try:
        data = encode(pixels, **options)
    except ImportError as error:  # not in every build
        pytest.skip(str(error))
    dataset = write(tmp_path / "a.dcm", pixels, BitsStored=12, HighBit=11, PixelRepresentation=0)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = pydicom.encaps.encapsulate([data])
    dataset.save_as(tmp_path / "a.dcm")
    with open_image(tmp_path / "a.dcm") as source:
        lossy = 2 if syntax.endswith(".51") else 0
        np.testing.assert_allclose(source.array, pixels.astype(int) - 1024, rtol=0, atol=lossy)


@pytest.mark.parametrize("name", ["image_dfl.dcm", "SC_rgb_jpeg.dcm"])
def test_deflated_and_padded_files(name: str) -> None:
    with open_image(DATA / name) as source:
        np.testing.assert_array_equal(source.array, pydicom.dcmread(DATA / name).pixel_array)


@pytest.mark.parametrize("name", ["SC_rgb_jpeg_gdcm.dcm", "SC_rgb_rle.dcm", "SC_rgb_jls_lossy_line.dcm"])
def test_colors(name: str) -> None:
    expected = pydicom.dcmread(DATA / "SC_rgb_rle.dcm").pixel_array
    with open_image(DATA / name) as source:
        assert source.axes == ["Y", "X", "S"]
        assert np.abs(np.asarray(source.array).astype(int) - expected).max() <= 2


def test_video_of_ultrasound(tmp_path: Path) -> None:
    path = tmp_path / "cine"
    if not (DATA / "examples_ybr_color.dcm").exists():
        pytest.skip("this version of pydicom comes without the file")
    shutil.copy(DATA / "examples_ybr_color.dcm", path)
    with open_image(path) as source:
        assert (source.axes, source.array.shape) == (["T", "Y", "X", "S"], (30, 240, 320, 3))
        np.testing.assert_allclose(source.metadata["coords"]["time"][:2], [0, 0.033333])
        expected = pydicom.dcmread(path).pixel_array
        np.testing.assert_array_equal(source.array[7], expected[7])
    assert main(["encode", str(path)]) == 0
    with JPkl.load(tmp_path / "cine.jpkl") as stack:
        assert stack.shape == (240, 320, 3, 30)


def test_a_file_that_is_cut_off_is_named() -> None:
    with pytest.raises(ValueError, match=r"MR_truncated\.dcm: not a readable DICOM"):
        open_image(DATA / "MR_truncated.dcm")


@pytest.mark.parametrize(
    ("name", "n_kept"),
    [("examples_ybr_color.dcm", 30), ("SC_jpeg_no_color_transform.dcm", 0)],
    ids=["YBR", "RGB"],
)
def test_jpeg_frames_are_kept_where_browsers_show_their_colors(
    tmp_path: Path, name: str, n_kept: int
) -> None:
    if not (DATA / name).exists():
        pytest.skip("this version of pydicom comes without the file")
    with open_image(DATA / name) as source:
        options = resolve_options(source.array, axes=source.axes)
        write_encoded(options, tmp_path / "a.jpkl")
        pixels = np.asarray(source.array).astype(int)
    assert options.kept is not None
    assert options.kept.n_kept == n_kept
    with JPkl.load(tmp_path / "a.jpkl") as jp:
        assert np.abs(np.asarray(jp.frames_first) - pixels).max() <= (1 if n_kept else 20)
        stored = (DATA / name).read_bytes()
        assert all(data in stored for data in jp.images.values()) == bool(n_kept)
