"""Originals: opened at once, encoded as they are looked at, and kept."""

from __future__ import annotations

import os
import pickle
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jpkl_viewer.pages.library import Library

import jpkl
from jpkl import ClosedStackError, FormatError, FrameChecksumError, FrameError, JPkl, JPklError
from jpkl._codecs.jpeg import JpegCodec
from jpkl._encoding.encode import encode_file
from jpkl._encoding.measured_range import measure_display_range
from jpkl._encoding.options import resolve_options
from jpkl._originals import conversion, preview
from jpkl._originals.conversion import Conversion, conversion_of, encoded_form
from jpkl._originals.kept import CacheFolder
from jpkl._originals.original import Fingerprint, Original, Request
from jpkl._originals.stack import KeptStack, OriginalStack
from jpkl.readers import open_image
from tests.conftest import shared_data

PIXELS = np.random.default_rng(0).integers(100, 60_000, (20, 16, 6, 2), np.uint16)


@pytest.fixture
def original(tmp_path: Path) -> Path:
    path = tmp_path / "cells.npy"
    np.save(path, PIXELS)
    return path


def opened(path: Path, **options: Any) -> OriginalStack:
    stack = jpkl.open(path, **options)
    assert isinstance(stack, OriginalStack)
    return stack


def encoded(path: Path, **options: Any) -> JPkl:
    """What encoding the whole original gives."""
    with open_image(path) as source:
        return JPkl(source.array, **{"axes": source.axes, "metadata": source.metadata} | options)


#: Frames of an original are encoded as fast as can be.
QUICK = {"jpeg_tables": "standard", "jpeg_optimize": False}


@pytest.mark.parametrize("name", ["mitosis_max_tcyx.ome.tif", "cell_tzcyx.tif", "us_cine_tyxs.tif"])
def test_an_original_is_the_stack_that_encoding_it_gives(name: str) -> None:
    path = shared_data("images") / name
    whole = encoded(path, **QUICK)
    with opened(path) as stack:
        assert stack.is_range_exact
        assert stack.metadata == whole.metadata
        assert stack.dim_names == whole.dim_names
        np.testing.assert_array_equal(stack.display_range, whole.display_range)
        np.testing.assert_array_equal(stack[...], whole[...])
        assert dict(stack.images) == dict(whole.images)


def test_only_what_is_asked_for_is_read(original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    n_encoded = []
    encode = JpegCodec.encode
    monkeypatch.setattr(JpegCodec, "encode", lambda self, image: n_encoded.append(1) or encode(self, image))
    with opened(original) as stack:
        for _ in range(2):
            stack[..., 2, 1]
        assert len(n_encoded) == 1
        stack[4:8, :, 1:3, 0]
        assert len(n_encoded) == 3
        assert repr(stack) == "<OriginalStack 20 x 16 gray, dim0 6, dim1 2, 3 of 12 frames encoded so far>"
        assert 12 * 100 < stack.compressed_nbytes < 12 * 2000


def test_threads_that_ask_for_one_frame_have_it_encoded_once(
    original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_encoded = []
    encode = JpegCodec.encode

    def slow(self: JpegCodec, image: Any) -> bytes:
        n_encoded.append(1)
        time.sleep(0.05)
        return encode(self, image)

    monkeypatch.setattr(JpegCodec, "encode", slow)
    with opened(original) as stack, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: stack.images[3, 0], range(8)))
    assert len(set(found)) == 1
    assert len(n_encoded) == 1


def test_save_writes_what_encode_file_writes(original: Path, tmp_path: Path) -> None:
    with open_image(original) as source:
        encode_file(source.array, tmp_path / "a.jpkl", metadata=source.metadata, jpeg_quality=80)
    with opened(original, jpeg_quality=80) as stack:
        stack.save(tmp_path / "b.jpkl")
        assert (tmp_path / "b.jpkl").read_bytes() == (tmp_path / "a.jpkl").read_bytes()
        renamed = stack.with_metadata(dim_names=("time", "z"), pixel_size=0.5, pixel_unit="µm")
        renamed.save(tmp_path / "c.jpkl")
    with JPkl.load(tmp_path / "c.jpkl") as saved:
        assert saved.dim_names == ("time", "z")
        assert saved.metadata["pixel_size"] == (0.5, 0.5)


def test_a_large_original_begins_with_a_range_by_a_sample(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "_SAMPLE_NBYTES", 3 * 20 * 16 * 2 * 2)
    options = resolve_options(PIXELS, dim_names=("time", "channel"))
    sampled, is_exact = preview.first_range(options)
    assert not is_exact
    assert sampled.shape == (1, 2, 2)
    # The frames from the middles of thirds: 1, 3 and 5.
    np.testing.assert_array_equal(sampled[0, 1], [PIXELS[..., 1::2, 1].min(), PIXELS[..., 1::2, 1].max()])
    with opened(original, dim_names=("time", "channel")) as stack:
        assert not stack.is_range_exact
        stack.save(tmp_path / "x.jpkl")
    with JPkl.load(tmp_path / "x.jpkl") as saved:
        np.testing.assert_array_equal(saved.display_range, measure_display_range(options))
    with opened(original, display_range=(0, 65535)) as stack:
        assert stack.is_range_exact


def test_frames_of_another_file_are_never_shown(original: Path) -> None:
    with opened(original) as stack:
        stack[..., 0, 0]
        np.save(original, PIXELS[:, :, :5])
        with pytest.raises(FormatError, match=r"cells\.npy: it has changed since it was opened"):
            stack[..., 1, 0]
        with pytest.raises(FormatError, match="changed"):
            stack.save(original.with_suffix(".jpkl"))
        original.unlink()
        with pytest.raises(FormatError, match=r"cells\.npy: it was moved or deleted"):
            stack[..., 2, 0]
    with pytest.raises(ClosedStackError, match=r"cells\.npy was closed"):
        stack[..., 0, 0]


def test_a_frame_that_cannot_be_read_is_named(original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(original) as stack:

        def fails(block: Any) -> Any:
            raise RuntimeError("corrupt chunk")

        monkeypatch.setattr(stack.frames._options.source, "read", fails)
        with pytest.raises(FrameError, match=r"cells\.npy, frame \(1, 0\): .*RuntimeError: corrupt chunk"):
            stack[..., 1, 0]


def test_it_can_be_sent_to_another_process(original: Path) -> None:
    with opened(original) as stack:
        data = pickle.dumps(stack)
        with pickle.loads(data) as copy:
            np.testing.assert_array_equal(copy[..., 3, 1], stack[..., 3, 1])
        np.save(original, PIXELS[:, :, :5])
        with pytest.raises(ClosedStackError, match="has changed"):
            pickle.loads(data)


def test_what_is_no_original(tmp_path: Path) -> None:
    JPkl(PIXELS[..., 0]).save(tmp_path / "x.jpkl")
    (tmp_path / "x.pickle").write_bytes((tmp_path / "x.jpkl").read_bytes())
    for name in ("x.jpkl", "x.pickle"):
        with jpkl.open(tmp_path / name) as stack:
            assert type(stack) is JPkl
    with pytest.raises(TypeError, match="this is a JPkl file, to which only the path applies"):
        jpkl.open(tmp_path / "x.jpkl", axes="YXT")
    with pytest.raises(TypeError, match="takes no argument 'quality'"):
        jpkl.open(tmp_path / "x.jpkl", quality=3)
    with pytest.raises(FileNotFoundError):
        jpkl.open(tmp_path / "missing.tif")
    (tmp_path / "x.docx").write_bytes(b"PK")
    with pytest.raises(ValueError, match=r"'\.docx' is not supported"):
        jpkl.open(tmp_path / "x.docx")


# -- in the background ---------------------------------------------------------------------------------


def test_what_is_kept_is_what_encode_writes_and_is_opened_next_time(original: Path, tmp_path: Path) -> None:
    with opened(original) as stack:
        assert encoded_form(stack) is None
        path = conversion_of(stack).wait()
        assert conversion_of(stack) is conversion_of(stack.with_cache(10**6))
        stack.save(tmp_path / "x.jpkl")
        form = encoded_form(stack)
        assert form is not None
        form.close()
    assert path.read_bytes() == (tmp_path / "x.jpkl").read_bytes()
    with jpkl.open(original) as kept:
        assert isinstance(kept, KeptStack)
        assert kept.path == str(original)
    with opened(original, jpeg_quality=50):  # other bytes
        pass
    os.utime(original, (1, 1))
    with opened(original):
        pass


def test_two_stacks_of_one_original_are_encoded_once(original: Path) -> None:
    with opened(original) as first, opened(original) as second, opened(original, jpeg_quality=50) as third:
        assert conversion_of(first) is conversion_of(second)
        assert conversion_of(third) is not conversion_of(first)
        conversion_of(second).wait()
        form = encoded_form(first)
        assert form is not None
        form.close()
        conversion_of(third).wait()


def test_what_is_kept_is_dropped_when_it_is_damaged(original: Path) -> None:
    with opened(original) as stack:
        path = conversion_of(stack).wait()
    with JPkl.load(path) as jp:
        offset = int(jp._store.places.offsets[0])  # type: ignore[attr-defined]
    with path.open("r+b") as file:
        file.seek(offset + 50)
        file.write(b"damaged")
    library = Library(original.parent)
    kept = library.open(original.name).jp
    assert isinstance(kept, KeptStack)
    first = (0,) * len(kept.dim_sizes)
    with pytest.raises(FrameChecksumError, match="removed from the cache: open the original again"):
        kept.images[first]
    assert not path.exists()
    again = library.open(original.name).jp
    assert isinstance(again, OriginalStack)
    assert again.images[first]
    kept.close()
    again.close()


def test_beside_the_original(original: Path) -> None:
    with opened(original) as stack:
        stack.target = original.with_suffix(".jpkl")
        assert conversion_of(stack).wait() == stack.target
    assert CacheFolder().list() == []


def test_progress(original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = []
    make = conversion.Progress

    def noted(*args: Any, **more: Any) -> Any:
        said.append(make(*args, **more))
        return said[-1]

    monkeypatch.setattr(conversion, "Progress", noted)
    with opened(original) as stack:
        conversion_of(stack).wait()
    assert list(dict.fromkeys(each.what for each in said)) == [
        "Waiting",
        "Measuring display range",
        "Encoding",
        "",
    ]
    assert [each.done for each in said if each.what == "Encoding"][-1] == pytest.approx(PIXELS.nbytes)
    assert {each.total for each in said if each.what == "Encoding"} == {PIXELS.nbytes}


def test_who_looks_at_frames_goes_first(original: Path) -> None:
    with opened(original) as stack:
        way = stack.frames.right_of_way
        passed = threading.Event()
        with way.taken():
            thread = threading.Thread(target=lambda: (way.give(), passed.set()))
            thread.start()
            assert not passed.wait(0.1)
        assert passed.wait(5)
        thread.join()


def test_a_conversion_that_is_given_up_leaves_nothing(original: Path) -> None:
    with opened(original) as stack:
        running = Conversion(stack)
        running._thread.is_wanted = False
        running.start().cancel()
        with pytest.raises(JPklError, match="given up"):
            running.wait()
        assert list(CacheFolder().path.glob("*")) == []


def test_why_nothing_is_kept(original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPKL_CACHE_SIZE", "1kB")
    with opened(original) as stack:
        with pytest.raises(JPklError, match="takes more than the cache, 1 kB: encode it beside"):
            conversion_of(stack).wait()
        assert list(CacheFolder().path.glob("*")) == []
        np.testing.assert_array_equal(stack[..., 0, 0], encoded(original, **QUICK)[..., 0, 0])


# -- the cache folder ----------------------------------------------------------------------------------


def test_what_was_used_least_recently_makes_room(tmp_path: Path) -> None:
    folder = CacheFolder(tmp_path / "cache", max_nbytes=250)
    folder.path.mkdir()
    places = []
    for number in range(3):
        request = Request.of(tmp_path / f"{number}.npy")
        place = folder.place_of(request, Fingerprint(1, 2))
        place.write_bytes(b"x" * 100)
        places.append(place)
        folder.note(place, request, Fingerprint(1, 2))
        os.utime(f"{place}.json", (number, number))
    folder.make_room()
    assert [place.exists() for place in places] == [False, True, True]
    assert folder.find(Request.of(tmp_path / "1.npy"), Fingerprint(1, 2)) == places[1]
    assert [kept.path for kept in folder.list()] == [places[1], places[2]]
    assert folder.find(Request.of(tmp_path / "1.npy"), Fingerprint(1, 3)) is None


def test_what_is_no_note_is_passed_over(tmp_path: Path) -> None:
    folder = CacheFolder(tmp_path)
    for number, text in enumerate(["", "[]", "{}", '{"request": 3}', "\xff"]):
        (tmp_path / f"{number}.jpkl").touch()
        (tmp_path / f"{number}.jpkl.json").write_text(text, "utf-8")
    assert folder.list() == []


def test_folders_have_fingerprints_too(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "1.png").write_bytes(b"123")
    before = Fingerprint.of(str(tmp_path / "a"))
    assert before.nbytes == 3
    (tmp_path / "a" / "2.png").write_bytes(b"")
    assert Fingerprint.of(str(tmp_path / "a")) != before


def test_a_kept_stack_that_was_damaged_is_made_again(original: Path) -> None:
    with opened(original) as stack:
        path = conversion_of(stack).wait()
    path.write_bytes(b"nothing")
    with opened(original) as stack:
        assert Original.open(stack.original.request).fingerprint == stack.original.fingerprint


@pytest.mark.parametrize("text", ["5 XB", "GB", "-1GB", "1e3GB"])
def test_sizes_that_are_none(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPKL_CACHE_SIZE", text)
    with pytest.raises(ValueError, match=r"JPKL_CACHE_SIZE: .* is not a size such as 20GB or 500MB"):
        CacheFolder()


def test_many_files_are_kept_until_one_changes(tmp_path: Path) -> None:
    for number in range(3):
        np.save(tmp_path / f"t{number}.npy", PIXELS[..., number, 0])
    pattern = tmp_path / "t{time}.npy"
    with opened(pattern) as stack:
        assert stack.dim_names == ("time",)
        np.testing.assert_array_equal(stack.metadata["coords"]["time"], [0, 1, 2])
        conversion_of(stack).wait()
    with jpkl.open(pattern) as kept:
        assert isinstance(kept, KeptStack)
    np.save(tmp_path / "t1.npy", PIXELS[..., 5, 0])
    with opened(pattern):
        pass


# -- what is not what it was ---------------------------------------------------------------------------


def test_files_that_swap_their_names_are_another_original(tmp_path: Path) -> None:
    for number in range(2):
        np.save(tmp_path / f"t{number}.npy", PIXELS[..., number, 0])
        os.utime(tmp_path / f"t{number}.npy", (5, 5))
    with opened(tmp_path / "t{time}.npy") as stack:
        conversion_of(stack).wait()
        (tmp_path / "t0.npy").rename(tmp_path / "t")
        (tmp_path / "t1.npy").rename(tmp_path / "t0.npy")
        (tmp_path / "t").rename(tmp_path / "t1.npy")
        os.utime(tmp_path / "t0.npy", (6, 6))
        with pytest.raises(FormatError, match="has changed"):
            stack[..., 1]
    with opened(tmp_path / "t{time}.npy"):
        pass


def swap(first: Path, second: Path) -> None:
    """Let two files have each other's name."""
    first.rename(first.with_name("between"))
    second.rename(first)
    first.with_name("between").rename(second)


def alike(folder: Path) -> tuple[Path, Path]:
    """Two originals of one size and time, as they come out of an archive."""
    paths = folder / "a.npy", folder / "b.npy"
    for path, pixels in zip(paths, (PIXELS, PIXELS[::-1]), strict=True):
        np.save(path, pixels)
        os.utime(path, (5, 5))
    return paths


def test_files_of_one_size_and_time_are_told_apart_when_they_swap_their_names(tmp_path: Path) -> None:
    paths = alike(tmp_path)
    library = Library(tmp_path)
    wholes = [encoded(path)[...] for path in paths]
    for whole in (*wholes, wholes[0]):
        stack = library.open("a.npy").jp
        if isinstance(stack, OriginalStack):
            conversion_of(stack).wait()
        for found in (library.open("a.npy").jp, jpkl.open(paths[0])):
            assert isinstance(found, KeptStack)
            np.testing.assert_array_equal(found[...], whole)
        swap(*paths)


def test_a_file_that_changes_its_number_alone_or_its_time_alone_is_the_same(original: Path) -> None:
    known = Fingerprint.of(original)
    assert known.is_of(replace(known, nodes="another"))  # of a drive that counts anew
    original.chmod(0o600)
    original.with_name("link.npy").hardlink_to(original)
    assert Fingerprint.of(original).is_of(known)
    assert not known.is_of(replace(known, nodes="another", changes="another"))


def test_an_original_in_many_files_is_opened_anew_when_one_has_changed(tmp_path: Path) -> None:
    zarr = pytest.importorskip("zarr")
    path = tmp_path / "x.zarr"
    array = zarr.open(str(path), mode="w", shape=PIXELS.shape, chunks=(20, 16, 1, 1), dtype="u2")
    library = Library(tmp_path)
    for kind, pixels in ((OriginalStack, PIXELS), (OriginalStack, PIXELS // 9), (KeptStack, PIXELS // 99)):
        array[:] = pixels  # which the folder itself says nothing of
        stack = library.open("x.zarr").jp
        assert isinstance(stack, OriginalStack)
        np.testing.assert_array_equal(stack[...], encoded(path, **QUICK)[...])
        if kind is KeptStack:
            conversion_of(stack).wait()
        assert isinstance(library.open("x.zarr").jp, kind)
    array[:] = PIXELS
    assert isinstance(library.open("x.zarr").jp, OriginalStack)


def test_display_ranges_that_differ_in_the_middle_are_told_apart(original: Path) -> None:
    one, other = np.zeros((600, 2)), np.zeros((600, 2))
    one[:, 1], other[:, 1] = 20, 20
    other[300, 1] = 200
    requests = [Request.of(original, display_range=limits) for limits in (one, other)]
    folder, fingerprint = CacheFolder(), Fingerprint.of(str(original))
    assert len({folder.place_of(request, fingerprint) for request in requests}) == 2


@pytest.mark.parametrize("way", ["cache", "beside", "save"])
def test_an_original_that_changes_meanwhile_gives_no_stack(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    encode, changed = JpegCodec.encode, []

    def change(self: JpegCodec, image: Any) -> bytes:
        if not changed:
            changed.append(True)
            os.utime(original, (7, 7))
        return encode(self, image)

    monkeypatch.setattr(JpegCodec, "encode", change)
    with opened(original) as stack:
        if way == "save":
            with pytest.raises(FormatError, match="has changed"):
                stack.save(tmp_path / "x.jpkl")
        else:
            stack.target = tmp_path / "x.jpkl" if way == "beside" else None
            with pytest.raises(JPklError, match="has changed"):
                conversion_of(stack).wait()
    assert [path.name for path in tmp_path.iterdir()] == ["cells.npy"]
    assert CacheFolder().list() == []


def _ome_of_two(folder: Path, values: tuple[int, int]) -> tuple[Path, Path]:
    """An OME-TIFF of two time points, each in a file of its own."""
    tifffile = pytest.importorskip("tifffile")
    files = [folder / f"p{i}.ome.tif" for i in range(2)]
    data = "".join(
        f'<TiffData FirstT="{i}" PlaneCount="1"><UUID FileName="{file.name}">urn:uuid:{i}</UUID></TiffData>'
        for i, file in enumerate(files)
    )
    sizes = 'SizeX="8" SizeY="8" SizeZ="1" SizeC="1" SizeT="2"'
    pixels = f'<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" {sizes}>{data}</Pixels>'
    for i, (file, value) in enumerate(zip(files, values, strict=True)):
        xml = f'<OME UUID="urn:uuid:{i}"><Image ID="Image:0">{pixels}</Image></OME>'
        frame = np.full((8, 8), value, np.uint8)
        tifffile.imwrite(file, frame, description=xml, metadata=None, compression="zlib")
    return files[0], files[1]


def _nifti_pair(folder: Path, values: tuple[int, int]) -> tuple[Path, Path]:
    nibabel = pytest.importorskip("nibabel")
    pixels = np.empty((8, 8, 2), np.uint8)
    pixels[:] = values
    nibabel.save(nibabel.Nifti1Pair(pixels, np.diag([-1, -1, 1, 1])), folder / "a.img")
    return folder / "a.hdr", folder / "a.img"


def _virtual(folder: Path, values: tuple[int, int]) -> tuple[Path, Path]:
    h5py = pytest.importorskip("h5py")
    with h5py.File(folder / "part.h5", "w") as file:
        file["frames"] = np.repeat(np.array(values, np.uint8), 64).reshape(2, 8, 8)
    layout = h5py.VirtualLayout((2, 8, 8), "u1")
    layout[:] = h5py.VirtualSource("part.h5", "frames", (2, 8, 8))
    with h5py.File(folder / "all.h5", "w") as file:
        file.create_virtual_dataset("frames", layout)
    return folder / "all.h5", folder / "part.h5"


@pytest.mark.parametrize("write", [_ome_of_two, _nifti_pair, _virtual])
def test_a_part_that_changes_is_noticed(
    write: Callable[[Path, tuple[int, int]], tuple[Path, Path]], tmp_path: Path
) -> None:
    path, part = write(tmp_path, (10, 20))
    with jpkl.open(path, axes="TYX" if write is _virtual else None) as jp:
        assert jp[0, 0, 0] == 10
        (tmp_path / "new").mkdir()
        shutil.copy(write(tmp_path / "new", (10, 99))[1], part)
        with pytest.raises(FormatError, match="has changed since it was opened"):
            jp[0, 0, 1]


@pytest.mark.parametrize(("name", "n_looks"), [("f*.npy", 1), ("f0.npy", 6)])
def test_a_folder_is_not_looked_at_for_each_frame(
    name: str, n_looks: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(3):
        np.save(tmp_path / f"f{i}.npy", np.full((8, 8, 3), 50 * i, np.uint8))
    looks: list[Original] = []

    def look(original: Original) -> None:
        looks.append(original)

    monkeypatch.setattr("jpkl._originals.frames._CHECK_INTERVAL", 3600.0)
    with jpkl.open(tmp_path / name, axes="YXT" if name == "f0.npy" else None) as jp:
        monkeypatch.setattr(Original, "check_unchanged", look)
        for index in list(np.ndindex(jp.dim_sizes))[:3]:
            jp.frame(index)
    assert len(looks) == n_looks


@pytest.mark.parametrize(
    ("name", "part", "other"),
    [
        ("x.hdr", "x.img", "y.img"),
        ("a.ome.tif", "b.ome.tif", "c.tif"),
        ("a.ome.tif", "a.companion.ome", "c.tif"),
        ("a.companion.ome", "a0.tif", None),
        ("a.nhdr", "b.raw", None),
        ("a_master.h5", "a_data_000001.h5", None),
        ("x_NDTiffStack.tif", "x_NDTiffStack_1.tif", "c.tif"),
        ("x_NDTiffStack.tif", "NDTiff.index", "c.tif"),
        ("x_MMStack_Pos0.tif", "x_MMStack_Pos0_1.tif", "c.tif"),
    ],
)
def test_a_file_beside_an_original_that_may_be_part_of_it(
    tmp_path: Path, name: str, part: str, other: str | None
) -> None:
    for each in (name, part, *filter(None, [other])):
        (tmp_path / each).write_bytes(b"1")
    path = str(tmp_path / name)
    before, alone = Fingerprint.of(path, with_companions=True), Fingerprint.of(path)
    if other is not None:
        (tmp_path / other).write_bytes(b"12")
        assert Fingerprint.of(path, with_companions=True) == before
    for stack in (f"{name}.jpkl", f"{Path(name).stem}.jpkl.0a1b2c3d.part"):  # as encoding leaves them there
        (tmp_path / stack).write_bytes(b"1")
    assert Fingerprint.of(path, with_companions=True) == before
    (tmp_path / part).write_bytes(b"12")
    assert Fingerprint.of(path, with_companions=True) != before
    assert Fingerprint.of(path) == alone


def test_what_is_there_is_never_replaced(original: Path) -> None:
    with opened(original) as stack:
        stack.target = original.with_suffix(".jpkl")
        stack.target.write_bytes(b"mine")
        with pytest.raises(JPklError, match=r"cells\.jpkl is there already"):
            conversion_of(stack).wait()
        assert stack.target.read_bytes() == b"mine"
        assert conversion_of(stack) is conversion_of(stack)
        stack.target.unlink()
        conversion_of(stack, anew=True).wait()


def test_links_keep_the_name_that_says_their_format(original: Path, tmp_path: Path) -> None:
    (tmp_path / "blob").write_bytes(original.read_bytes())
    (tmp_path / "link.npy").symlink_to(tmp_path / "blob")
    with opened(tmp_path / "link.npy") as stack:
        assert stack.shape == PIXELS.shape


def test_changed_metadata_outlive_the_conversion(original: Path) -> None:
    with opened(original) as stack:
        changed = stack.with_metadata(pixel_size=0.5, dim_names=("time", "z"))
        conversion_of(changed).wait()
        form = encoded_form(changed)
        assert form is not None
        with form:
            assert form.dim_names == ("time", "z")
            assert form.metadata["pixel_size"] == (0.5, 0.5)
