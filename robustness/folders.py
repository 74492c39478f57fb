"""Folders that are served while their files are replaced, renamed, swapped, annotated and encoded."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import os
import random
import re
import struct
import threading
import time
import unicodedata
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import numpy as np
from PIL import Image

from jpkl import JPkl, JPklError
from jpkl._originals.kept import CacheFolder
from jpkl.toolkit import OriginalStack, annotate_file, conversion_of
from robustness.processes import Written, must_work

#: Stacks, and originals.
_NAMES = ("a.jpkl", "é.jpkl", "b.npy", "c.npy")

#: Stacks that take these names in turn. Each has another number of frames, by which pages tell what they
#: show.
_N_STACKS, _LEAST_FRAMES = 8, 5

#: Visits of a page at a time, and requests of one.
_VISITORS, _MOST_REQUESTS = 4, 12

Change: TypeAlias = Callable[[random.Random, str], object]


def served_folders(rng: random.Random, folder: Path, n: int) -> int:
    """Look at a folder whose files change: frames of the stack that the page describes, or an error."""
    if find_spec("panel") is None:  # without the viewer
        return 0
    seed = rng.random()
    must_work(lambda written: asyncio.run(_visited(random.Random(seed), n, written)), folder)
    return n


def _level(stack: int, frame: int) -> int:
    return (stack * 23 + frame * 3) % 250


def _put(rng: random.Random, name: str) -> None:
    """Put a stack under a name, in place of the file or into it; some have the time of others."""
    stack = rng.randrange(_N_STACKS)
    pixels = np.empty((32, 32, _LEAST_FRAMES + stack), np.uint8)
    pixels[:] = [_level(stack, frame) for frame in range(pixels.shape[2])]
    new, path = Path(f"new{Path(name).suffix}"), Path("served", name)
    if name.endswith(".npy"):
        np.save(new, pixels)
    else:
        JPkl(pixels, dim_names=["time"]).save(new)
    if rng.random() < 0.5:
        os.utime(new, (5, 5))
    if path.exists() and rng.random() < 0.3:
        path.write_bytes(new.read_bytes())
    else:
        new.replace(path)


def _delete(rng: random.Random, name: str) -> None:
    Path("served", name).unlink()
    _put(rng, name)


def _swap(rng: random.Random, name: str) -> None:
    other = rng.choice([each for each in _NAMES if each[-4:] == name[-4:]])
    first, second, between = (Path("served", each) for each in (name, other, ".between"))
    first.rename(between)
    if other != name:
        second.rename(first)
    between.rename(second)


def _rename(rng: random.Random, name: str) -> None:
    path = Path("served", name)
    other = path.with_name(rng.choice((name.upper(), unicodedata.normalize("NFD", name))))
    path.rename(other)
    time.sleep(0.01)
    other.rename(path)


def _annotate(rng: random.Random, name: str) -> None:
    if name.endswith(".jpkl"):
        annotate_file(Path("served", name), metadata={"note": str(rng.random())})


def _clear(rng: random.Random, name: str) -> None:
    for kept in CacheFolder().list():
        kept.remove()


_CHANGES: tuple[Change, ...] = (_put, _put, _delete, _swap, _rename, _annotate, _clear)


async def _visited(rng: random.Random, n: int, written: Written) -> None:
    """Serve a folder, change it, and visit it."""
    from jpkl_viewer.pages import app
    from jpkl_viewer.pages.direct import Door
    from jpkl_viewer.pages.library import Library
    from tornado.httpserver import HTTPServer
    from tornado.testing import bind_unused_port
    from tornado.web import Application

    logging.getLogger("tornado.access").disabled = True  # pages that are not there
    os.environ["JPKL_CACHE_DIR"] = os.path.abspath("cache")
    Path("served").mkdir()
    for name in _NAMES:
        _put(rng, name)
    library, has_ended = Library("served"), threading.Event()
    socket, port = bind_unused_port()
    server = HTTPServer(Application(Door(app._folder_opener(library), {"localhost"}, True).rules("")))
    server.add_socket(socket)
    changer = threading.Thread(target=_change, args=(random.Random(rng.random()), library, has_ended))
    changer.start()
    try:
        for _ in range(0, n, _VISITORS):
            await asyncio.gather(*(_visit(rng, port) for _ in range(_VISITORS)))
    finally:
        has_ended.set()
        changer.join()
        server.stop()


def _change(rng: random.Random, library: Any, has_ended: threading.Event) -> None:
    """Change files, and begin to encode originals, until it has ended."""
    while not has_ended.wait(rng.random() * 0.05):
        name = rng.choice(_NAMES)
        with contextlib.suppress(JPklError, OSError, ValueError):
            rng.choice(_CHANGES)(rng, name)
            library.list()
            stack = library.open(name).jp
            if isinstance(stack, OriginalStack) and rng.random() < 0.3:
                conversion_of(stack, anew=True)


async def _visit(rng: random.Random, port: int) -> None:
    """Load a page, and ask for frames as it does."""
    from tornado.httpclient import AsyncHTTPClient
    from tornado.websocket import WebSocketClosedError, websocket_connect

    place = f"stack={quote(rng.choice(_NAMES))}"
    page = await AsyncHTTPClient().fetch(f"http://localhost:{port}/?{place}", raise_error=False)
    if page.code != 200:  # it is not there just now
        return
    said = json.loads(re.findall(r'id="view">(.*?)</script>', page.body.decode())[0])
    await asyncio.sleep(rng.choice((0.0, rng.random() * 0.1)))
    url = f"ws://localhost:{port}/jpkl/frames?{place}&known={said['known']}"
    socket = await websocket_connect(url)
    for _ in range(rng.randrange(1, _MOST_REQUESTS)):
        frame = rng.randrange(said["description"]["dims"][0]["size"])
        with contextlib.suppress(WebSocketClosedError):
            await socket.write_message(json.dumps({"type": "want", "keys": [frame], "source": 0}))
        answer = await socket.read_message()
        if answer is None:  # another stack has its name: the page would load itself again
            break
        _check(said["description"], frame, answer)
        await asyncio.sleep(rng.random() * 0.05)
    socket.close()


def _check(description: dict[str, Any], frame: int, answer: bytes | str) -> None:
    assert isinstance(answer, bytes)
    (length,) = struct.unpack(">I", answer[:4])
    message, _ = json.loads(answer[4 : 4 + length])
    if "error" in message:
        return
    stack = description["dims"][0]["size"] - _LEAST_FRAMES
    found = np.asarray(Image.open(io.BytesIO(answer[4 + length :]))).mean()
    low, high = description["ranges"]["values"][:2] if description["ranges"] else (0, 255)
    expected = (_level(stack, frame) - low) * 255 / (high - low)
    assert abs(found - expected) < 3, f"frame {frame} of stack {stack} is {found:.0f}, not {expected:.0f}"
