from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from jpkl._cache import DecodedFrameCache


def frame(value: int, nbytes: int = 100) -> NDArray[np.uint8]:
    return np.full(nbytes, value, np.uint8)


def test_the_least_recently_used_frame_goes_first() -> None:
    cache = DecodedFrameCache(250)
    for key in (0, 1, 0, 2):
        cache.get(key, lambda key=key: frame(key))  # type: ignore[misc]
    assert (0 in cache, 1 in cache, 2 in cache) == (True, False, True)
    assert (cache.hits, cache.misses, cache.nbytes, len(cache)) == (1, 3, 200, 2)


def test_frames_larger_than_the_budget_are_not_kept() -> None:
    cache = DecodedFrameCache(99)
    assert cache.get(0, lambda: frame(7))[0] == 7
    assert cache.nbytes == 0


def test_frames_are_read_only() -> None:
    cache = DecodedFrameCache(1000)
    for _ in range(2):
        with pytest.raises(ValueError, match="read-only"):
            cache.get(0, lambda: frame(7))[0] = 1


def test_threads_share_it_within_the_budget() -> None:
    cache = DecodedFrameCache(1000)
    over = threading.Event()

    def read(i: int) -> int:
        value = int(cache.get(i % 30, lambda: frame(i % 30))[0])
        if cache.nbytes > 1000:
            over.set()
        return value

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(3000))) == [i % 30 for i in range(3000)]
    assert not over.is_set()
    assert cache.hits + cache.misses == 3000


def test_clear_and_limits() -> None:
    cache = DecodedFrameCache(1000)
    cache.get(0, lambda: frame(0))
    cache.clear()
    assert (len(cache), cache.misses, cache.nbytes) == (0, 0, 0)
    assert "0 frames" in repr(cache)
    with pytest.raises(ValueError, match="negative"):
        DecodedFrameCache(-1)
