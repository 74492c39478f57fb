"""Stacks behind URLs, on a real web server: how many requests, and what becomes of each fault."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import zipfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import jpkl
from jpkl import ClosedStackError, FormatError, JPkl
from jpkl._bytes import transport
from jpkl._cli import main
from tests.tools.range_server import RangeServer, range_server

pytest.importorskip("fsspec")
pytest.importorskip("aiohttp")

N = 40


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    noise = np.random.default_rng(1).integers(0, 256, (160, 160, N), np.uint8)
    path = tmp_path_factory.mktemp("remote") / "stack.jpkl"
    JPkl(noise, dim_names=["t"]).save(path)
    return path


@pytest.fixture
def server(saved: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RangeServer]:
    monkeypatch.setattr(transport, "_WAITS", (0.001,) * 4)
    with range_server() as served:
        served.files["/stack.jpkl"] = saved.read_bytes()
        yield served


def test_opening_takes_two_requests_and_a_frame_one(server: RangeServer, saved: Path) -> None:
    with JPkl.load(saved) as local, JPkl.load(f"{server.url}/stack.jpkl") as jp:
        assert (jp.shape, jp.metadata, jp.path) == (local.shape, local.metadata, f"{server.url}/stack.jpkl")
        assert len(server.requests) == 2
        places = jp._store.places  # type: ignore[attr-defined]
        np.testing.assert_array_equal(jp[..., 17], local[..., 17])
        start = places.offsets[17]
        assert server.requests[2:] == [f"bytes={start}-{start + places.lengths[17] - 1}"]
    with pytest.raises(ClosedStackError):
        jp[..., 3]


def test_neighbors_come_together_and_others_at_once(server: RangeServer, saved: Path) -> None:
    server.latency = 0.02
    with JPkl.load(saved) as local, JPkl.load(f"{server.url}/stack.jpkl") as jp:
        server.most_at_once = 0
        np.testing.assert_array_equal(np.asarray(jp), np.asarray(local))
        assert len(server.requests) - 2 <= 12  # of 40 frames
        assert server.most_at_once >= 4
        np.testing.assert_array_equal(jp[..., ::-7], local[..., ::-7])


def test_all_frames_are_read_ahead(server: RangeServer, saved: Path, tmp_path: Path) -> None:
    with JPkl.load(f"{server.url}/stack.jpkl") as jp:
        jp.save(tmp_path / "copy.jpkl")
    assert (tmp_path / "copy.jpkl").read_bytes() == saved.read_bytes()
    assert len(server.requests) < 8
    with JPkl.load(f"{server.url}/stack.jpkl", lazy=False) as whole:
        server.faults = ["404"] * 99
        assert whole[0, 0, 0] == whole[..., 0][0, 0]


@pytest.mark.parametrize("fault", ["drop", "half", "500", "503"])
def test_what_may_pass_is_tried_again(fault: str, server: RangeServer, saved: Path) -> None:
    server.faults = [fault, fault]
    with JPkl.load(saved) as local, JPkl.load(f"{server.url}/stack.jpkl") as jp:
        server.faults = [fault]
        np.testing.assert_array_equal(jp[..., 9], local[..., 9])
        server.faults = [fault] * 20
        with pytest.raises(OSError, match=r"stack\.jpkl: .*after 5 attempts"):
            jp[..., 9]
        server.faults.clear()
        np.testing.assert_array_equal(jp[..., 9], local[..., 9])


def test_no_more_is_read_of_an_endless_answer_than_was_asked_for(server: RangeServer, saved: Path) -> None:
    with JPkl.load(saved) as local, JPkl.load(f"{server.url}/stack.jpkl") as jp:
        server.faults = ["endless", "packed"]
        np.testing.assert_array_equal(jp[..., 9], local[..., 9])
        assert server.n_endless < 2**26  # what sockets keep on both sides
    server.faults = ["many digits"]
    with pytest.raises(OSError, match="does not say which part"):
        JPkl.load(f"{server.url}/stack.jpkl")


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/x.jpkl", "data:,x", "http://[", "/stack.jpkl?x=1", ""]
)
def test_redirections_lead_to_web_servers_alone(target: str, server: RangeServer) -> None:
    server.redirects["/stack.jpkl"] = target
    with pytest.raises((OSError, ValueError), match=r"^http://\S+/stack\.jpkl: "):
        JPkl.load(f"{server.url}/stack.jpkl?signature=secret")


def test_a_redirection_off_the_web_is_an_error_at_once_without_its_address(server: RangeServer) -> None:
    server.redirects["/stack.jpkl"] = "ftp://me:word@elsewhere/stack.jpkl"
    with pytest.raises(OSError, match=r"/stack\.jpkl: the server redirects to what is not on the web$"):
        JPkl.load(f"{server.url}/stack.jpkl")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "kind"), [("404", FileNotFoundError), ("403", PermissionError), ("400", OSError)]
)
def test_what_will_not_pass_is_an_error_at_once(
    status: str, kind: type[OSError], server: RangeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"{server.url}/stack.jpkl?signature=secret"
    server.faults = [status, status]
    with pytest.raises(kind) as caught:
        JPkl.load(url)
    assert main(["info", url]) == 2
    for said in (str(caught.value), capsys.readouterr().err):
        assert f"{server.url}/stack.jpkl" in said
        assert "secret" not in said
        assert "Traceback" not in said
    assert len(server.asked) == 2


def test_secrets_are_not_in_messages(server: RangeServer) -> None:
    url = f"{server.url}/stack.jpkl?signature=secret".replace("://", "://me:word@")
    with JPkl.load(url) as jp:
        assert jp.path == f"{server.url}/stack.jpkl"
        server.files.clear()
        with pytest.raises(FileNotFoundError) as caught:
            jp[..., 9]
    assert "secret" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert "word" not in str(caught.value)


@pytest.mark.parametrize("has_tags", [True, False])
def test_versions_are_not_mixed(has_tags: bool, server: RangeServer) -> None:
    server.has_tags = has_tags
    with JPkl.load(f"{server.url}/stack.jpkl") as jp:
        old = server.files["/stack.jpkl"]
        server.files["/stack.jpkl"] = old if has_tags else bytes(len(old))
        server.version += 1
        with pytest.raises(FormatError if has_tags else jpkl.FrameChecksumError, match=r"changed|differs"):
            jp[..., 9]
        server.files["/stack.jpkl"] = old[:-1]
        with pytest.raises(FormatError, match="it has changed on the server"):
            np.asarray(jp)


def test_a_server_without_ranges(server: RangeServer, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.has_ranges = False
    with JPkl.load(saved) as local, JPkl.load(f"{server.url}/stack.jpkl") as jp:
        np.testing.assert_array_equal(np.asarray(jp), np.asarray(local))
        again = pickle.loads(pickle.dumps(jp))
        np.testing.assert_array_equal(again[..., 5], local[..., 5])
    assert len(server.requests) == 2
    monkeypatch.setattr("jpkl._bytes.http.MAX_WHOLE", 10_000)
    with pytest.raises(OSError, match=r"stack\.jpkl: the server sends files as a whole only .*simplecache::"):
        JPkl.load(f"{server.url}/stack.jpkl")


def test_redirections_are_followed_once_and_credentials_stay(server: RangeServer, saved: Path) -> None:
    server.redirects["/latest"] = "/stack.jpkl?for=a-minute"
    with JPkl.load(saved) as local, JPkl.load(f"{server.url}/latest") as jp:
        jp[..., 11]
        assert [path for path, _ in server.asked].count("/latest") == 1
        server.faults = ["403"]  # the target is no longer valid
        np.testing.assert_array_equal(jp[..., 22], local[..., 22])
    server.asked.clear()
    options = {"headers": {"X-Token": "word"}}
    with JPkl.load(f"{server.url}/latest", storage_options=options) as jp:
        jp[..., 11]
    assert [path for path, _ in server.asked].count("/latest") == 3
    assert all(headers["X-Token"] == "word" for _, headers in server.asked)


def test_options_reach_the_server_from_xarray_and_recover(
    server: RangeServer, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    xarray = pytest.importorskip("xarray")
    options = {"headers": {"X-Token": "word"}}
    url = f"{server.url}/stack.jpkl?signature=secret"
    opened = xarray.open_dataset(url, engine="jpkl", storage_options=options)
    with JPkl.load(saved) as local, opened as dataset:
        np.testing.assert_array_equal(dataset["images"][..., 11], local[..., 11])
    given = ["--storage-options", json.dumps(options)]
    again = str(tmp_path / "again.jpkl")
    assert main(["recover", url, again, *given]) == main(["recover", url, again, *given, "--force"]) == 0
    assert main(["verify", url, *given]) == 0
    assert all(headers["X-Token"] == "word" for _, headers in server.asked)
    server.files["/stack.jpkl"] = b"\x80\x04}q\x00" * 99
    assert main(["recover", url, str(tmp_path / "none.jpkl"), *given]) == 2
    said = capsys.readouterr().err
    assert f"{server.url}/stack.jpkl" in said
    assert "secret" not in said
    with pytest.raises(SystemExit):
        main(["verify", url, "--storage-options", "anon"])


def test_empty_and_other_files(server: RangeServer) -> None:
    server.files |= {"/empty.jpkl": b"", "/page.jpkl": b"<html>" * 99}
    with pytest.raises(FormatError, match=r"empty\.jpkl"):
        JPkl.load(f"{server.url}/empty.jpkl")
    with pytest.raises(FormatError, match=r"page\.jpkl"):
        JPkl.load(f"{server.url}/page.jpkl")
    with pytest.raises(OSError, match=r"127\.0\.0\.1:1/x\.jpkl: .*onnect"):
        JPkl.load("http://127.0.0.1:1/x.jpkl")
    with pytest.raises((OSError, ValueError), match=r"nothing://x\.jpkl"):
        JPkl.load("nothing://x.jpkl")
    with pytest.raises(TypeError, match="storage_options"):
        JPkl.load("x.jpkl", storage_options={"anon": True})


def test_without_trailer(server: RangeServer) -> None:
    images = {(i,): bytes([i]) * 300_000 for i in range(3)}
    fields = {
        "header": ("JPkl", "1"),
        "color": False,
        "jpeg_quality": 90,
        "dim_names": ["t"],
        "dim_sizes": (3,),
    }
    server.files["/old.jpkl"] = pickle.dumps({**fields, "metadata": {}, "images": images}, 4)

    class AsStored(JPkl):
        def decode_slice(self, data: bytes) -> Any:
            return np.frombuffer(data, np.uint8).reshape(500, 600)

    with AsStored.load(f"{server.url}/old.jpkl") as jp:
        assert jp[3, 4].tolist() == [0, 1, 2]


def _mean(jp: JPkl, index: int) -> float:
    return float(jp[..., index].mean())


@pytest.mark.parametrize(
    ("method", "form"),
    [("fork", "{}/stack.jpkl"), ("spawn", "{}/stack.jpkl"), ("fork", "zip://stack.jpkl::{}/all.zip")],
)
def test_other_processes(method: str, form: str, server: RangeServer, saved: Path, tmp_path: Path) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip("no such way to start a process here")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(saved, "stack.jpkl")
    server.files["/all.zip"] = (tmp_path / "all.zip").read_bytes()
    context = multiprocessing.get_context(method)
    with JPkl.load(saved) as local, JPkl.load(form.format(server.url)) as jp:
        assert _mean(jp, 5) == _mean(local, 5)
        with ProcessPoolExecutor(1, context) as pool:
            assert pool.submit(_mean, jp, 7).result(timeout=60) == _mean(local, 7)
        assert _mean(jp, 8) == _mean(local, 8)
        sent = pickle.dumps(jp)
        server.version += 1
        server.files["/stack.jpkl"] += b"x"
        server.files["/all.zip"] = server.files["/all.zip"][:-1]
        with pytest.raises((FormatError, OSError), match=r"stack\.jpkl"):
            _mean(pickle.loads(sent), 8)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_an_open_stack_in_a_forked_child(server: RangeServer, saved: Path) -> None:
    with JPkl.load(saved) as local, JPkl.load(f"{server.url}/stack.jpkl") as jp:
        expected = int(local[..., 7].sum()) % 200
        child = os.fork()
        if not child:
            os._exit(int(jp[..., 7].sum()) % 200)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == expected
        np.testing.assert_array_equal(jp[..., 9], local[..., 9])


def test_caches_archives_and_files(server: RangeServer, saved: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(saved, "in/stack.jpkl")
    options = {"simplecache": {"cache_storage": str(tmp_path / "cache")}}
    urls: list[tuple[str, Any]] = [
        (f"simplecache::{server.url}/stack.jpkl", options),
        (f"zip://in/stack.jpkl::{tmp_path / 'all.zip'}", None),
        (saved.as_uri(), None),
    ]
    with JPkl.load(saved) as local:
        for url, given in urls:
            with JPkl.load(url, storage_options=given) as jp:
                np.testing.assert_array_equal(np.asarray(jp), np.asarray(local))
            with pytest.raises(ClosedStackError):
                jp[..., 0]
    with pytest.raises(OSError, match=r"zip://other\.jpkl::.*all\.zip"):
        JPkl.load(f"zip://other.jpkl::{tmp_path / 'all.zip'}")


def test_an_object_store(saved: Path) -> None:
    """Any asynchronous file system, as those of S3 and other stores are."""
    fsspec = pytest.importorskip("fsspec")
    from fsspec.asyn import AsyncFileSystem

    stored = {"bucket/stack.jpkl": saved.read_bytes()}
    asked: list[Any] = []

    class Store(AsyncFileSystem):
        protocol = "teststore"

        async def _info(self, path: str, **kwargs: Any) -> dict[str, Any]:
            asked.append("info")
            if path not in stored:
                raise FileNotFoundError(path)
            data = stored[path]
            return {"name": path, "type": "file", "size": len(data), "ETag": str(hash(data))}

        async def _cat_file(self, path: str, start: int = 0, end: int = 0, **kwargs: Any) -> bytes:
            asked.append((start, end))
            if len(asked) == 5:
                raise ConnectionResetError("gone")
            return stored[path][start:end]

    fsspec.register_implementation("teststore", Store, clobber=True)
    with JPkl.load(saved) as local, JPkl.load("teststore://bucket/stack.jpkl") as jp:
        assert len(asked) == 3  # its size, its beginning, its end
        np.testing.assert_array_equal(jp[..., 17], local[..., 17])
        assert len(asked) == 4
        np.testing.assert_array_equal(np.asarray(jp), np.asarray(local))
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(jp))[..., 9], local[..., 9])
        for other in (stored["bucket/stack.jpkl"][::-1], b""):
            stored["bucket/stack.jpkl"] = other
            with pytest.raises(FormatError, match=r"stack\.jpkl: .* since it was opened; load it again"):
                jp[..., 9]
    with pytest.raises(FileNotFoundError, match="no such file on the server"):
        JPkl.load("teststore://bucket/other.jpkl")
