"""Changing what a file says of its frames: the frames stay, and nothing is lost."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from jpkl import FormatError, FrameChecksumError, JPkl, JPklWarning, MetadataError
from jpkl._cli import main
from jpkl._file.opening import open_stack
from jpkl._file.schema import StackInfo
from jpkl._file.writing import write_stack
from jpkl._metadata import StackMetadata
from jpkl.toolkit import annotate_file
from tests.conftest import replace_frame, stack_of
from tests.data.make_golden import v1_dict

METADATA = {"note": {"mine": (1, 2)}, "coords": {"t": [5.0, 7.0, 9.0]}, "units": {"t": "h"}}


def pixels() -> NDArray[np.uint16]:
    """Three times and two channels, every frame another."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 4000, (16, 24, 3, 2)).astype(np.uint16)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with a trailer."""
    path = tmp_path / "stack.jpkl"
    JPkl(pixels(), dim_names=("t", "c"), metadata=METADATA).save(path)
    return path


@pytest.fixture
def bare(path: Path) -> Path:
    """The same file as ``pickle.dump`` writes it, without a trailer."""
    top = pickle.loads(path.read_bytes())  # our own
    path.write_bytes(pickle.dumps(top, protocol=2))
    return path


def frames(path: Path) -> list[bytes]:
    """The stored bytes of all frames."""
    with JPkl.load(path) as jp:
        return list(jp.images.values())


# -- the file ------------------------------------------------------------------------------------------


def test_frames_checksums_and_what_else_the_file_says_stay(path: Path) -> None:
    before, size = frames(path), path.stat().st_size
    with JPkl.load(path) as jp:
        ranges = jp.display_range
    annotate_file(path, pixel_size=(0.2, 0.5), pixel_unit="µm", channel_names=["DNA", "actin"])
    assert frames(path) == before
    assert size < path.stat().st_size < size + 300
    with JPkl.load(path) as jp:
        assert jp.metadata == {
            **METADATA, "pixel_size": (0.2, 0.5), "pixel_unit": "µm", "channel_names": ["DNA", "actin"]
        }  # fmt: skip
        np.testing.assert_array_equal(jp.display_range, ranges)
        assert jp.source_dtype == np.uint16
    assert main(["verify", str(path)]) == 0
    assert pickle.loads(path.read_bytes())["metadata"]["pixel_size"] == (0.2, 0.5)


def test_damaged_frames_without_checksums_get_none_that_is_right(tmp_path: Path) -> None:
    """Browsers would make a picture of them, without a word."""
    images = v1_dict()["images"]
    damaged, whole = list(images)[:2]
    images[damaged] = images[damaged][:-40] + images[damaged][-31:]
    old, annotated, saved = (tmp_path / name for name in ("old.jpkl", "annotated.jpkl", "saved.jpkl"))
    old.write_bytes(pickle.dumps(v1_dict(images=images)))
    annotate_file(old, annotated, metadata={"sample": "yeast"})
    with JPkl.load(old) as stack:
        stack.save(saved)
        for path in (annotated, saved):
            with JPkl.load(path) as copy:
                np.testing.assert_array_equal(copy[..., *whole], stack[..., *whole])
                assert copy.images[whole] == images[whole]
                with pytest.raises(FrameChecksumError, match=rf"frame \({damaged[0]}, "):
                    copy[..., *damaged]
            assert pickle.loads(path.read_bytes())["images"][damaged] == images[damaged]


def test_a_file_without_trailer_gets_one(bare: Path) -> None:
    before = stack_of(bare)
    annotate_file(bare, pixel_size=0.2)
    np.testing.assert_array_equal(stack_of(bare), before)
    with JPkl.load(bare) as jp:
        assert jp.metadata == {**METADATA, "pixel_size": (0.2, 0.2)}
        assert jp.display_range is None
        assert jp._store._places.checksums is not None  # type: ignore[attr-defined]


def test_a_file_of_format_2_needs_no_codec(tmp_path: Path) -> None:
    path = tmp_path / "odd.jpkl"
    info = StackInfo(False, 90, (3,), ("t",), {"note": "mine"}, (4, 4), codec="of-nobody")
    write_stack(path, info, [b"one", b"two", b"three"])
    annotate_file(path, spacing={"t": (2, "s")})
    found, store = open_stack(path)
    assert (found.codec, found.header) == ("of-nobody", ("JPkl", "2"))
    assert found.metadata == {"note": "mine", "coords": {"t": [0.0, 2.0, 4.0]}, "units": {"t": "s"}}
    assert [store.read(number) for number in range(3)] == [b"one", b"two", b"three"]
    store.close()


def test_a_damaged_frame_stays_what_it_is_and_is_found(path: Path) -> None:
    with JPkl.load(path) as jp:
        place = int(jp._store._places.offsets[3])  # type: ignore[attr-defined]
    data = bytearray(path.read_bytes())
    data[place + 40] ^= 0xFF
    path.write_bytes(data)
    annotate_file(path, pixel_size=1.0)
    with JPkl.load(path) as jp:
        assert jp[..., 0, 0].shape == (16, 24)
        with pytest.raises(FrameChecksumError):
            jp.images[1, 1]


def test_a_copy_leaves_the_file_as_it_is(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    annotate_file(path, tmp_path / "copy.jpkl", channel_colors=["00ff00", "#0000FF"])
    assert path.read_bytes() == before
    with JPkl.load(tmp_path / "copy.jpkl") as jp:
        assert jp.metadata["channel_colors"] == ["#00ff00", "#0000FF"]


def test_who_has_the_file_open_keeps_seeing_it(path: Path) -> None:
    before = stack_of(path)
    with JPkl.load(path) as jp:
        annotate_file(path, metadata={"note": "x" * 5000})
        np.testing.assert_array_equal(jp[...], before)
        assert jp.metadata == METADATA
    np.testing.assert_array_equal(stack_of(path), before)


def test_an_interrupted_copy_leaves_the_old_file_and_no_other(path: Path) -> None:
    before = path.read_bytes()

    def interrupt(n: int, total: int) -> None:
        assert total == len(before)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        annotate_file(path, pixel_size=1.0, watch=interrupt)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_progress_counts_the_bytes_of_the_file(path: Path) -> None:
    seen: list[int] = []
    annotate_file(path, path.parent / "copy.jpkl", pixel_size=1.0, watch=lambda n, _: seen.append(n))
    trailer = 28 + 6 * 16 + 550  # with what is on record of the fidelity, and what is behind the header
    assert abs(sum(seen) - path.stat().st_size) < trailer + 100


def test_a_file_that_another_program_changes_meanwhile_is_not_replaced(path: Path) -> None:
    changed = JPkl(pixels(), dim_names=("t", "c"), metadata={"note": "theirs"})

    def disturb(n: int, total: int) -> None:
        changed.save(path)

    with pytest.raises(FormatError, match="changed by another program"):
        annotate_file(path, pixel_size=1.0, watch=disturb)
    with JPkl.load(path) as jp:
        assert jp.metadata == {"note": "theirs"}


def with_unknown_field(path: Path) -> None:
    top = pickle.loads(path.read_bytes())
    path.write_bytes(pickle.dumps({**top, "lab": "ours"}))


def with_more_at_the_end(path: Path) -> None:
    path.write_bytes(pickle.dumps(pickle.loads(path.read_bytes())) + b"some notes")


@pytest.mark.parametrize("spoil", [with_unknown_field, with_more_at_the_end])
def test_what_would_be_lost_is_refused_in_place(path: Path, spoil: Callable[[Path], None]) -> None:
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"part of the file would be lost .* write a copy"):
        annotate_file(path, pixel_size=1.0)
    assert path.read_bytes() == before
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        annotate_file(path, path.parent / "copy.jpkl", pixel_size=1.0)
    assert any(issubclass(warning.category, JPklWarning) for warning in caught)
    assert frames(path.parent / "copy.jpkl") == [*pickle.loads(before)["images"].values()]


def test_files_are_annotated_by_several_threads_and_warnings_stay_what_they_were(tmp_path: Path) -> None:
    paths = [tmp_path / f"{i}.jpkl" for i in range(8)]
    for each in paths:
        JPkl(pixels(), dim_names=("t", "c"), fidelity=None, jpeg_tables="standard").save(each)
    filters = [*warnings.filters]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            list(pool.map(lambda each: annotate_file(each, pixel_size=1.0), paths))
    assert warnings.filters == filters


def test_errors_name_the_file_and_what_would_do(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"stack\.jpkl: channel_names must be 2 names, one per channel"):
        annotate_file(path, channel_names=["a"])
    with pytest.raises(ValueError, match="remote file cannot be changed"):
        annotate_file("https://example.org/a.jpkl", pixel_size=1.0)
    with pytest.raises(FileNotFoundError):
        annotate_file(tmp_path / "nothing.jpkl", pixel_size=1.0)
    text = tmp_path / "text.jpkl"
    text.write_text("hello")
    with pytest.raises(FormatError, match=r"text\.jpkl"):
        annotate_file(text, pixel_size=1.0)
    assert text.read_text() == "hello"
    assert path.read_bytes() == before


# -- the stack -----------------------------------------------------------------------------------------


def test_a_stack_with_other_metadata_shares_frames_and_cache(path: Path) -> None:
    with JPkl.load(path).with_cache(10**6) as jp:
        other = jp.with_metadata(pixel_size=0.5)
        assert other.metadata["pixel_size"] == (0.5, 0.5)
        assert "pixel_size" not in jp.metadata
        np.testing.assert_array_equal(other[...], jp[...])
        assert other.cache is jp.cache
        other.metadata["note"]["mine"] = 3
        assert jp.metadata["note"]["mine"] == (1, 2)
        other.save(path)
    with JPkl.load(path) as jp:
        assert jp.metadata["pixel_size"] == (0.5, 0.5)


def test_dims_take_their_coords_and_units_along() -> None:
    metadata = {**METADATA, "coords": {"t": [5.0, 7.0, 9.0], "c": ["x", "y"], "old": [1]}}
    jp = JPkl(pixels(), dim_names=("t", "c"), metadata=metadata)
    renamed = jp.with_metadata(dim_names=("c", "t"))
    assert renamed.dim_names == ("c", "t")
    assert renamed.metadata["coords"] == {"c": [5.0, 7.0, 9.0], "t": ["x", "y"], "old": [1]}
    assert renamed.metadata["units"] == {"c": "h"}
    spaced = jp.with_metadata(dim_names=("time", "channel"), spacing={"time": 2})
    assert spaced.metadata["coords"]["time"] == [0.0, 2.0, 4.0]
    assert spaced.metadata["units"] == {"time": "h"}


def test_none_removes() -> None:
    jp = JPkl(pixels(), dim_names=("t", "c"), metadata={**METADATA, "source": "a.tif"})
    left = jp.with_metadata({"note": None}, source=None, units={"t": None})
    assert left.metadata == {"coords": METADATA["coords"], "units": {}}
    assert jp.with_metadata(coords=None, units=None, source=None).metadata == {"note": METADATA["note"]}


def test_coords_among_metadata_are_taken_as_when_a_stack_is_made(tmp_path: Path) -> None:
    days = np.array(["2024-01-01", "2024-01-02", "2024-01-03"], "datetime64[ns]")
    jp = JPkl(pixels(), dim_names=("t", "c"))
    jp.with_metadata({"coords": {"t": days}}).save(tmp_path / "x.jpkl")
    with JPkl.load(tmp_path / "x.jpkl") as saved:
        assert saved.metadata["coords"]["t"] == [datetime(2024, 1, day) for day in (1, 2, 3)]
    with pytest.raises(MetadataError, match=r"metadata\['x'\] cannot be copied"):
        jp.with_metadata({"x": (i for i in ())})


def test_none_of_the_users_own_stays() -> None:
    own: dict[Any, Any] = {"gain": None, 7: None, None: 1, "units": {"q": None}}
    jp = JPkl(pixels(), dim_names=("t", "c"), metadata=own)
    assert jp.with_metadata({"note": 1}, pixel_size=2.0, units={"t": "s"}).metadata == {
        "gain": None, 7: None, None: 1, "units": {"q": None, "t": "s"}, "note": 1, "pixel_size": (2.0, 2.0)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"pixelsize": 1}, TypeError, "no key 'pixelsize', but pixel_size, pixel_unit"),
        ({"pixel_size": 0}, ValueError, "one or two positive numbers"),
        ({"pixel_size": (1, 2, 3)}, ValueError, "one or two positive numbers"),
        ({"pixel_size": float("nan")}, ValueError, "one or two positive numbers"),
        ({"pixel_unit": 3}, ValueError, "pixel_unit must be a text, not 3"),
        ({"channel_names": "ab"}, ValueError, "channel_names must be 2 names"),
        ({"channel_colors": ["red", "blue"]}, ValueError, "2 colors such as #00ff00"),
        ({"channel_limits": [(0, 1)]}, ValueError, r"2 pairs \(low, high\) with low < high, one per channel"),
        ({"channel_limits": [(0, 1), (1, 1)]}, ValueError, "low < high"),
        ({"channel_visible": [1, 0]}, ValueError, "channel_visible must be 2 bools"),
        ({"display_mode": "both"}, ValueError, "display_mode must be 'composite' or 'single', not 'both'"),
        ({"fps": 0}, ValueError, "fps must be a positive number, not 0"),
        ({"coords": {"z": [1]}}, ValueError, "no dim 'z'; the dims are t, c"),
        ({"coords": {"t": [1, 2]}}, ValueError, "one for each of its 3 indices"),
        ({"units": {"t": 1}}, ValueError, "units of t must be a unit, not 1"),
        ({"spacing": {"z": 1}}, ValueError, "spacing: there is no dim 'z'"),
        ({"spacing": {"t": 0}}, ValueError, "spacing of t must be a positive number, not 0"),
        ({"spacing": {"t": ("a", "s")}}, ValueError, "must be a positive number, not 'a'"),
        ({"spacing": {"c": 1}}, ValueError, "channels, which have names"),
        ({"dim_names": ["a"]}, ValueError, "name 1 dims"),
    ],
)
def test_what_does_not_fit_raises_and_changes_nothing(
    changes: dict[str, Any], error: type[Exception], says: str
) -> None:
    jp = JPkl(pixels(), dim_names=("t", "c"), metadata=METADATA)
    with pytest.raises(error, match=says):
        jp.with_metadata(**changes)
    assert jp.metadata == METADATA


def test_how_it_is_displayed_can_be_set() -> None:
    jp = JPkl(pixels(), dim_names=("t", "c"))
    limits, visible = np.array([[0, 9], [1.5, 8]]), [True, False]
    changed = jp.with_metadata(
        channel_limits=limits, channel_visible=visible, display_mode="single", fps=np.float32(5)
    )
    assert changed.metadata == {
        "channel_limits": [(0.0, 9.0), (1.5, 8.0)],
        "channel_visible": [True, False],
        "display_mode": "single",
        "fps": 5.0,
    }


def test_a_stack_without_channels_has_one() -> None:
    jp = JPkl(np.zeros((4, 4, 2), np.uint8), dim_names=["z"])
    assert StackMetadata.of(jp.with_metadata(channel_names=["DNA"])).channel_names == ("DNA",)
    with pytest.raises(ValueError, match=r"a list of one, as the stack has no dim named channel \(z\)"):
        jp.with_metadata(channel_names=["DNA", "actin"])


@given(
    size=st.floats(1e-6, 1e6),
    unit=st.text(max_size=5),
    step=st.floats(1e-6, 1e6),
    names=st.lists(st.text(), min_size=2, max_size=2),
)
def test_what_is_set_is_what_is_read(size: float, unit: str, step: float, names: list[str]) -> None:
    jp = JPkl(np.zeros((4, 4, 3, 2), np.uint8), dim_names=("t", "channel"), metadata={"coords": "nonsense"})
    changed = jp.with_metadata(
        pixel_size=size, pixel_unit=unit, spacing={"t": (step, unit or "s")}, channel_names=names
    )
    known = StackMetadata.of(changed)
    assert (known.pixel_size, known.pixel_unit) == ((size, size), unit)
    assert known.step("t") == pytest.approx(step, rel=1e-9)
    assert known.units == {"t": unit or "s"}
    assert known.channel_names == tuple(names)


def test_a_frame_in_memory_keeps_its_bytes() -> None:
    jp = JPkl(pixels(), dim_names=("t", "c"))
    odd = replace_frame(jp, (0, 0), jp.images[1, 1])
    assert odd.with_metadata(pixel_size=1).images[0, 0] == jp.images[1, 1]
