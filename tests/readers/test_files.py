"""Many files as one image: folders, wildcards, names in braces; and the pictures that they often hold."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoints
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from jpkl import JPkl
from jpkl._cli import main
from jpkl.readers import _formats, is_one_image, open_image
from jpkl.readers._file_names import infer_grid
from jpkl.readers._file_patterns import pattern_name

RNG = np.random.default_rng(11)
TZC = RNG.integers(0, 60000, (3, 2, 2, 10, 12), np.uint16)
RGB = RNG.integers(0, 256, (9, 11, 3), np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Images of three times, two sections and two channels, in files of their own."""
    path = tmp_path / "cells"
    path.mkdir()
    for t, z, c in np.ndindex(TZC.shape[:3]):
        Image.fromarray(TZC[t, z, c]).save(path / f"img_t{5 * t}_z{z}_c{('DAPI', 'GFP')[c]}.png")
    return path


def dims_of(*names: str) -> dict[str, tuple[Any, ...]]:
    grid = infer_grid([Path(name) for name in names])
    return dict(zip(grid.names, grid.coords, strict=True))


# -- names ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "dims"),
    [
        ("a_t{0:03d}_z{1}.tif", {"time": (0, 1, 2), "z": (0, 1)}),
        ("cellT{0:03d}Z{1:03d}.tif", {"time": (0, 1, 2), "z": (0, 1)}),
        ("img_channel{1:03d}_time{0:09d}.tif", {"channel": (0, 1), "time": (0, 1, 2)}),
        ("img_{0:09d}_Cy{1}_000.tif", {"time": (0, 1, 2), "channel": ("0", "1")}),
        ("scan-{0}.png", {"frame": (0, 1, 2)}),
        ("{0} of 3 at 2024010{0}.png", {"frame": (0, 1, 2)}),
        ("B{0}{1}_w{0}.tif", {"frame": ("B00_w0", "B01_w0", "B10_w1", "B11_w1", "B20_w2", "B21_w2")}),
        ("Pos{0}/z{1}.tif", {"position": (0, 1, 2), "z": (0, 1)}),
        ("Pos{0}/img_000000000_a_00{1}.tif", {"position": (0, 1, 2), "z": (0, 1)}),
    ],
)
def test_dims_are_inferred_from_names(form: str, dims: dict[str, tuple[Any, ...]]) -> None:
    if form.startswith("img_{0:09d}"):
        dims = {**dims, "channel": ("Cy0", "Cy1")}
    names = dict.fromkeys(form.format(t, z) for t in range(3) for z in range(2))
    assert dims_of(*names) == dims


def test_a_hyphen_before_a_number_is_a_sign_where_others_have_none() -> None:
    assert dims_of("z-10.png", "z0.png", "z10.png", "z-5.png") == {"z": (-10, -5, 0, 10)}
    assert dims_of("a_-01_t1.png", "a_+00_t2.png", "a_-01_t2.png", "a_+00_t1.png") == {
        "frame": (-1, 0),
        "time": (1, 2),
    }
    assert dims_of("run-1_z-2.png", "run-1_z2.png", "run-3_z-2.png", "run-3_z2.png") == {
        "frame": (1, 3),
        "z": (-2, 2),
    }
    assert dims_of("z-1.png", "z-2.png") == {"z": (1, 2)}
    assert dims_of("2024-01-01.png", "2024-01-02.png", "2024-02-01.png")["frame"][2] == "2024-02-01"


def test_words_that_differ_are_channels_only_beside_something_else() -> None:
    names = [f"p{p}_{c}.tif" for p in (1, 2, 10) for c in ("w1DAPI", "w2GFP")]
    assert dims_of(*names) == {"position": (1, 2, 10), "channel": ("w1DAPI", "w2GFP")}
    assert dims_of("dog.jpg", "cat.jpg") == {"frame": ("cat", "dog")}
    assert dims_of("one.tif") == {}


def test_wells_are_a_dim() -> None:
    names = [f"{row}{column:02d}_w{c}.tif" for row in "AB" for column in (1, 12) for c in (1, 2)]
    assert dims_of(*names) == {"well": ("A01", "A12", "B01", "B12"), "channel": (1, 2)}


def test_names_that_are_not_understood_follow_each_other() -> None:
    names = ["a_1_2_3.tif", "a_10.tif", "a_9.tif"]
    assert dims_of(*names) == {"frame": ("a_1_2_3", "a_9", "a_10")}


def test_what_a_pattern_is_called() -> None:
    assert pattern_name(Path("scan/cells_t{time}.tif")) == "cells"
    assert pattern_name(Path("scan/{time}.tif")) == "scan"


# -- many files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["", "*.png", "img_t{time}_z{z:03d}_c{channel}.png"])
def test_files_become_dims_and_their_names_coords(folder: Path, end: str) -> None:
    with open_image(folder / end) as source:
        np.testing.assert_array_equal(source.array, TZC)
        np.testing.assert_array_equal(source.array[2, ::-1, 1, 3:, 5], TZC[2, ::-1, 1, 3:, 5])
        stack = JPkl(source.array, axes=source.axes, metadata=source.metadata)
    assert stack.dim_names == ("time", "z", "channel")
    assert stack.metadata["coords"] == {"time": [0, 5, 10], "z": [0, 1], "channel": ["DAPI", "GFP"]}
    assert stack.metadata["channel_names"] == ["DAPI", "GFP"]


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("img_t*_z{z}_c{c}.png", "z=0, c=DAPI as in"),
        ("img_t{t}_z{t}_*.png", "more than once"),
        ("img_t{y}_z0_cGFP.png", "axis of the frames"),
    ],
)
def test_patterns_that_mean_nothing_are_refused(folder: Path, pattern: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        open_image(folder / pattern)


def test_a_pattern_that_nothing_matches(folder: Path) -> None:
    for pattern in ("*.jpg", "img_{t}.jpg", "img{t}x_*.png"):
        with pytest.raises(FileNotFoundError, match="no file matches"):
            open_image(folder / pattern)


def test_missing_files_are_an_error_black_or_trimmed(folder: Path) -> None:
    (folder / "img_t5_z1_cGFP.png").unlink()
    pattern = folder / "img_t{time}_z{z}_c{channel}.png"
    with pytest.raises(ValueError, match=r"11 of 12 .*first .* file of time=5, z=1, channel=GFP"):
        open_image(pattern)
    with open_image(pattern, missing="black") as source:
        pixels = source.array[...]
        assert np.ma.getmaskarray(pixels)[1, 1, 1].all()
        assert np.ma.getmaskarray(pixels).sum() == 120
    with open_image(pattern, missing="trim") as source:
        np.testing.assert_array_equal(source.array, TZC[:, :1])
        assert source.metadata["coords"]["z"] == [0]


def test_files_of_another_shape_are_named(folder: Path) -> None:
    Image.fromarray(TZC[0, 0, 0, 1:]).save(folder / "img_t10_z0_cDAPI.png")
    with pytest.raises(ValueError, match=r"img_t10_z0_cDAPI\.png: is 9 x 12 uint16.*10 x 12"):
        open_image(folder)


def test_axes_inside_files_stay_dims(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    for t in range(3):
        path = tmp_path / f"{t}.tif"
        tifffile.imwrite(path, TZC[t], imagej=True, metadata={"axes": "ZCYX", "unit": "um", "spacing": 2})
    with open_image(tmp_path / "{time}.tif") as source:
        assert source.axes == ["time", "z", "channel", "Y", "X"]
        np.testing.assert_array_equal(source.array[1:, 1, :, 4], TZC[1:, 1, :, 4])
        assert source.metadata["coords"] == {"time": [0, 1, 2], "z": [0.0, 2.0]}


def write_tiff(path: Path, pixels: NDArray[Any], **options: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    pytest.importorskip("tifffile").imwrite(path, pixels, photometric="minisblack", **options)


def test_parts_of_some_frames_each_are_one_sequence(tmp_path: Path) -> None:
    frames = TZC.reshape(12, 10, 12)
    for part, (start, end) in enumerate([(0, 5), (5, 10), (10, 11)]):
        write_tiff(tmp_path / f"scan_{part}.tiff", frames[start:end].squeeze())
    with open_image(tmp_path) as source:
        assert source.axes == ["frame", "Y", "X"]
        assert "3 files follow each other" in source.notes[-1]
        np.testing.assert_array_equal(source.array, frames[:11])
        np.testing.assert_array_equal(source.array[9:3:-2, 2:, 5], frames[9:3:-2, 2:, 5])
    with pytest.raises(ValueError, match=r"scan_2\.tiff: is 10 x 12"):
        open_image(tmp_path / "scan_{part}.tiff")
    (tmp_path / "scan_2.tiff").unlink()
    for given, axes in (("scan_{part}.tiff", None), ("", "AZYX")):
        with open_image(tmp_path / given, axes=axes) as source:
            np.testing.assert_array_equal(source.array, frames[:10].reshape(2, 5, 10, 12))
    write_tiff(tmp_path / "scan_9.tiff", frames[:5, 1:])
    with pytest.raises(ValueError, match=r"scan_9\.tiff: has frames of 9 x 12 uint16, .* are 10 x 12"):
        open_image(tmp_path)


def test_stacks_that_are_told_apart_by_a_name_do_not_follow_each_other(tmp_path: Path) -> None:
    for name, pixels in (("control", TZC[0, :, 0]), ("treated", TZC[1, :, 0])):
        write_tiff(tmp_path / f"mouse {name}.tif", pixels)
    with open_image(tmp_path) as source:
        assert tuple(source.axes or ()) == ("frame", "Q", "Y", "X")
        np.testing.assert_array_equal(source.array, TZC[:2, :, 0])
        assert source.metadata["coords"] == {"frame": ["mouse control", "mouse treated"]}


def test_that_folders_in_a_folder_have_images_too_is_said(tmp_path: Path) -> None:
    for name in ("a_t1.tif", "a_t2.tif", "control/b.tif", "notes/c.txt", ".trash/d.tif"):
        write_tiff(tmp_path / name, TZC[0, 0, 0])
    with open_image(tmp_path) as source:
        assert len(source.notes) == 1
        assert source.notes[0].startswith("left out the images in its folders: control; jpkl encode ")


def test_times_go_on_in_the_next_part(tmp_path: Path) -> None:
    for part in (1, 2):
        options: dict[str, Any] = {"imagej": True, "metadata": {"axes": "TYX", "finterval": 0.5}}
        write_tiff(tmp_path / f"a_t{part}.tif", TZC[:, 0, 0], **options)
    with open_image(tmp_path) as source:
        assert source.axes == ["time", "Y", "X"]
        assert source.metadata["coords"] == {"time": [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]}
        assert source.metadata["units"] == {"time": "s"}


@pytest.mark.parametrize("version", [1, 2])
def test_micro_manager_says_beside_its_images_what_they_are(tmp_path: Path, version: int) -> None:
    form = ("img_{:09d}_{}_{:03d}.tif", "img_channel{1:03d}_position000_time{0:09d}_z{2:03d}.tif")[
        version - 1
    ]
    key = ("FrameKey-{}-{}-{}", "Metadata-Default/" + form)[version - 1]
    names = ["DAPI", "FITC"]
    said: dict[str, Any] = {"Summary": {"z-step_um": -0.5, "ChNames": names, "ChColors": [-16776961, 65280]}}
    for t, c, z in np.ndindex(3, 2, 2):
        name = form.format(t, names[c] if version == 1 else c, z)
        write_tiff(tmp_path / "Pos0" / name, TZC[t, z, c])
        elapsed = {"ElapsedTime-ms": 2000 * t + 7 * c, "ElapsedTimeMs": 2000 * t + 7 * c}
        said[key.format(t, c, z)] = {"FileName": name, "PixelSizeUm": 0.2, **elapsed}
    # An acquisition that was stopped has no end.
    (tmp_path / "Pos0" / "metadata.txt").write_text(json.dumps(said)[:-1] + ",")
    with open_image(tmp_path) as source:
        order = (0, 2, 1) if version == 1 else (2, 0, 1)
        np.testing.assert_array_equal(source.array, TZC.transpose(*order, 3, 4))
        found = source.metadata
    assert (found["pixel_size"], found["pixel_unit"]) == ((0.2, 0.2), "\u00b5m")
    assert found["coords"]["time"] == [0.0, 2.0, 4.0]
    assert found["coords"]["z"] == [0.0, 0.5]
    assert (found["channel_names"], found["channel_colors"]) == (names, ["#0000ff", "#00ff00"])
    assert is_one_image(tmp_path)


def test_a_sequence_of_tiff_files_is_one_image_and_others_are_not(tmp_path: Path) -> None:
    for i in range(3):
        write_tiff(tmp_path / "frames" / f"img_{i:04d}.tif", TZC[i, 0, 0])
        write_tiff(tmp_path / "times" / f"img_t{i}.tif", TZC[i, 0])
        write_tiff(tmp_path / "stacks" / f"img_{i:04d}.tif", TZC[i, 0])
        write_tiff(tmp_path / "places" / f"img_p{i}.tif", TZC[i, 0, 0])
        write_tiff(tmp_path / "things" / f"{'abc'[i]}.tif", TZC[i, 0, 0])
        write_tiff(tmp_path / "odd" / f"img_{i}.tif", TZC[i, 0, 0, i:])
    found = {folder.name for folder in tmp_path.iterdir() if is_one_image(folder)}
    assert found == {"frames", "times"}


def test_packages_are_looked_through_once_for_all_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    monkeypatch.setattr(_formats, "entry_points", lambda group: looked.append(group) or EntryPoints(()))
    _formats._elsewhere.cache_clear()
    with open_image(folder) as source:
        assert source.array.shape[:3] == (3, 2, 2)
    assert len(looked) <= 1
    _formats._elsewhere.cache_clear()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux's list of open files")
def test_few_files_are_open_at_a_time(tmp_path: Path) -> None:
    for i in range(30):
        Image.fromarray(TZC[0, 0, 0]).save(tmp_path / f"{i}.png")
    with open_image(tmp_path) as source:
        np.testing.assert_array_equal(source.array[29], TZC[0, 0, 0])
        links = [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        assert sum(link.parent == tmp_path for link in links) <= 8


def test_a_folder_is_encoded_beside_itself(folder: Path) -> None:
    (folder / "notes.txt").write_text("by hand")
    assert main(["encode", str(folder)]) == 0
    with JPkl.load(folder.with_suffix(".jpkl")) as stack:
        assert stack.shape == (10, 12, 3, 2, 2)


# -- pictures ------------------------------------------------------------------------------------------

GRAY = np.ascontiguousarray(RGB[..., 0])
ALPHA = np.dstack([RGB, GRAY])
PALETTE = Image.fromarray(RGB).quantize(16)


def pixels_of(path: Path, axes: str | None = None) -> tuple[Any, NDArray[Any]]:
    with open_image(path, axes=axes) as source:
        return source.axes, np.asarray(source.array)


@pytest.mark.parametrize(
    ("image", "axes", "expected"),
    [
        (Image.fromarray(GRAY), "YX", GRAY),
        (Image.fromarray(RGB), "YXS", RGB),
        (Image.fromarray(ALPHA), "YXS", RGB),
        (PALETTE, "YXS", np.asarray(PALETTE.convert("RGB"))),
        (Image.fromarray(GRAY).quantize(256), "YX", None),
        (Image.fromarray(GRAY > 99), "YX", (GRAY > 99) * np.uint8(255)),
        (Image.fromarray(TZC[0, 0, 0]), "YX", TZC[0, 0, 0]),
    ],
)
def test_pictures_are_what_they_mean(
    tmp_path: Path, image: Image.Image, axes: str, expected: NDArray[Any] | None
) -> None:
    image.save(tmp_path / "a.png")
    found, pixels = pixels_of(tmp_path / "a.png")
    assert found == axes
    np.testing.assert_array_equal(pixels, np.asarray(image.convert("L")) if expected is None else expected)


def test_axes_without_samples_keep_alpha_and_indices(tmp_path: Path) -> None:
    Image.fromarray(ALPHA).save(tmp_path / "a.png")
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.png", "YXC")[1], ALPHA)
    PALETTE.save(tmp_path / "p.png")
    np.testing.assert_array_equal(pixels_of(tmp_path / "p.png", "YX")[1], np.asarray(PALETTE))


@pytest.mark.parametrize("samples", [2, 3, 4])
def test_colors_of_16_bits(tmp_path: Path, samples: int) -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    deep = RNG.integers(0, 1 << 16, (9, 11, samples), np.uint16)
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(deep))
    expected = deep[..., 0] if samples == 2 else deep[..., :3]
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.png")[1], expected)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photographs_are_upright(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(RGB).save(tmp_path / "a.webp", lossless=True, exif=exif)
    with Image.open(tmp_path / "a.webp") as image:
        from PIL import ImageOps

        expected = np.asarray(ImageOps.exif_transpose(image))
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.webp")[1], expected)


@pytest.mark.parametrize(("suffix", "is_gray"), [("gif", True), ("png", True), ("webp", False)])
def test_animations_have_a_time(tmp_path: Path, suffix: str, is_gray: bool) -> None:
    frames = [np.roll(GRAY // 2 if is_gray else RGB, i, 0) for i in range(6)]
    first, *others = map(Image.fromarray, frames)
    path = tmp_path / f"a.{suffix}"
    first.save(path, save_all=True, append_images=others, duration=[50, 150, 50, 50, 50, 50], lossless=True)
    with open_image(path) as source:
        assert source.axes == ("TYX" if is_gray else "TYXS")
        assert source.metadata["coords"]["time"][:3] == [0.0, 0.05, 0.2]
        for number in (4, 1, 5, 0):
            np.testing.assert_array_equal(source.array[number], frames[number])
        np.testing.assert_array_equal(source.array, frames)


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "webp", "gif", "pgm"])
def test_pictures_that_are_cut_off_are_named(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(GRAY).save(path)
    whole = path.read_bytes()
    for n in (20, len(whole) // 2):
        path.write_bytes(whole[:n])
        with pytest.raises(ValueError, match=f"a.{suffix}: "), open_image(path) as source:
            np.asarray(source.array)
