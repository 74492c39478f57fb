"""Fixtures for all tests."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

from jpkl import JPkl
from jpkl._file.stores import MemoryFrames
from jpkl._pipeline import shutdown_pools

pytest.register_assert_rewrite("jpkl.testing")

# What a shell starts in the background ignores SIGINT, and the servers that tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# CI machines are shared: a slow example says nothing about the code.
settings.register_profile("jpkl", deadline=None)
settings.load_profile("jpkl")

ROOT = Path(__file__).parent.parent

#: Folders of tests that drive a browser.
DRIVING_BROWSERS = {("tests", "browser"), ("tests", "jupyter")}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.path).relative_to(ROOT).parts[:2] in DRIVING_BROWSERS:
            item.add_marker(pytest.mark.browser)


def shared_data(name: str) -> Path:
    """A folder or file of real data beside the project; skips the test where it is absent."""
    base = Path(os.environ.get("JPKL_SHARED_DATA", ROOT.parent / "shared" / "data"))
    path = base / name
    if not path.exists():
        pytest.skip(f"no {name} in {base}; set JPKL_SHARED_DATA to where it is")
    return path


@pytest.fixture
def shared_images() -> Path:
    """Folder of real image stacks."""
    return shared_data("images")


@pytest.fixture(autouse=True)
def _cache_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what tests encode out of the user's cache."""
    # Not by `monkeypatch`, which would then outlive `no_leaks`, and with it what it holds.
    os.environ["JPKL_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))


def stack_of(path: Path) -> NDArray[np.uint8]:
    """All pixels of a file."""
    with JPkl.load(path) as stack:
        return np.asarray(stack[...])


def replace_frame(stack: JPkl, index: tuple[int, ...], data: bytes) -> JPkl:
    """The same stack with other bytes in the place of one frame."""
    frames = {**stack.images, index: data}
    return JPkl._from_parts(stack._info, MemoryFrames(list(frames.values())))


def _open_descriptors() -> set[str]:
    links = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            links.add(f"{entry.name} -> {entry.readlink()}")
        except OSError:  # the descriptor of the listing itself
            continue
    return {link for link in links if ".jpkl" in link or ".part" in link}


@pytest.fixture(autouse=True)
def no_leaks() -> Iterator[None]:
    """Fail a test that leaves a stack's file open or a thread of the pipeline running."""
    if not Path("/proc/self/fd").exists():
        yield
        return
    before = _open_descriptors()
    yield
    for _ in range(100):
        if _open_descriptors() <= before:
            break
        gc.collect()  # slow, so only where something may be waiting for it
        time.sleep(0.02)  # or a thread is about to let go of what it did last
    else:
        pytest.fail("a file was left open")
    shutdown_pools()
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("jpkl")]
    assert not left, f"threads were left running: {left}"
