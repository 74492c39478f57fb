"""Warnings are of the line of the user's code, however deep in JPkl they come from."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import jpkl
from jpkl import JPkl, JPklWarning, JPklWriter

HOT = np.tile(np.arange(32, dtype=np.uint16)[:, np.newaxis, np.newaxis], (1, 32, 3))
HOT[5, 5, 1] = 60_000


def make_a_stack(folder: Path) -> None:
    JPkl(HOT)


def encode(folder: Path) -> None:
    jpkl.encode(HOT, folder / "new.jpkl")


def encode_into_an_open_file(folder: Path) -> None:
    jpkl.encode(HOT, io.BytesIO())


def save_what_was_opened(folder: Path) -> None:
    np.save(folder / "hot.npy", HOT)
    with jpkl.open(folder / "hot.npy", axes="YXT") as stack:
        stack.save(folder / "new.jpkl")


def load_what_has_something_behind_it(folder: Path) -> None:
    JPkl(HOT, display_range="minmax").save(folder / "odd.jpkl")
    with (folder / "odd.jpkl").open("ab") as file:
        file.write(b"behind")
    JPkl.load(folder / "odd.jpkl").close()


def miss_a_target(folder: Path) -> None:
    with JPklWriter(folder / "new.jpkl", (32, 32), (1,), target=("psnr", 200)) as writer:
        writer[0] = np.random.default_rng(0).integers(0, 256, (32, 32), np.uint8)


@pytest.mark.parametrize(
    "act",
    [
        make_a_stack,
        encode,
        encode_into_an_open_file,
        save_what_was_opened,
        load_what_has_something_behind_it,
        miss_a_target,
    ],
)
def test_a_warning_is_of_the_line_that_called(act: Callable[[Path], None], tmp_path: Path) -> None:
    with pytest.warns(JPklWarning) as said:
        act(tmp_path)
    assert {each.filename for each in said} == {__file__}
