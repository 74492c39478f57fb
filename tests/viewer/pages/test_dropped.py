"""Copies of files that are dropped onto a page: of the server's own pages, complete, until it ends."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

pytest.importorskip("panel")

from jpkl_viewer.limits import DROPPED
from jpkl_viewer.pages.app import _opener, _viewer, _with_dropped
from jpkl_viewer.pages.direct import Door
from jpkl_viewer.pages.dropped import DroppedFiles, NotDroppedError, _check_name
from jpkl_viewer.pages.message import NotShownError
from tornado.httpclient import AsyncHTTPClient
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from jpkl import JPkl
from jpkl.toolkit import OriginalStack, conversion_of
from tests.viewer import stacks
from tests.viewer.pages.test_direct import run_with


@pytest.fixture
def dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DroppedFiles]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    files = DroppedFiles()
    yield files
    files.close()
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("stack") / "a.jpkl"
    stacks.ramp((3,)).save(path)
    return path.read_bytes()


def copy(files: DroppedFiles, name: str, content: bytes, beside: str = "") -> str:
    key = files.begin(name, len(content), content[:4096], beside)
    for at in range(0, len(content), 100_000):
        files.copy_of(key).append(at, content[at : at + 100_000])
    return key


def add(files: DroppedFiles, name: str, content: bytes) -> str:
    key = copy(files, name, content)
    assert files.add(key) == key
    return key


def tiff(pixels: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, photometric="minisblack")
    return file.getvalue()


def test_a_copy_is_opened_under_its_name(dropped: DroppedFiles, stack: bytes) -> None:
    first, second = add(dropped, "a.jpkl", stack), add(dropped, "a.jpkl", stack)
    assert first != second
    jp = dropped.open(first).jp
    assert Path(str(jp.path)).name == "a.jpkl"
    assert jp.shape == dropped.open(second).jp.shape


@pytest.mark.parametrize("name", ["cells [1].tif", "cells", "細胞 a\u202fb.tif"])
def test_an_original_is_opened_and_encoded_beside_its_copy(
    dropped: DroppedFiles, tmp_path: Path, name: str
) -> None:
    pixels = np.arange(3 * 40 * 50, dtype=np.uint16).reshape(3, 40, 50)
    key = add(dropped, name, tiff(pixels))
    jp = dropped.open(key).jp
    assert isinstance(jp, OriginalStack)
    assert jp.shape == (40, 50, 3)
    encoded = conversion_of(jp).wait()
    assert encoded.is_relative_to(tmp_path)
    assert not isinstance(dropped.open(key).jp, OriginalStack), "it is shown as it was encoded"
    other = dropped.open(key, axes="ZYX").jp
    assert isinstance(other, OriginalStack)
    assert other.target is not None
    assert other.target.is_relative_to(tmp_path), "nothing of it gets into the cache"
    with pytest.raises(NotDroppedError, match="axes"):
        dropped.open(key, axes="TZCYX")


def test_a_sequence_of_pictures_is_one_stack_and_two_are_two(dropped: DroppedFiles) -> None:
    def picture(level: int) -> bytes:
        file = io.BytesIO()
        Image.fromarray(np.full((40, 50), level, np.uint8)).save(file, "PNG")
        return file.getvalue()

    def drop(*levels: int) -> list[str]:
        keys: list[str] = []
        for i, level in enumerate(levels):
            keys.append(copy(dropped, f"cell_t{i}.png", picture(level), beside=keys[0] if keys else ""))
        return keys

    keys = drop(20, 60, 100)
    assert [dropped.add(key) for key in keys] == keys[:1] * 3
    jp = dropped.open(keys[0]).jp
    assert (jp.shape, jp[5, 5].tolist()) == ((40, 50, 3), [20, 60, 100])
    assert Path(str(jp.path)).name == "cell", "it is called as its files are"
    (again, *_) = drop(20, 60, 100)
    assert Path(str(dropped.open(dropped.add(again)).jp.path)).name == "cell"
    pair = drop(20, 60)
    assert [dropped.add(key) for key in pair] == pair, "which are compared"


def test_files_of_one_drop_find_each_other(dropped: DroppedFiles) -> None:
    nibabel = pytest.importorskip("nibabel")
    image = nibabel.Nifti1Pair(np.zeros((4, 5, 6), np.uint8), np.eye(4))
    files = {kind: io.BytesIO() for kind in ("header", "image")}
    image.to_file_map({k: nibabel.FileHolder(fileobj=file) for k, file in files.items()})
    key = copy(dropped, "a.hdr", files["header"].getvalue())
    pixels = copy(dropped, "a.img", files["image"].getvalue(), beside=key)
    assert [dropped.add(each) for each in (key, pixels)] == [key, key], "they are one stack"
    assert dropped.open(key).jp.size == 4 * 5 * 6
    image = copy(dropped, "a.img", files["image"].getvalue())
    key = copy(dropped, "a.hdr", files["header"].getvalue(), beside=image)
    assert [dropped.add(each) for each in (image, key)] == [key, key], "whichever comes first"
    alone = copy(dropped, "a.hdr", files["header"].getvalue())
    with pytest.raises(NotDroppedError, match=r"^a\.hdr cannot be shown: "):
        dropped.add(alone)


@pytest.mark.parametrize("name", ["../a.jpkl", "a\\b.jpkl", "/etc/a.jpkl", "a\0.jpkl", "", "..", "ä" * 200])
def test_names_that_lead_elsewhere_are_refused(dropped: DroppedFiles, name: str) -> None:
    with pytest.raises(NotDroppedError, match="Rename it"):
        dropped.begin(name, 10, b"\x80")


@pytest.mark.parametrize(
    ("name", "is_taken"),
    [
        ("NUL", False),
        ("aux.tif", False),
        ("Com1 .npy", False),
        ("lpt\xb2.a.npy", False),
        ("a.npy:stream", False),
        ("a.npy.", False),
        ("a?.npy", False),
        ("com.npy", True),
        ("nullable.npy", True),
        ("a.con", True),
    ],
)
def test_windows_has_names_that_are_devices(
    monkeypatch: pytest.MonkeyPatch, name: str, is_taken: bool
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "name", "nt")
        if is_taken:
            _check_name(name)
        else:
            with pytest.raises(NotDroppedError, match="Rename it"):
                _check_name(name)
    if os.name != "nt":
        _check_name(name)


@pytest.mark.parametrize(
    ("name", "head", "said"),
    [
        ("notes.txt", b"hello", r"^notes.txt cannot be shown: the format '.txt' is not supported"),
        ("notes", b"hello", "a file without a suffix is not supported"),
        ("a.vsi", b"II*\0", "bfconvert a.vsi"),
        ("a.tif", b"", "is empty"),
    ],
)
def test_what_nothing_reads_is_refused_by_its_first_bytes(
    dropped: DroppedFiles, tmp_path: Path, name: str, head: bytes, said: str
) -> None:
    with pytest.raises(NotDroppedError, match=said):
        dropped.begin(name, 10**6 if head else 0, head)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_reader_that_is_not_installed_is_named_before_the_file_has_come(
    dropped: DroppedFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nd2", None)
    with pytest.raises(NotDroppedError, match=r"a\.nd2 cannot be shown: .*nd2: pip install"):
        dropped.begin("a.nd2", 10**6, b"\xda\xce\xbe\n" * 100)


def test_a_copy_that_cannot_be_read_is_removed(dropped: DroppedFiles, tmp_path: Path) -> None:
    with pytest.raises(NotDroppedError, match=r"^bad.jpkl cannot be shown: not a JPkl file"):
        add(dropped, "bad.jpkl", b"nothing")
    with pytest.raises(NotDroppedError, match=r"^bad.tif cannot be shown: ") as caught:
        add(dropped, "bad.tif", tiff(np.zeros((3, 40, 50), np.uint8))[:200])
    assert str(tmp_path) not in str(caught.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_part_of_a_file_is_not_taken_for_it(dropped: DroppedFiles, stack: bytes) -> None:
    key = dropped.begin("a.jpkl", len(stack), stack[:10])
    dropped.copy_of(key).append(0, stack[:-1])
    with pytest.raises(NotDroppedError, match=f"{len(stack) - 1} of {len(stack)} bytes have come"):
        dropped.add(key)


def test_parts_come_in_turn_and_not_more_than_was_said(dropped: DroppedFiles) -> None:
    copy = dropped.copy_of(dropped.begin("a.jpkl", 10, b""))
    copy.append(0, b"12345")
    for at, part in [(0, b"12345"), (6, b"1"), (5, b"123456"), (-1, b"1")]:
        with pytest.raises(NotDroppedError, match="out of turn"):
            copy.append(at, part)
    copy.append(5, b"67890")


def test_the_disk_is_not_filled(dropped: DroppedFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(2**40, 0, 2**30 + 1000))
    first = dropped.begin("a.jpkl", 400, b"")
    with pytest.raises(NotDroppedError, match=r"room for a copy of 600 B. .* jpkl view 'my b.tif'"):
        dropped.begin("my b.tif", 601, b"")
    dropped.discard(first)
    dropped.begin("b.jpkl", 1000, b"")


def test_a_disk_that_is_full_all_the_same_is_said(dropped: DroppedFiles, tmp_path: Path) -> None:
    key = dropped.begin("a.jpkl", 2 * 10**6, b"")
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, before[1]))
    try:
        with pytest.raises(NotDroppedError, match=r"^a\.jpkl could not be copied: .*jpkl view a\.jpkl"):
            dropped.copy_of(key).append(0, bytes(2 * 10**6))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    dropped.discard(key)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_copy_whose_page_is_gone_is_given_up(
    dropped: DroppedFiles, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = dropped.begin("a.jpkl", 10, b"")
    later = time.monotonic() + 3600
    monkeypatch.setattr("jpkl_viewer.pages.dropped.time.monotonic", lambda: later)
    dropped.begin("b.jpkl", 10, b"")
    with pytest.raises(NotDroppedError, match="not begun"):
        dropped.copy_of(key)
    assert not list(tmp_path.rglob("a.jpkl"))


def test_a_copy_waits_for_a_large_one_of_the_same_drop(
    dropped: DroppedFiles, monkeypatch: pytest.MonkeyPatch, stack: bytes
) -> None:
    now = time.monotonic()
    first = copy(dropped, "a.jpkl", stack)
    large = dropped.begin("b.jpkl", 10, b"", beside=first)
    for i in range(9):
        monkeypatch.setattr("jpkl_viewer.pages.dropped.time.monotonic", lambda: now + 300 * i)  # noqa: B023
        dropped.copy_of(large).append(i, b"x")
    dropped.begin("c.jpkl", 10, b"", beside=first)
    assert dropped.add(first) == first


def test_what_is_given_up_while_it_is_opened_is_not_kept(
    dropped: DroppedFiles, stack: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = copy(dropped, "a.jpkl", stack)
    load = JPkl.load

    def slowly(path: Path) -> JPkl:
        jp = load(path)
        dropped.discard(key)
        return jp

    monkeypatch.setattr(JPkl, "load", slowly)
    dropped.add(key)
    with pytest.raises(NotDroppedError, match="Drop the file again"):
        dropped.open(key)
    assert not list(tmp_path.rglob("a.jpkl"))


def test_who_opens_a_copy_at_the_same_time_gets_the_same(
    dropped: DroppedFiles, stack: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = copy(dropped, "a.jpkl", stack)
    opened, both_ask = list[Path](), threading.Barrier(2)

    def open_slowly(path: Path) -> JPkl:
        opened.append(path)
        time.sleep(0.05)  # for the other, who would open it as well
        return JPkl.load(path)

    def ask() -> str:
        both_ask.wait(10)
        return dropped.add(key)

    monkeypatch.setattr("jpkl_viewer.pages.dropped._open", open_slowly)
    with ThreadPoolExecutor() as pool:
        answers = [pool.submit(ask) for _ in range(2)]
        assert [answer.result() for answer in answers] == [key, key]
    assert len(opened) == 1
    assert opened[0].exists(), "nobody removes what another shows"
    assert dropped.add(key) == key


def test_a_part_that_comes_twice_at_once_is_written_once(dropped: DroppedFiles) -> None:
    copied = dropped.copy_of(dropped.begin("a.jpkl", 8, b"abcd"))
    write, both_ask = copied._file.write, threading.Barrier(2)

    def write_slowly(part: bytes) -> int:
        time.sleep(0.05)
        return write(part)

    def ask() -> None:
        both_ask.wait(10)
        copied.append(0, b"abcd")

    copied._file = SimpleNamespace(  # type: ignore[assignment]
        write=write_slowly, flush=copied._file.flush, close=copied._file.close
    )
    with ThreadPoolExecutor() as pool:
        answers = [pool.submit(ask) for _ in range(2)]
        assert sum(answer.exception() is None for answer in answers) == 1
    assert copied.path.read_bytes() == b"abcd"


def test_a_page_sends_a_file_and_shows_it(dropped: DroppedFiles, stack: bytes) -> None:
    base = stacks.ramp((2,))
    opener = _with_dropped(_opener(lambda scene, axes: _viewer(base, None, [])), dropped)
    door = Door(opener, {"localhost"}, for_visitors=False, dropped=dropped)

    async def act(port: int) -> None:
        here = {"Origin": f"http://localhost:{port}"}

        async def ask(path: str, method: str = "GET", **options: Any) -> tuple[int, str]:
            url = f"http://localhost:{port}/{path}"
            answer = await AsyncHTTPClient().fetch(url, method=method, raise_error=False, **options)
            return answer.code, answer.body.decode()

        async def send(content: bytes, name: str = "a.jpkl") -> tuple[str, list[tuple[int, str]]]:
            """Copy a file as a page does; gives its key, and what was answered to each step."""
            begin = f"jpkl/dropped?name={name}&nbytes={len(content)}"
            code, text = await ask(begin, "POST", body=content[:4096], headers=here)
            steps, key = [(code, text)], json.loads(text).get("key", "")
            half = len(content) // 2
            for at, part in ((0, content[:half]), (half, content[half:])):
                put = f"jpkl/dropped?key={key}&at={at}"
                steps.append(await ask(put, "PUT", body=part, headers=here))
            patch = {"body": b"", "headers": here}
            steps.append(await ask(f"jpkl/dropped?key={key}", "PATCH", **patch))
            return key, steps

        begin = f"jpkl/dropped?name=a.jpkl&nbytes={len(stack)}"
        for origin in ({}, {"Origin": "http://elsewhere"}, {"Origin": "null"}, {"Origin": "http://["}):
            for method in ("POST", "PUT", "PATCH"):
                assert (await ask(begin, method, body=b"", headers=origin))[0] == 403
            assert (await ask(begin, "DELETE", headers=origin))[0] == 403
        _, steps = await send(b"hello", "notes.txt")
        assert (steps[0][0], "'.txt' is not supported" in steps[0][1]) == (422, True)
        assert [code for code, _ in steps[1:]] == [422] * 3
        for nonsense in ("name=a.jpkl&nbytes=x", "name=a.jpkl&nbytes=-1"):
            assert (await ask(f"jpkl/dropped?{nonsense}", "POST", body=b"", headers=here))[0] == 422

        key, steps = await send(stack)
        assert [code for code, _ in steps] == [200] * 4
        assert '"a.jpkl"' in (await ask(f"?dropped={key}"))[1]
        page = (await ask(f"?with={key}"))[1]
        assert page.index("JPkl in memory") < page.index('"a.jpkl"')
        assert "Drop the file again" in (await ask("?dropped=other"))[1]
        pixels = np.zeros((3, 40, 50), np.uint8)
        key, steps = await send(tiff(pixels), "b.tif")
        assert '"b.tif"' in (await ask(f"?dropped={key}"))[1]
        assert (await ask(f"?dropped={key}&axes=XYZABC"))[0] == 404

        _, text = await ask(begin, "POST", body=b"", headers=here)
        put = f"jpkl/dropped?key={json.loads(text)['key']}&at=0"
        assert (await ask(put, "PUT", body=stack + b"more than was said", headers=here))[0] == 422
        _, text = await ask(begin, "POST", body=b"", headers=here)
        part = DROPPED["part"]
        put = f"jpkl/dropped?key={json.loads(text)['key']}&at=0"
        assert (await ask(put, "PUT", body=bytes(part + 1), headers=here))[0] != 200
        _, text = await ask(begin, "POST", body=b"", headers=here)
        given_up = f"jpkl/dropped?key={json.loads(text)['key']}"
        assert (await ask(given_up, "DELETE", headers=here))[0] == 200
        assert (await ask(f"{given_up}&at=0", "PUT", body=stack, headers=here))[0] == 422

    run_with(door, act)


def test_a_stack_that_was_dropped_and_cannot_be_shown_is_not_said_to_be_gone(
    dropped: DroppedFiles, tmp_path_factory: pytest.TempPathFactory
) -> None:
    empty = tmp_path_factory.mktemp("empty") / "empty.jpkl"
    JPkl(np.zeros((8, 8, 0), np.uint8)).save(empty)
    key = add(dropped, "empty.jpkl", empty.read_bytes())
    opener = _with_dropped(_opener(lambda scene, axes: _viewer(stacks.ramp((3,)), None, [])), dropped)
    for query, said in (
        (f"dropped={key}", r"cannot be shown.*no frames"),
        (f"with={key}", r"cannot be shown.*no frames"),
        ("dropped=other", "is not here"),
    ):
        line = RequestStartLine("GET", f"/?{query}", "HTTP/1.1")
        request = HTTPServerRequest(start_line=line, headers=HTTPHeaders(Host="localhost"))
        with pytest.raises(NotShownError, match=said):
            opener(request)


def test_visitors_bring_nothing() -> None:
    door = Door(lambda request: None, {"localhost"}, for_visitors=True)

    async def bring(port: int) -> int:
        url = f"http://localhost:{port}/jpkl/dropped?name=a.jpkl&nbytes=1"
        client, headers = AsyncHTTPClient(), {"Origin": f"http://localhost:{port}"}
        answer = await client.fetch(url, method="POST", body=b"", headers=headers, raise_error=False)
        return answer.code

    assert run_with(door, bring) == 404
