"""Stacks and image files in a bucket, on a server that speaks the protocol of S3."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import jpkl
from jpkl import JPkl, MissingDependencyError
from jpkl._bytes import transport
from jpkl._cli import main

fsspec = pytest.importorskip("fsspec")
pytest.importorskip("s3fs")
moto = pytest.importorskip("moto.server")

PIXELS = np.random.default_rng(0).integers(0, 256, (8, 64, 48), np.uint8)


@pytest.fixture(scope="module")
def options() -> Iterator[dict[str, Any]]:
    """Of an empty bucket."""
    server = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    options = {"key": "user", "secret": "word", "client_kwargs": {"endpoint_url": url}}
    fsspec.filesystem("s3", **options).mkdir("bucket")
    yield options
    server.stop()


@pytest.fixture
def configured(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same as the command line takes them."""
    monkeypatch.setitem(fsspec.config.conf, "s3", options)


def one_frame(jp: JPkl) -> bytes:
    frame: bytes = jp[..., 3].tobytes()
    return frame


def test_a_stack_is_written_and_read(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_WAITS", (0.001,))
    url = "s3://bucket/exp/cells.jpkl"
    with fsspec.open(url, "wb", **options) as file:
        jpkl.encode(PIXELS, file, axes="TYX")
    with JPkl.load(url, storage_options=options) as jp:
        np.testing.assert_array_equal(np.asarray(jp), np.asarray(JPkl(PIXELS, axes="TYX")))
        assert jp.path == url
        with get_context("spawn").Pool(1) as pool:
            assert pool.apply(one_frame, (jp,)) == jp[..., 3].tobytes()
    with pytest.raises(FileNotFoundError, match="There is no such file on the server: 's3://bucket/none"):
        JPkl.load("s3://bucket/none.jpkl", storage_options=options)
    with pytest.raises(PermissionError, match=r"s3://bucket/exp/cells\.jpkl: Forbidden"):
        JPkl.load(url, storage_options={"anon": True, "client_kwargs": options["client_kwargs"]})


@pytest.mark.usefixtures("configured")
def test_commands_take_image_files_and_folders_of_a_bucket(
    options: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("raw.npy", PIXELS)
    fsspec.filesystem("s3", **options).put("raw.npy", "bucket/raw/raw.npy")
    assert main(["encode", "s3://bucket/raw/raw.npy", "there.jpkl", "--axes", "TYX"]) == 0
    assert main(["encode", "raw.npy", "here.jpkl", "--axes", "TYX"]) == 0
    assert Path("there.jpkl").read_bytes() == Path("here.jpkl").read_bytes()
    capsys.readouterr()
    assert main(["info", "s3://bucket/raw/raw.npy", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["scenes"][0]["shape"] == [8, 64, 48]
    assert main(["info", "s3://bucket/raw/none.npy"]) == 2
    assert "s3://bucket/raw/none.npy: There is no such file on the server" in capsys.readouterr().err


def test_what_s3_needs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(import_module("fsspec.registry")._registry, "s3", raising=False)
    with pytest.raises(MissingDependencyError, match=r'package, s3fs: pip install "jpkl\[s3\]"'):
        JPkl.load("s3://bucket/exp/cells.jpkl")
