"""Image files, and folders of stacks, behind URLs."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from jpkl_viewer.pages.folder import NotInFolderError
from jpkl_viewer.pages.library import Library

import jpkl
from jpkl import JPkl, JPklError
from jpkl._bytes import download, transport
from jpkl._bytes.listing import list_files
from jpkl._cli import main
from jpkl._originals import preview, remote
from jpkl._originals.conversion import conversion_of
from jpkl._originals.remote import path_by_ranges
from jpkl._originals.stack import OriginalStack
from jpkl.readers import open_image
from tests.conftest import shared_data
from tests.tools.range_server import RangeServer, range_server

fsspec = pytest.importorskip("fsspec")
pytest.importorskip("aiohttp")

PIXELS = np.random.default_rng(0).integers(0, 60000, (64, 48, 5), np.uint16)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RangeServer]:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(transport, "_WAITS", (0.001,) * 2)
    monkeypatch.chdir(tmp_path)
    saved = io.BytesIO()
    np.save(saved, PIXELS)
    with range_server() as served:
        served.files["/raw/cells.npy"] = saved.getvalue()
        yield served


def left() -> list[Path]:
    return list(Path(tempfile.gettempdir()).iterdir())


def test_encode(server: RangeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"{server.url}/raw/cells.npy?signature=secret"
    assert main(["encode", url]) == 0
    np.save("cells.npy", PIXELS)
    assert main(["encode", "cells.npy", "local.jpkl"]) == 0
    assert (tmp_path / "cells.jpkl").read_bytes() == (tmp_path / "local.jpkl").read_bytes()
    assert main(["encode", url, f"{server.url}/raw/none.npy", "-o", "out"]) == 1
    assert main(["encode", url, url, "-o", "out"]) == 0
    said = capsys.readouterr()
    assert "1 skipped (up to date)" in said.out
    assert f"jpkl: {server.url}/raw/none.npy: There is no such file on the server" in said.err
    server.version += 1
    assert main(["encode", url, url, "-o", "out"]) == 0
    assert "made from an earlier state" in capsys.readouterr().out
    assert not left()


def test_what_is_cut_off_leaves_nothing(
    server: RangeServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server.files["/large.npy"] = server.files["/raw/cells.npy"] + bytes(100_000)
    server.faults = ["", *["half"] * 9]
    assert main(["encode", f"{server.url}/large.npy"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"jpkl: {server.url}/large.npy: the connection was lost")
    server.faults.clear()
    server.files["/text.npy"] = b"no image"
    assert main(["encode", f"{server.url}/text.npy"]) == 2
    assert capsys.readouterr().err.startswith(f"jpkl: {server.url}/text.npy")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(download, "_copy", interrupt)
    assert main(["encode", f"{server.url}/raw/cells.npy"]) == 130
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("", (), {"free": 1000}))
    assert main(["encode", f"{server.url}/raw/cells.npy"]) == 2
    assert "has room for 1" in capsys.readouterr().err
    assert not left()


def test_info(server: RangeServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", f"{server.url}/raw/cells.npy", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["scenes"][0]["shape"] == [64, 48, 5]
    assert not left()


def test_open(server: RangeServer) -> None:
    with jpkl.open(f"{server.url}/raw/cells.npy", display_range=(0, 65535)) as jp:
        assert isinstance(jp, OriginalStack)
        expected = JPkl(PIXELS, display_range=(0, 65535), jpeg_tables="standard")
        np.testing.assert_array_equal(jp[..., 3], expected[..., 3])
        assert len(left()) == 1
    assert not left()
    JPkl(PIXELS).save("saved.jpkl")
    server.files["/without-suffix"] = Path("saved.jpkl").read_bytes()
    with jpkl.open(f"{server.url}/without-suffix") as jp:
        assert type(jp) is JPkl
    with pytest.raises(TypeError, match="only the path applies"):
        jpkl.open(f"{server.url}/without-suffix", axes="YXT")


FRAMES = np.random.default_rng(1).integers(0, 4000, (40, 256, 200), np.uint16)


def write_original(kind: str, path: Path) -> Path:
    """Write frames of about 100 kB each in some format."""
    if kind == "h5":
        h5py = pytest.importorskip("h5py")
        with h5py.File(path / "cells.h5", "w") as file:
            file.create_dataset("raw/data", data=FRAMES, chunks=(1, 256, 200), compression="gzip")
        return path / "cells.h5"
    tifffile = pytest.importorskip("tifffile")
    options = {
        "imagej": {"imagej": True, "metadata": {"axes": "TYX"}},
        "ome": {"metadata": {"axes": "TYX"}, "compression": "zlib"},
    }[kind]
    name = path / ("cells.ome.tif" if kind == "ome" else "cells.tif")
    tifffile.imwrite(name, FRAMES, photometric="minisblack", **options)
    return name


def bytes_sent(server: RangeServer) -> int:
    ranges = [each.removeprefix("bytes=").split("-") for each in server.requests]
    return sum(int(last) - int(first) + 1 for first, last in ranges)


@pytest.mark.parametrize(("kind", "most"), [("imagej", 8), ("ome", len(FRAMES) + 8), ("h5", 10)])
def test_a_large_original_is_read_by_ranges(
    kind: str, most: int, server: RangeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_COPIED_NBYTES", 0)
    monkeypatch.setattr(preview, "_REMOTE_SAMPLE_NBYTES", 200_000)
    path = write_original(kind, tmp_path)
    url = f"{server.url}/{path.name}"
    server.files[f"/{path.name}"] = path.read_bytes()
    with jpkl.open(f"{url}?signature=secret", display_range=(0, 4000)) as jp:
        assert isinstance(jp, OriginalStack)
        expected = JPkl(FRAMES[17], axes="YX", display_range=(0, 4000), jpeg_tables="standard")
        np.testing.assert_array_equal(jp[..., 17], expected[...])
        assert len(server.requests) <= most
        if kind != "ome":  # whose directories are between the planes
            assert bytes_sent(server) < path.stat().st_size / 2
        with pickle.loads(pickle.dumps(jp)) as again:
            np.testing.assert_array_equal(again[..., 17], expected[...])
        with pytest.raises(JPklError, match="it is read where it is: jpkl encode http"):
            conversion_of(jp).wait()
        server.version += 1
        with pytest.raises(JPklError, match=r"/cells.* has changed") as raised:
            jp[..., 30]
        assert "secret" not in str(raised.value)
    assert not left()


@pytest.mark.parametrize("name", ["cluster.nd2", "EMD-3001.map", "toxo.dv"])
def test_files_of_microscopes_are_read_by_ranges_as_they_are_here(
    name: str, server: RangeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_COPIED_NBYTES", 0)
    path = shared_data("formats") / name
    server.files[f"/{name}"] = path.read_bytes()
    with jpkl.open(f"{server.url}/{name}") as jp, open_image(path) as here:
        assert isinstance(jp, OriginalStack)
        assert not left()
        there = jp.original.source
        assert (there.axes, there.metadata) == (here.axes, here.metadata)
        np.testing.assert_array_equal(np.asarray(there.array[...]), np.asarray(here.array[...]))
    server.files[f"/packed-{name}"] = gzip.compress(path.read_bytes()) if name[-4:] == ".map" else b"old"
    assert path_by_ranges(f"{server.url}/packed-{name}") is None or name[-3:] == ".dv"


def test_what_is_asked_of_part_of_an_original_takes_that_part(
    server: RangeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(remote, "_COPIED_NBYTES", 0)
    path = write_original("imagej", tmp_path)
    server.files["/cells.tif"] = path.read_bytes()
    url = f"{server.url}/cells.tif"
    assert main(["info", url]) == 0
    assert "shape     40 x 256 x 200" in capsys.readouterr().out
    assert main(["encode", url, "some.jpkl", "--select", "time=3:5"]) == 0
    assert bytes_sent(server) < path.stat().st_size / 2
    assert main(["encode", str(path), "local.jpkl", "--select", "time=3:5"]) == 0
    assert Path("some.jpkl").read_bytes() == Path("local.jpkl").read_bytes()
    assert not left()


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_are_read_by_ranges(
    order: Literal["C", "F"], server: RangeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_COPIED_NBYTES", 0)
    pixels = np.ascontiguousarray(FRAMES).astype(">u2") if order == "C" else FRAMES.transpose(1, 2, 0)
    saved = io.BytesIO()
    np.save(saved, np.asarray(pixels, order=order))
    server.files["/cells.npy"] = saved.getvalue()
    with jpkl.open(f"{server.url}/cells.npy", axes="TYX" if order == "C" else "YXT") as jp:
        assert isinstance(jp, OriginalStack)
        expected = JPkl(FRAMES, axes="TYX", jpeg_tables="standard", display_range=jp.display_range)
        np.testing.assert_array_equal(jp[..., 17], expected[..., 17])
        there = jp.original.source.array
        keys = [3, (slice(2, 30, 7), slice(None, None, -1)), (..., slice(5, 9)), (slice(0, 0),), (-1, ..., 4)]
        for key in [*keys, ([2, 0, 5], slice(3, 50)), ()]:
            np.testing.assert_array_equal(there[key], pixels[key])
    server.requests.clear()
    assert path_by_ranges(f"{server.url}/cells.npy") is not None
    assert bytes_sent(server) < 100_000
    # Of axes that have no names, rows and columns come first.
    is_in_pieces = path_by_ranges(f"{server.url}/cells.npy", axes=None) is None
    assert is_in_pieces == (order == "C")
    for axes in ("TYX", "YXT"):
        is_in_pieces = path_by_ranges(f"{server.url}/cells.npy", axes=axes) is None
        assert is_in_pieces == (axes != ("TYX" if order == "C" else "YXT"))
    np.save(saved := io.BytesIO(), np.ascontiguousarray(FRAMES.transpose(1, 2, 0)))
    server.files["/mixed.npy"] = saved.getvalue()  # of which each frame is all over the file
    server.files["/cut.npy"] = server.files["/cells.npy"][:-1]
    assert path_by_ranges(f"{server.url}/mixed.npy") is None
    with pytest.raises(
        ValueError, match=r"cut\.npy: not a readable \.npy file of numbers: 1 bytes of its array"
    ):
        jpkl.open(f"{server.url}/cut.npy", axes="TYX" if order == "C" else "YXT")
    assert not left()


@pytest.mark.parametrize(
    "header", ["'descr': '<u2', 'shape': (-1, 8, 8)", "'descr': ('<u2', (3,)), 'shape': (4, 8, 8)"]
)
def test_odd_headers_of_arrays_are_read_at_a_url_as_on_the_disk(
    header: str, server: RangeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_COPIED_NBYTES", 0)
    text = f"{{{header}, 'fortran_order': False}}\n".encode()
    content = b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text + bytes(1536)
    Path("odd.npy").write_bytes(content)
    server.files["/odd.npy"] = content
    said = []
    for path in ("odd.npy", f"{server.url}/odd.npy"):
        try:
            with jpkl.open(path) as jp:
                said.append(str(jp.shape))
        except ValueError as error:
            said.append(str(error).partition("odd.npy: ")[2])
    assert said[0] == said[1] != ""
    assert not left()


@pytest.mark.parametrize("version", [1, 2])
def test_volumes_are_read_by_ranges_unless_they_are_packed(
    version: int, server: RangeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nibabel = pytest.importorskip("nibabel")
    monkeypatch.setattr(remote, "_COPIED_NBYTES", 0)
    kind = nibabel.Nifti1Image if version == 1 else nibabel.Nifti2Image
    volume = np.random.default_rng(0).integers(0, 900, (80, 70, 20, 3), np.int16)
    kind(volume, np.diag([-2, 2, 3, 1])).to_filename(tmp_path / "brain.nii")
    sagittal = kind(volume, [[0, 0, 3, 0], [2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 0, 1]])
    sagittal.to_filename(tmp_path / "turned.nii")
    kind(volume.T, [[0, 0, 2, 0], [0, 2, 0, 0], [3, 0, 0, 0], [0, 0, 0, 1]]).to_filename(
        tmp_path / "over.nii"
    )
    packed = gzip.compress((tmp_path / "brain.nii").read_bytes())
    server.files["/brain.nii.gz"] = packed
    for name in ("brain.nii", "turned.nii", "over.nii"):
        server.files[f"/{name}"] = (tmp_path / name).read_bytes()
    for name in ("brain.nii", "turned.nii"):
        server.requests.clear()
        with jpkl.open(f"{server.url}/{name}") as jp, open_image(tmp_path / name) as here:
            assert isinstance(jp, OriginalStack)
            there = jp.original.source
            assert (there.axes, there.metadata) == (here.axes, here.metadata)
            np.testing.assert_array_equal(there.array[1, 7], here.array[1, 7])
            np.testing.assert_array_equal(np.asarray(there.array[...]), np.asarray(here.array[...]))
    for name in ("brain.nii.gz", "over.nii"):
        assert path_by_ranges(f"{server.url}/{name}") is None
    assert not left()


def test_a_zarr_is_read_where_it_is(server: RangeServer, tmp_path: Path) -> None:
    zarr = pytest.importorskip("zarr")
    group = zarr.open_group(tmp_path / "a.zarr", mode="w", zarr_format=2)
    group.create_array("0", shape=(5, 64, 48), chunks=(1, 64, 48), dtype="u2")[:] = FRAMES[:5, :64, :48]
    axes = [{"name": name} for name in "tyx"]
    group.attrs["multiscales"] = [{"axes": axes, "datasets": [{"path": "0"}]}]
    store = fsspec.filesystem("memory")
    for file in (each for each in (tmp_path / "a.zarr").rglob("*") if each.is_file()):
        name = file.relative_to(tmp_path).as_posix()
        store.pipe(f"/bucket/{name}", file.read_bytes())
        server.files[f"/{name}"] = file.read_bytes()
    for url in (f"{server.url}/a.zarr", "memory://bucket/a.zarr"):
        with jpkl.open(url, display_range=(0, 4000)) as jp:
            assert jp.dim_names == ("time",)
            expected = JPkl(FRAMES[3, :64, :48], axes="YX", display_range=(0, 4000), jpeg_tables="standard")
            np.testing.assert_array_equal(jp[..., 3], expected[...])
    assert {path for path, _ in server.asked if path.startswith("/a.zarr/0/") and path[-1] == "0"} == {
        "/a.zarr/0/3.0.0"
    }
    with pytest.raises(ValueError, match=r"b\.zarr: not a readable Zarr file: "):
        jpkl.open(f"{server.url}/b.zarr")
    assert not left()


def test_folders_of_a_web_server_that_are_within_themselves(server: RangeServer) -> None:
    links = ("again/", "a.jpkl", "../up.jpkl", "/b.jpkl")
    page = "".join(f'<a href="{link}">x</a>' for link in links).encode()
    for depth in range(30):
        path = f"/f/{'again/' * depth}"
        server.files.update({path: page, path.rstrip("/"): page})
    names = [entry.name for entry in list_files(f"{server.url}/f/")]
    assert names[:2] == ["a.jpkl", "again/a.jpkl"]
    assert all(name.endswith("a.jpkl") for name in names)
    assert len(server.asked) < 15


def test_nothing_of_an_archive_is_written_outside_of_the_copy(tmp_path: Path) -> None:
    here, archive = tmp_path / "a" / "b", tmp_path / "x.zip"
    here.mkdir(parents=True)
    outside = (
        "../evil.png",
        "sub/../../../evil.png",
        "..",
        r"..\evil.png",
        r"sub\..\..\evil.png",
        r"C:\evil.png",
    )
    with zipfile.ZipFile(archive, "w") as packed:
        for name in ("first.png", "sub/second..png", *outside):
            packed.writestr(f"data.png/{name}", b"x")
    url = f"zip://data.png::{archive.as_uri()}"
    assert [entry.name for entry in list_files(url)] == ["first.png", "sub/second..png"]
    download.download(url, here / "data.png")
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {"x.zip", "a/b/data.png/first.png", "a/b/data.png/sub/second..png"}


def test_a_folder_of_an_object_store(tmp_path: Path) -> None:
    JPkl(PIXELS).save(tmp_path / "saved.jpkl")
    store = fsspec.filesystem("memory")
    store.makedirs("/bucket/exp/day 2", exist_ok=True)
    for name in ("a10.jpkl", "a2.jpkl", "day 2/b.jpkl", "raw.tif"):
        store.pipe(f"/bucket/exp/{name}", (tmp_path / "saved.jpkl").read_bytes())
    library = Library("memory://bucket/exp/")
    assert library.folder.name == "exp"
    assert [file.name for file in library.list().stacks] == ["a2.jpkl", "a10.jpkl", "day 2/b.jpkl"]
    with library.open("day 2/b.jpkl").jp as jp:
        assert jp.shape == PIXELS.shape
    assert library.details("a2.jpkl").thumbnail.startswith(b"\xff\xd8")
    store.pipe("/bucket/exp/a2.jpkl", b"broken")
    assert "bucket" not in library.details("a2.jpkl").error
    for name in ("../other.jpkl", "raw.tif", "c.jpkl"):
        with pytest.raises(NotInFolderError):
            library.open(name)
    with pytest.raises(ValueError, match="written"):
        library.convert("a2.jpkl")
