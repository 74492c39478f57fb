"""Copies of files that are dropped onto a page: of the server's own pages, complete, until it ends."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("panel")

from jpkl_viewer.pages.app import _opener, _viewer, _with_dropped
from jpkl_viewer.pages.direct import Door
from jpkl_viewer.pages.dropped import DroppedFiles, NotDroppedError
from tornado.httpclient import AsyncHTTPClient

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


def add(files: DroppedFiles, name: str, content: bytes) -> str:
    copy = files.take(files.begin(name, len(content)))
    copy.write(content[:100])
    copy.write(content[100:])
    return files.add(copy)


def test_a_copy_is_opened_under_its_name(dropped: DroppedFiles, stack: bytes) -> None:
    first, second = add(dropped, "a.jpkl", stack), add(dropped, "a.jpkl", stack)
    assert first != second
    jp = dropped.open(first).jp
    assert Path(str(jp.path)).name == "a.jpkl"
    assert jp.shape == dropped.open(second).jp.shape


@pytest.mark.parametrize("name", ["a.tif", "../a.jpkl", "a\\b.jpkl", "/etc/a.jpkl", "a\0.jpkl", ""])
def test_other_names_are_refused(dropped: DroppedFiles, name: str) -> None:
    with pytest.raises(NotDroppedError):
        dropped.begin(name, 10)


def test_a_copy_that_cannot_be_read_is_removed(dropped: DroppedFiles, tmp_path: Path) -> None:
    with pytest.raises(NotDroppedError, match=r"^bad.jpkl cannot be shown: not a JPkl file"):
        add(dropped, "bad.jpkl", b"nothing")
    assert list(tmp_path.rglob("*.jpkl")) == []


def test_a_part_of_a_file_is_not_taken_for_it(dropped: DroppedFiles, stack: bytes) -> None:
    copy = dropped.take(dropped.begin("a.jpkl", len(stack)))
    copy.write(stack[:-1])
    with pytest.raises(NotDroppedError, match=f"{len(stack) - 1} of {len(stack)} bytes have come"):
        dropped.add(copy)


def test_the_disk_is_not_filled(dropped: DroppedFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(2**40, 0, 2**30 + 1000))
    dropped.begin("a.jpkl", 1000)
    with pytest.raises(NotDroppedError, match="room for a copy of 1 kB"):
        dropped.begin("a.jpkl", 1001)


def test_a_copy_is_written_by_one(dropped: DroppedFiles) -> None:
    key = dropped.begin("a.jpkl", 10)
    dropped.take(key).discard()
    with pytest.raises(NotDroppedError, match="not begun"):
        dropped.take(key)


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

        begin = f"jpkl/dropped?name=a.jpkl&nbytes={len(stack)}"
        for origin in ({}, {"Origin": "http://elsewhere"}):
            assert (await ask(begin, "POST", body=b"", headers=origin))[0] == 403
        code, text = await ask("jpkl/dropped?name=a.tif&nbytes=3", "POST", body=b"", headers=here)
        assert (code, "jpkl encode a.tif" in json.loads(text)["error"]) == (422, True)

        _, text = await ask(begin, "POST", body=b"", headers=here)
        put = f"jpkl/dropped?key={json.loads(text)['key']}"
        assert (await ask(put, "PUT", body=stack))[0] == 403
        _, text = await ask(put, "PUT", body=stack, headers=here)
        key = json.loads(text)["key"]
        assert '"a.jpkl"' in (await ask(f"?dropped={key}"))[1]
        page = (await ask(f"?with={key}"))[1]
        assert page.index("JPkl in memory") < page.index('"a.jpkl"')
        assert "Drop the file again" in (await ask("?dropped=other"))[1]

        _, text = await ask(begin, "POST", body=b"", headers=here)
        put = f"jpkl/dropped?key={json.loads(text)['key']}"
        code, _ = await ask(put, "PUT", body=stack + b"more than was said", headers=here)
        assert code != 200

    run_with(door, act)


def test_visitors_bring_nothing() -> None:
    door = Door(lambda request: None, {"localhost"}, for_visitors=True)

    async def bring(port: int) -> int:
        url = f"http://localhost:{port}/jpkl/dropped?name=a.jpkl&nbytes=1"
        client, headers = AsyncHTTPClient(), {"Origin": f"http://localhost:{port}"}
        answer = await client.fetch(url, method="POST", body=b"", headers=headers, raise_error=False)
        return answer.code

    assert run_with(door, bring) == 404
