"""Input formats: pixels, axes and metadata come out as written; only what is asked for is read."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray
from PIL import Image

from jpkl import JPkl, readers
from jpkl._errors import MissingDependencyError
from jpkl.readers import is_one_image, open_image

tifffile = pytest.importorskip("tifffile")

RNG = np.random.default_rng(7)
TZCYX = RNG.integers(0, 4000, (3, 4, 2, 10, 12), np.uint16)


def write_tiff(path: Path, pixels: NDArray[Any] = TZCYX, **options: Any) -> Path:
    tifffile.imwrite(path, pixels, **options)
    return path


# -- which reader --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "brain.raw.gz",
            r"brain\.raw\.gz: the format '\.raw\.gz' is not supported; JPkl reads .*/how-to/formats/",
        ),
        ("cells.TFF", r"'\.TFF' is not supported \(is it \.tif"),
        ("cells.jepg", r"\(is it \.jpg\?\);"),
    ],
)
def test_an_unknown_suffix_names_kinds_of_formats_and_the_one_that_is_meant(
    tmp_path: Path, name: str, says: str
) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        open_image(tmp_path / name)
    assert len(str(caught.value)) - len(str(tmp_path)) < 260  # a list of all suffixes is more


@pytest.mark.parametrize(
    ("name", "says"), [("stack.jpkl", "JPkl file already"), ("stack", "without a suffix")]
)
def test_other_files_than_images_are_refused(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        open_image(tmp_path / name)


@pytest.mark.parametrize("name", ["a.oir", "a.VSI"])
def test_what_only_bio_formats_reads_says_how_to_convert_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=rf"{name}: .*only Bio-Formats reads.*bfconvert {name} a\.ome\.tif"):
        open_image(tmp_path / name)


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing to see")
    with pytest.raises(ValueError, match="the folder holds no images"):
        open_image(tmp_path)


@pytest.mark.parametrize("suffix", readers.supported_suffixes())
def test_a_missing_file_is_the_file_systems_error(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(FileNotFoundError):
        open_image(tmp_path / f"missing{suffix}")


@pytest.mark.parametrize("suffix", readers.supported_suffixes())
def test_a_file_of_something_else_is_refused_by_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"stack{suffix}"
    path.write_bytes(b"this is no image" * 20)
    with pytest.raises(ValueError, match=f"stack{suffix}: not a readable"):
        open_image(path)


def test_tiff_without_tifffile_names_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_tiff(tmp_path / "a.tif")
    monkeypatch.setitem(sys.modules, "tifffile", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "jpkl\[io\]"'):
        open_image(path)


# -- .npy ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_is_mapped(tmp_path: Path, order: Any) -> None:
    np.save(tmp_path / "a.npy", np.asarray(TZCYX, order=order))
    with open_image(tmp_path / "a.npy") as source:
        assert isinstance(source.array, np.memmap)
        assert source.axes is None
        assert source.metadata == {"source": "a.npy"}
        np.testing.assert_array_equal(source.array, TZCYX)


def test_npy_objects_are_never_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(ValueError, match="Python objects"):
        open_image(tmp_path / "a.npy")


def test_npy_cut_short(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", TZCYX)
    whole = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(whole[:-1])
    with pytest.raises(ValueError, match="not a readable"):
        open_image(tmp_path / "a.npy")


def test_npy_has_no_parts(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", TZCYX)
    with pytest.raises(ValueError, match="single array"):
        open_image(tmp_path / "a.npy", "images")


# -- .npz ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("pixels", [TZCYX, np.asfortranarray(TZCYX)], ids=["C", "F"])
def test_the_only_array_of_an_npz(tmp_path: Path, save: Any, pixels: NDArray[Any]) -> None:
    save(tmp_path / "a.npz", images=pixels)
    with open_image(tmp_path / "a.npz") as source:
        assert isinstance(source.array, np.memmap) == (save is np.savez)
        assert source.metadata == {"source": "a.npz"}
        np.testing.assert_array_equal(source.array, TZCYX)


def test_one_of_several_arrays(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", times=np.arange(3), raw=TZCYX, mask=TZCYX > 9)
    with open_image(tmp_path / "a.npz") as source:
        assert (source.scenes, source.scene) == (("times", "raw", "mask"), "raw")
        assert "3 scenes: 0 'times', 1 'raw', 2 'mask'; read 1 'raw', choose" in source.notes[0]
    with pytest.raises(ValueError, match=r"no scene 'labels'; its 3 scenes are 0 'times', 1 'raw'"):
        open_image(tmp_path / "a.npz", "labels")
    for scene in ("mask", 2, "2"):
        with open_image(tmp_path / "a.npz", scene) as source:
            np.testing.assert_array_equal(source.array, TZCYX > 9)
            assert source.scene == "mask"
            assert source.notes == ()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_objects_are_never_unpickled(tmp_path: Path, save: Any) -> None:
    save(tmp_path / "a.npz", images=np.array([{}]))
    with pytest.raises(ValueError, match=r"images.*is not readable"):
        open_image(tmp_path / "a.npz")


def test_an_npz_whose_array_claims_more_than_the_file_holds(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.zeros((10, 10)))
    forged = (tmp_path / "a.npz").read_bytes().replace(b"(10, 10)", b"(99, 99)")
    (tmp_path / "a.npz").write_bytes(forged)
    with pytest.raises(ValueError, match="shorter than its shape"):
        open_image(tmp_path / "a.npz")


def _damaged(path: Path) -> Iterator[Path]:
    """Files like that one, but each with another byte changed."""
    whole = path.read_bytes()
    for at in range(len(whole)):
        for flipped in (0x01, 0xFF):
            content = bytearray(whole)
            content[at] ^= flipped
            path.write_bytes(content)
            yield path


@pytest.mark.parametrize("save", [np.save, np.savez, np.savez_compressed])
def test_a_changed_byte_is_read_or_an_error_that_names_the_file(tmp_path: Path, save: Any) -> None:
    path = tmp_path / ("a.npy" if save is np.save else "a.npz")
    save(path, TZCYX[0, 0, 0, :2, :3])
    refusals = []
    for damaged in _damaged(path):
        try:
            with open_image(damaged) as source:
                np.asarray(source.array)
        except ValueError as error:
            refusals.append(str(error))
    assert len(refusals) > 99
    assert all(str(path) in refusal for refusal in refusals)


@pytest.mark.parametrize("n", [1, 2])
def test_an_npz_that_python_would_unpack_without_a_limit_is_refused(tmp_path: Path, n: int) -> None:
    with zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_BZIP2) as archive:
        for number in range(n):
            array = io.BytesIO()
            np.save(array, np.zeros((4, 4), np.uint8))
            archive.writestr(f"{number}.npy", array.getvalue())
    with pytest.raises(ValueError, match="compressed by another method than NumPy has"):
        open_image(tmp_path / "x.npz")


def test_an_encrypted_npz_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=TZCYX)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[6] |= 1  # the flags of the local header,
    content[content.rindex(b"PK\x01\x02") + 8] |= 1  # and of the directory
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"images\.npy' is not readable: .*encrypted"):
        open_image(tmp_path / "a.npz")


# -- TIFF: pixels and axes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"imagej": True},
        {"ome": True, "metadata": {"axes": "TZCYX"}},
        {"ome": True, "metadata": {"axes": "TZCYX"}, "compression": "zlib"},
        {"ome": True, "metadata": {"axes": "TZCYX"}, "tile": (16, 16), "compression": "lzw"},
        {"metadata": {"axes": "TZCYX"}, "byteorder": ">"},
        {"metadata": {"axes": "TZCYX"}, "bigtiff": True, "rowsperstrip": 3},
    ],
    ids=lambda options: "-".join(map(str, options)),
)
def test_tiff_pixels_and_axes(tmp_path: Path, options: dict[str, Any]) -> None:
    with open_image(write_tiff(tmp_path / "a.tif", **options)) as source:
        assert source.axes == "TZCYX"
        assert source.array.shape == TZCYX.shape
        assert source.array.dtype.newbyteorder("=") == TZCYX.dtype
        np.testing.assert_array_equal(source.array, TZCYX)


def test_uncompressed_tiff_is_mapped(tmp_path: Path) -> None:
    with open_image(write_tiff(tmp_path / "a.tif", imagej=True)) as source:
        assert isinstance(source.array, np.memmap)


def test_axes_that_are_no_time_depth_or_channel_stay(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", TZCYX, compression="zlib", metadata={"axes": "QICYX"})
    with open_image(path) as source:
        assert source.axes == "QICYX"


@pytest.mark.parametrize("planarconfig", ["contig", "separate"])
@pytest.mark.parametrize("n_samples", [3, 4])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_rgb_loses_its_alpha(
    tmp_path: Path, planarconfig: str, n_samples: int, compression: str | None
) -> None:
    at = 3 if planarconfig == "contig" else 1
    pixels = RNG.integers(0, 256, (5, 8, 9, n_samples), np.uint8)
    stored = np.moveaxis(pixels, 3, at)
    options = {"photometric": "rgb", "planarconfig": planarconfig, "compression": compression}
    with open_image(write_tiff(tmp_path / "a.tif", stored, **options)) as source:
        assert sorted(source.axes or "")[-3:] == ["S", "X", "Y"]
        np.testing.assert_array_equal(np.moveaxis(np.asarray(source.array), at, 3), pixels[..., :3])


def test_samples_that_are_no_colors_are_channels(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 256, (5, 8, 9, 2), np.uint8)
    path = write_tiff(tmp_path / "a.tif", pixels, photometric="minisblack", planarconfig="contig")
    with open_image(path) as source:
        assert (source.axes or "")[-3:] == "YXC"
        np.testing.assert_array_equal(source.array, pixels)


def test_samples_beside_channels_are_a_dim_named_sample(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 256, (4, 8, 9, 2), np.uint8)
    options = {"photometric": "minisblack", "planarconfig": "contig", "metadata": {"axes": "CYXS"}}
    with open_image(write_tiff(tmp_path / "a.tif", pixels, **options)) as source:
        assert source.axes == ["C", "Y", "X", "sample"]
        np.testing.assert_array_equal(source.array, pixels)


def test_one_of_several_series(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as tiff:
        tiff.write(TZCYX[0, 0, 0])
        tiff.write(TZCYX[0, 0, :, :5])
    with open_image(path) as source:
        assert source.array.shape == (10, 12)
        assert source.scenes == ("0", "1")
        assert "holds 2 scenes: 0, 1; read 0" in source.notes[0]
    with open_image(path, "1") as source:
        assert source.array.shape == (2, 5, 12)
        assert source.notes == ("the file does not name axis Q: --axes ZYX, or TYX, does",)
    with pytest.raises(ValueError, match=r"no scene '2'; its 2 scenes are 0, 1"):
        open_image(path, "2")


def test_an_ome_tiff_of_several_files(tmp_path: Path) -> None:
    names = ["a.ome.tif", "b.ome.tif"]
    for i, name in enumerate(names):
        xml = _ome_of_two_files(names, own=i)
        write_tiff(tmp_path / name, TZCYX[0, i, 0], description=xml, metadata=None, compression="zlib")
    with open_image(tmp_path / "b.ome.tif") as source:
        assert source.axes == "TYX"
        np.testing.assert_array_equal(source.array, TZCYX[0, :2, 0])


def test_a_missing_plane_is_an_error_that_names_it(tmp_path: Path) -> None:
    xml = _ome_of_two_files(["a.ome.tif", "lost.ome.tif"])
    path = write_tiff(tmp_path / "a.ome.tif", TZCYX[0, 0, 0], description=xml, metadata=None)
    with pytest.raises(
        ValueError, match=r"a\.ome\.tif: 1 of 2 planes is .*plane \(1,\), .*no lost\.ome\.tif"
    ):
        open_image(path)


def _ome_of_two_files(names: list[str], own: int = 0) -> str:
    uuids = [f"urn:uuid:00000000-0000-0000-0000-00000000000{i}" for i in range(2)]
    data = "".join(
        f'<TiffData IFD="0" FirstT="{i}" PlaneCount="1"><UUID FileName="{name}">{uuids[i]}</UUID></TiffData>'
        for i, name in enumerate(names)
    )
    return (
        '<?xml version="1.0"?>'
        f'<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="{uuids[own]}">'
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" '
        'SizeX="12" SizeY="10" SizeZ="1" SizeC="1" SizeT="2">'
        f'<Channel ID="Channel:0:0"/>{data}</Pixels></Image></OME>'
    )


def test_damage_in_the_pixels_names_the_planes(tmp_path: Path) -> None:
    options = {"compression": "zlib", "photometric": "minisblack", "metadata": {"axes": "ZYX"}}
    path = write_tiff(tmp_path / "a.tif", TZCYX[0, :, 0], **options)
    with tifffile.TiffFile(path) as tiff:
        offset = tiff.pages[2].dataoffsets[0]
    content = bytearray(path.read_bytes())
    content[offset : offset + 20] = bytes(20)
    path.write_bytes(content)
    with open_image(path) as source:
        np.testing.assert_array_equal(source.array[:2], TZCYX[0, :2, 0])
        with pytest.raises(
            ValueError, match=r"a\.tif: plane \(2,\), page 2, bytes [\d,]+ to [\d,]+, is damaged"
        ):
            source.array[2:]


# -- TIFF: only what is asked for ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def paged(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = write_tiff(
        tmp_path_factory.mktemp("paged") / "a.tif", compression="zlib", metadata={"axes": "TZCYX"}
    )
    with open_image(path) as source:
        yield source.array


@given(key=npst.basic_indices(TZCYX.shape, allow_newaxis=False, allow_ellipsis=True))
def test_paged_pixels_are_indexed_like_numpys(paged: Any, key: Any) -> None:
    np.testing.assert_array_equal(paged[key], TZCYX[key])


@given(times=st.lists(st.integers(-3, 2), max_size=5))
def test_pages_can_be_picked(paged: Any, times: list[int]) -> None:
    chosen = np.array(times, np.intp)
    np.testing.assert_array_equal(paged[chosen], TZCYX[chosen])


def test_too_many_indices(paged: Any) -> None:
    with pytest.raises(IndexError, match="5 axes"):
        paged[0, 0, 0, 0, 0, 0]


def test_only_the_pages_that_an_index_touches_are_read(paged: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    original = tifffile.TiffFile.asarray

    def spy(self: Any, key: Any, **options: Any) -> Any:
        read.extend(key)
        return original(self, key, **options)

    monkeypatch.setattr(tifffile.TiffFile, "asarray", spy)
    assert paged[1, ::2, 1, :, 3].shape == (2, 10)
    assert read == [9, 13]


# -- TIFF: metadata ------------------------------------------------------------------------------------


def test_imagej_metadata(tmp_path: Path) -> None:
    ramp = np.arange(256, dtype=np.uint8)
    none = np.zeros(256, np.uint8)
    path = write_tiff(
        tmp_path / "a.tif",
        imagej=True,
        resolution=(1 / 0.2, 1 / 0.25),
        metadata={
            "axes": "TZCYX",
            "spacing": 1.5,
            "unit": "micron",
            "finterval": 2.0,
            "LUTs": [np.stack([none, ramp, none]), np.stack([ramp, none, ramp])],
        },
    )
    with open_image(path) as source:
        assert source.metadata == {
            "source": "a.tif",
            "pixel_size": (0.25, 0.2),
            "pixel_unit": "\u00b5m",
            "coords": {"z": [0.0, 1.5, 3.0, 4.5], "time": [0.0, 2.0, 4.0]},
            "units": {"z": "\u00b5m", "time": "s"},
            "channel_colors": ["#00ff00", "#ff00ff"],
        }


@pytest.mark.parametrize(
    ("mode", "kept"), [("composite", "composite"), ("color", "single"), ("grayscale", None)]
)
def test_imagej_display_settings(tmp_path: Path, mode: str, kept: str | None) -> None:
    metadata = {"axes": "TZCYX", "mode": mode, "Ranges": (10.0, 200.0, 5.0, 90.0)}
    with open_image(write_tiff(tmp_path / "a.tif", imagej=True, metadata=metadata)) as source:
        assert source.metadata["channel_limits"] == [(10, 200), (5, 90)]
        assert source.metadata.get("display_mode") == kept


@pytest.mark.parametrize("unit", ["um", "\u00b5m", "\u03bcm", "\\u00B5m", "Micrometer"])
def test_micrometers_have_one_spelling(tmp_path: Path, unit: str) -> None:
    escaped = unit.encode("ascii", "backslashreplace").decode().replace("\\xb5", "\\u00B5")
    path = write_tiff(tmp_path / "a.tif", imagej=True, resolution=(2, 2), metadata={"unit": escaped})
    with open_image(path) as source:
        assert source.metadata["pixel_unit"] == "\u00b5m"


@pytest.mark.parametrize(
    ("unit", "resolution", "tag", "size"),
    [
        ("um", 40_000, "CENTIMETER", 0.25),
        ("micron", 4, "CENTIMETER", 0.25),
        ("cm", 4, "CENTIMETER", 0.25),
        ("um", 4, "NONE", 0.25),
    ],
)
def test_imagej_takes_micrometers_for_those_of_a_resolution_in_centimeters(
    tmp_path: Path, unit: str, resolution: float, tag: str, size: float
) -> None:
    options = {"resolution": (resolution,) * 2, "resolutionunit": tag, "metadata": {"unit": unit}}
    with open_image(write_tiff(tmp_path / "a.tif", imagej=True, **options)) as source:
        assert source.metadata["pixel_size"] == (size, size)


def test_a_minus_before_the_spacing_of_imagej_is_none(tmp_path: Path) -> None:
    metadata = {"axes": "TZCYX", "spacing": -0.5, "unit": "um"}
    with open_image(write_tiff(tmp_path / "a.tif", imagej=True, metadata=metadata)) as source:
        assert source.metadata["coords"]["z"] == [0.0, 0.5, 1.0, 1.5]


@pytest.mark.parametrize("unit", ["sec", "seconds", "s", "Second"])
def test_seconds_have_one_spelling(tmp_path: Path, unit: str) -> None:
    metadata = {"axes": "TZCYX", "finterval": 2.0, "tunit": unit}
    with open_image(write_tiff(tmp_path / "a.tif", imagej=True, metadata=metadata)) as source:
        assert source.metadata["units"]["time"] == "s"


@pytest.mark.parametrize("unit", ["\u00c5", "\u00b0", "\u00e6m", "\U0001d6cdm"])
def test_imagej_units_beyond_ascii(tmp_path: Path, unit: str) -> None:
    escaped = "".join(f"\\u{pair:04X}" for pair in np.frombuffer(unit.encode("utf-16-le"), "<u2"))
    path = write_tiff(tmp_path / "a.tif", imagej=True, resolution=(2, 2), metadata={"unit": escaped})
    with open_image(path) as source:
        assert source.metadata["pixel_unit"] == unit


@pytest.mark.parametrize(
    ("units", "resolution", "expected"),
    [
        ({"unit": "um", "yunit": "mm"}, (5, 5000), ((0.2, 0.2), "\u00b5m", 0.5, "\u00b5m")),
        ({"unit": "um", "zunit": "nm"}, (5, 5), ((0.2, 0.2), "\u00b5m", 0.0005, "\u00b5m")),
        ({"unit": "um", "zunit": "s"}, (5, 5), ((0.2, 0.2), "\u00b5m", 0.5, "s")),
        ({"unit": "um", "yunit": "pixel"}, (5, 5), (None, None, 0.5, "\u00b5m")),
        ({"unit": "um", "yunit": "mm"}, (5, 5), (None, None, 0.5, "\u00b5m")),
        ({"unit": "pixel", "zunit": "mm"}, (5, 5), (None, None, 0.5, "mm")),
    ],
)
def test_imagej_units_of_y_and_z(
    tmp_path: Path, units: dict[str, str], resolution: tuple[float, float], expected: tuple[Any, ...]
) -> None:
    metadata = {"axes": "TZCYX", "spacing": 0.5, **units}
    path = write_tiff(tmp_path / "a.tif", imagej=True, resolution=resolution, metadata=metadata)
    with open_image(path) as source:
        found = source.metadata
        step, unit = found["coords"]["z"][1], found["units"]["z"]
        assert (found.get("pixel_size"), found.get("pixel_unit"), step, unit) == expected


def test_imagej_sections_begin_at_their_origin(tmp_path: Path) -> None:
    metadata = {"axes": "TZCYX", "spacing": 0.5, "zorigin": 3}
    with open_image(write_tiff(tmp_path / "a.tif", imagej=True, metadata=metadata)) as source:
        assert source.metadata["coords"]["z"] == [-1.5, -1.0, -0.5, 0.0]


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["DAPI", "GFP"] * 12, ["DAPI", "GFP"]),
        ([f"c:{i % 2 + 1}/2 z:{i // 2 + 1}/12 - {'AB'[i % 2]}" for i in range(24)], ["A", "B"]),
        (["DAPI", ""] * 12, ["DAPI", "channel 1"]),
        (["scene 1"] * 24, None),
        ([f"plane {i}" for i in range(24)], None),
        (["DAPI"] * 23, None),
    ],
)
def test_imagej_labels_that_name_the_channels(
    tmp_path: Path, labels: list[str], names: list[str] | None
) -> None:
    path = write_tiff(tmp_path / "a.tif", imagej=True, metadata={"axes": "TZCYX", "Labels": labels})
    with open_image(path) as source:
        assert source.metadata.get("channel_names") == names


def test_imagej_frames_per_second_are_no_times(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", imagej=True, metadata={"axes": "TZCYX", "fps": 7.0})
    with open_image(path) as source:
        assert source.metadata == {"source": "a.tif", "fps": 7.0}


def imagej_values(path: Path, pixels: NDArray[Any], values: str, **options: Any) -> Path:
    """A stack of sections of which ImageJ's description says more of the values."""
    description = f"ImageJ=1.54f\nimages={len(pixels)}\nslices={len(pixels)}\n{values}vunit=Gray Value\n"
    with tifffile.TiffWriter(path, byteorder=">") as tiff:
        for plane in pixels:
            tiff.write(
                plane, description=description, metadata=None, contiguous=False, photometric=1, **options
            )
    return path


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize(
    ("values", "dtype", "of_zero"),
    [
        ("cf=0\nc0=-32768.0\nc1=1.0\n", np.int16, -32768.0),
        ("c0=-1024\nc1=1\n", np.int32, -1024.0),
        ("cf=0\nc0=0.5\nc1=2\n", np.float32, 0.5),
    ],
)
def test_imagej_intensities(
    tmp_path: Path, compression: str | None, values: str, dtype: Any, of_zero: float
) -> None:
    stored = RNG.integers(0, 65536, (3, 10, 12), np.uint16)
    stored[0, 0, :2] = 0, 65535
    factor = 2 if dtype == np.float32 else 1
    path = imagej_values(
        tmp_path / "a.tif", stored, f"{values}min=32768\nmax=33000\n", compression=compression
    )
    with open_image(path) as source:
        assert source.array.dtype == dtype
        assert source.notes == ()
        np.testing.assert_array_equal(source.array[1:, 2], stored[1:, 2] * float(factor) + of_zero)
        np.testing.assert_array_equal(np.asarray(source.array), stored * float(factor) + of_zero)
        limits = (32768 * factor + of_zero, 33000 * factor + of_zero)
        assert source.metadata["channel_limits"] == [limits]


def test_imagej_intensities_are_encoded_block_by_block(tmp_path: Path) -> None:
    stored = np.full((40, 64, 64), 31768, np.uint16)
    stored[:, 4:9] = 33168
    with open_image(imagej_values(tmp_path / "a.tif", stored, "c0=-32768\nc1=1\n")) as source:
        jp = JPkl(source.array, axes=source.axes)
    np.testing.assert_array_equal(jp.display_range, [[-1000, 400]])


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        (np.uint8, "cf=0\nc0=3.5\nc1=0.5\n"),
        (np.uint16, "cf=4\nc0=1.0\nc1=2.0\n"),
        (np.uint16, "cf=0\nc0=65535.0\nc1=-1.0\n"),
    ],
)
def test_imagej_calibrations_that_are_left_out_are_noted(tmp_path: Path, dtype: Any, values: str) -> None:
    stored = RNG.integers(0, 256, (3, 10, 12)).astype(dtype)
    with open_image(imagej_values(tmp_path / "a.tif", stored, values)) as source:
        np.testing.assert_array_equal(np.asarray(source.array), stored)
        assert "calibration of its values (Gray Value) is left out" in source.notes[0]


@pytest.mark.parametrize(
    ("dtype", "values"),
    [(np.int16, "c0=-32768\nc1=1\n"), (np.uint16, "cf=20\n"), (np.uint16, "c0=0\nc1=1\n")],
)
def test_imagej_values_that_are_stored_as_they_are(tmp_path: Path, dtype: Any, values: str) -> None:
    stored = RNG.integers(-99, 99, (3, 10, 12)).astype(dtype)
    with open_image(imagej_values(tmp_path / "a.tif", stored, values)) as source:
        assert isinstance(source.array, np.memmap) or source.array.dtype.newbyteorder("=") == dtype
        np.testing.assert_array_equal(np.asarray(source.array), stored)
        assert source.notes == ()


@pytest.mark.parametrize("unit", ["pixel", "pixels"])
def test_imagej_pixels_are_no_length(tmp_path: Path, unit: str) -> None:
    path = write_tiff(tmp_path / "a.tif", imagej=True, resolution=(2, 2), metadata={"unit": unit})
    with open_image(path) as source:
        assert "pixel_size" not in source.metadata


def test_ome_metadata(tmp_path: Path) -> None:
    metadata = {
        "axes": "TZCYX",
        "AcquisitionDate": "2024-02-03T04:05:06",
        "PhysicalSizeX": 0.2,
        "PhysicalSizeY": 0.25,
        "PhysicalSizeZ": 1.5,
        "TimeIncrement": 500,
        "TimeIncrementUnit": "ms",
        "Channel": {"Name": ["DAPI", "GFP"], "Color": [65535, 16711935 - 2**32]},
    }
    with open_image(write_tiff(tmp_path / "a.ome.tif", ome=True, metadata=metadata)) as source:
        assert source.metadata == {
            "source": "a.ome.tif",
            "acquired": "2024-02-03T04:05:06",
            "pixel_size": (0.25, 0.2),
            "pixel_unit": "\u00b5m",
            "coords": {"z": [0.0, 1.5, 3.0, 4.5], "time": [0.0, 500.0, 1000.0]},
            "units": {"z": "\u00b5m", "time": "ms"},
            "channel_names": ["DAPI", "GFP"],
            "channel_colors": ["#0000ff", "#00ff00"],
        }


@pytest.mark.parametrize(
    ("x_unit", "y_unit", "expected"),
    [
        ("nm", "nm", ((25, 20), "nm", 3e6)),
        ("nm", "\u00c5", ((2.5, 20), "nm", 3e6)),
        ("nm", "mm", (None, None, 3)),
        (None, "nm", (None, None, 3)),
        ("pixel", "pixel", (None, None, 3)),
        ("reference frame", "reference frame", (None, None, 3)),
    ],
)
def test_ome_pixels_have_a_size_where_their_units_are_lengths(
    tmp_path: Path, x_unit: str | None, y_unit: str, expected: tuple[Any, ...]
) -> None:
    sizes = {"PhysicalSizeX": 20, "PhysicalSizeY": 25, "PhysicalSizeZ": 3}
    units = {"PhysicalSizeYUnit": y_unit, "PhysicalSizeZUnit": "mm"}
    if x_unit:
        units["PhysicalSizeXUnit"] = x_unit
    metadata = {"axes": "TZCYX", **sizes, **units}
    with open_image(write_tiff(tmp_path / "a.ome.tif", ome=True, metadata=metadata)) as source:
        size, unit, z = expected
        assert source.metadata.get("pixel_unit") == unit
        assert source.metadata.get("pixel_size") == size
        assert source.metadata["coords"]["z"][1] == z
        assert source.metadata["units"] == {"z": unit or "mm"}


def test_ome_channels_without_a_name_or_color_have_a_stand_in(tmp_path: Path) -> None:
    channel = {"Name": ["DAPI", "", "GFP"], "Color": [65535, 255, 16711935]}
    metadata = {"axes": "TCYX", "Channel": channel}
    pixels = np.zeros((2, 3, 8, 8), np.uint8)
    path = write_tiff(tmp_path / "a.ome.tif", pixels, ome=True, photometric=1, metadata=metadata)
    path.write_bytes(path.read_bytes().replace(b'Color="255"', b'Colox="255"'))
    with open_image(path) as source:
        assert source.metadata["channel_names"] == ["DAPI", "channel 1", "GFP"]
        assert source.metadata["channel_colors"] == ["#0000ff", "#ffffff", "#00ff00"]


def test_ome_metadata_of_the_right_image(tmp_path: Path) -> None:
    """Images whose planes are in no file at hand have no series."""
    sizes = 'DimensionOrder="XYCZT" Type="uint16" SizeX="12" SizeY="10" SizeZ="1" SizeC="1" SizeT="1"'
    lost = '<TiffData IFD="0" PlaneCount="1"><UUID FileName="lost.ome.tif">urn:uuid:9</UUID></TiffData>'
    images = "".join(
        f'<Image ID="Image:{i}" Name="{name}"><Pixels ID="Pixels:{i}" {sizes} '
        f'PhysicalSizeX="{i + 1}" PhysicalSizeY="{i + 1}"><Channel ID="Channel:{i}:0"/>{data}'
        "</Pixels></Image>"
        for i, (name, data) in enumerate(
            [
                ("no data", ""),
                ("here", '<TiffData IFD="0" PlaneCount="1"/>'),
                ("lost", lost),
                ("there", '<TiffData IFD="1" PlaneCount="1"/>'),
            ]
        )
    )
    xml = f'<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">{images}</OME>'
    with tifffile.TiffWriter(tmp_path / "a.ome.tif") as tiff:
        tiff.write(TZCYX[0, 0, 0], description=xml, metadata=None)
        tiff.write(TZCYX[1, 0, 0], metadata=None)
    for series, size in (("0", 2), ("1", 4)):
        with open_image(tmp_path / "a.ome.tif", series) as source:
            assert source.metadata["pixel_size"] == (size, size)
            np.testing.assert_array_equal(np.asarray(source.array), TZCYX[int(series), 0, 0])


def test_ome_times_of_the_planes(tmp_path: Path) -> None:
    # Time points that are not evenly spaced; the planes of one are milliseconds apart.
    delta_t = [t * t * 10.0 + 0.001 * i for t in range(3) for i in range(8)]
    metadata = {"axes": "TZCYX", "Plane": {"DeltaT": delta_t}}
    with open_image(write_tiff(tmp_path / "a.ome.tif", ome=True, metadata=metadata)) as source:
        assert source.metadata["coords"] == {"time": [0.0, 10.0, 40.0]}
        assert source.metadata["units"] == {"time": "s"}


@pytest.mark.parametrize("attribute", [b"DeltaT", b"TheT"])
@pytest.mark.parametrize(("n_without", "times"), [(7, [0.007, 10.0, 40.0]), (8, None)])
def test_ome_planes_without_a_time_do_not_count(
    tmp_path: Path, attribute: bytes, n_without: int, times: list[float] | None
) -> None:
    delta_t = [t * t * 10.0 + 0.001 * i for t in range(3) for i in range(8)]
    metadata = {"axes": "TZCYX", "Plane": {"DeltaT": delta_t}}
    path = write_tiff(tmp_path / "a.ome.tif", ome=True, metadata=metadata)
    other = attribute[:-1] + b"X"
    path.write_bytes(path.read_bytes().replace(b" %s=" % attribute, b" %s=" % other, n_without))
    with open_image(path) as source:
        assert source.metadata.get("coords") == (times and {"time": times})


def test_broken_ome_xml_costs_the_metadata_alone(tmp_path: Path) -> None:
    metadata = {"axes": "TZCYX", "PhysicalSizeX": 0.2, "PhysicalSizeY": 0.2}
    path = write_tiff(tmp_path / "a.ome.tif", ome=True, metadata=metadata)
    path.write_bytes(path.read_bytes().replace(b"</Pixels>", b"</Pixel5>"))
    with open_image(path) as source:
        assert source.metadata == {"source": "a.ome.tif"}
        assert np.asarray(source.array).size == TZCYX.size


@pytest.mark.parametrize("resolution", [(0, 2), (2, 0)])
@pytest.mark.parametrize(
    "options", [{"resolutionunit": "CENTIMETER"}, {"imagej": True, "metadata": {"unit": "mm"}}]
)
def test_a_resolution_of_zero_is_no_calibration(
    tmp_path: Path, resolution: tuple[float, float], options: dict[str, Any]
) -> None:
    with open_image(write_tiff(tmp_path / "a.tif", resolution=resolution, **options)) as source:
        assert "pixel_size" not in source.metadata


def test_a_unit_without_a_resolution_is_no_calibration(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", TZCYX[0, 0, 0], resolution=(2, 2), resolutionunit="CENTIMETER")
    with tifffile.TiffFile(path) as tiff:
        tag = tiff.pages[0].tags["XResolution"].offset
    content = bytearray(path.read_bytes())
    content[tag : tag + 2] = (65000).to_bytes(2, "little")  # a private tag in its place
    path.write_bytes(content)
    with open_image(path) as source:
        assert source.metadata == {"source": "a.tif"}


@pytest.mark.parametrize(
    ("unit", "resolution", "size", "expected"),
    [
        ("CENTIMETER", (50000, 25000), (0.4, 0.2), "\u00b5m"),
        ("CENTIMETER", (5, 2.5), (0.4, 0.2), "cm"),
        ("INCH", (50000, 25000), None, None),
    ],
)
def test_a_printers_resolution_is_no_calibration(
    tmp_path: Path, unit: str, resolution: Any, size: Any, expected: str | None
) -> None:
    path = write_tiff(tmp_path / "a.tif", resolution=resolution, resolutionunit=unit)
    with open_image(path) as source:
        assert source.metadata.get("pixel_unit") == expected
        assert source.metadata.get("pixel_size") == size


@pytest.mark.parametrize("per_cm", [72 / 2.54, 28, 37.795, 118, 236.22, 10, 1])
def test_a_screens_resolution_is_no_calibration_in_centimeters_either(tmp_path: Path, per_cm: float) -> None:
    path = write_tiff(tmp_path / "a.tif", resolution=(per_cm, per_cm), resolutionunit="CENTIMETER")
    with open_image(path) as source:
        assert "pixel_size" not in source.metadata


# -- readers of other packages -------------------------------------------------------------------------


def test_a_reader_of_another_package_serves_its_suffix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "raw_reader.py").write_text(
        "import numpy as np\n"
        "from jpkl.readers import ImageFile\n"
        "def read(path, part):\n"
        "    return ImageFile(np.fromfile(path, np.uint8).reshape(4, 6, -1), 'YXT')\n"
    )
    info = tmp_path / "raw_reader-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: raw-reader\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[jpkl.readers]\nraw = raw_reader:read\n")
    pixels = np.arange(4 * 6 * 2, dtype=np.uint8)
    pixels.tofile(tmp_path / "x.raw")
    with pytest.raises(ValueError, match="not supported"):
        open_image(tmp_path / "x.raw")
    monkeypatch.syspath_prepend(tmp_path)
    assert readers.supported_suffixes()[-1] == ".raw"
    with open_image(tmp_path / "x.raw") as source:
        np.testing.assert_array_equal(source.array, pixels.reshape(4, 6, 2))


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (
            "raise RuntimeError('a fault')",
            r"broken_reader:read for \.brk cannot be imported: RuntimeError: a",
        ),
        ("", r"broken_reader:read for \.brk cannot be imported: AttributeError"),
        ("def read(path, scene): 1 / 0", r"x\.brk: .* broken_reader:read for \.brk fails: ZeroDivisionError"),
        ("def read(path, scene): raise ValueError('what it says')", "^what it says$"),
    ],
)
def test_faults_of_a_reader_of_another_package_are_said_to_be_its_own(
    code: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_reader.py").write_text(code)
    info = tmp_path / "broken_reader-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-reader\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[jpkl.readers]\nbrk = broken_reader:read\n")
    (tmp_path / "x.brk").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "broken_reader", raising=False)
    with pytest.raises(ValueError, match=says):
        open_image(tmp_path / "x.brk")


def test_which_folders_are_one_image(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    assert not is_one_image(pictures)
    for name in ("1.png", "2.png"):
        Image.fromarray(np.zeros((4, 4), np.uint8)).save(pictures / name)
    (pictures / "notes.txt").touch()
    assert is_one_image(pictures)
    (pictures / "sub").mkdir()
    (pictures / "sub" / "a.tif").touch()
    assert not is_one_image(pictures)
    (tmp_path / "x.zarr").mkdir()
    assert is_one_image(tmp_path / "x.zarr")
    assert not is_one_image(tmp_path)
    assert not is_one_image(pictures / "1.png")


@pytest.mark.parametrize("content", [b"", bytes(1024)], ids=["empty", "zeros"])
def test_files_of_nothing_are_errors_that_say_so(tmp_path: Path, content: bytes) -> None:
    for suffix in readers.supported_suffixes():
        path = tmp_path / f"x{suffix}"
        path.write_bytes(content)
        with pytest.raises((ValueError, OSError, ImportError)), open_image(path) as source:
            np.asarray(source.array[...])
