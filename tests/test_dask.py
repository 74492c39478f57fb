"""Encoding on a dask cluster of processes: same bytes, each chunk once, workers may die."""

from __future__ import annotations

import io
import os
import signal
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import jpkl
from jpkl import JPkl
from jpkl._cli import main
from jpkl._encoding.encode import encode_file, encode_frames
from jpkl._encoding.measured_range import measure_display_range
from jpkl._encoding.options import resolve_options

da = pytest.importorskip("dask.array")
dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")

from jpkl._dask.graph import GraphInParts

CHUNK = (4, 1, 40, 48)
AXES = ("time", "channel", "y", "x")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "60s"}),
        # Any port: a scheduler that finds its own taken by that of a test beside it leaks a socket.
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": ":0"},
        ) as cluster,
    ):
        yield cluster


@pytest.fixture
def client(cluster: Any) -> Iterator[Any]:
    with distributed.Client(cluster) as client:
        client.wait_for_workers(2)
        yield client


def pixels_of(block_id: tuple[int, ...]) -> NDArray[np.uint16]:
    rng = np.random.default_rng(block_id)
    return (rng.integers(0, 900, CHUNK) + 500 * block_id[1]).astype(np.uint16)


def counted_chunk(folder: str, block_id: tuple[int, ...]) -> NDArray[np.uint16]:
    with Path(folder, "-".join(map(str, block_id))).open("a") as file:
        file.write("x")
    return pixels_of(block_id)


def counted(folder: Path, n_times: int = 6) -> Any:
    """A dask array of two channels, each computing of whose chunks is noted in a folder."""
    folder.mkdir(exist_ok=True)
    return da.map_blocks(
        counted_chunk,
        str(folder),
        chunks=((4,) * n_times, (1, 1), CHUNK[2:3], CHUNK[3:]),
        dtype=np.uint16,
        meta=np.empty((0,) * 4, np.uint16),
    )


def counts(folder: Path) -> Counter[int]:
    """How often chunks were computed, and how many of them so often."""
    return Counter(file.stat().st_size for file in folder.iterdir())


def encoded_here(images: Any, path: Path, **arguments: Any) -> bytes:
    with dask.config.set(scheduler="sync"):
        encode_file(images, path, **arguments)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("change", "arguments"),
    [
        pytest.param(lambda images: images - images.mean(axis=(0, 2, 3), keepdims=True), {}, id="mean"),
        pytest.param(lambda images: images.astype("u1"), {"jpeg_tables": "fitted"}, id="fitted tables"),
        pytest.param(
            # With the fill value that NumPy gives them, masked arrays of 16 bits do not travel.
            lambda images: da.ma.masked_greater(images.rechunk(((5, 2, 17), (2,), (30, 10), (48,))), 800),
            {"display_range": "percentile"},
            id="chunks that cut frames, and masks",
        ),
    ],
)
def test_a_cluster_writes_what_one_machine_does_and_computes_each_chunk_once(
    client: Any, tmp_path: Path, change: Any, arguments: Any
) -> None:
    images = change(counted(tmp_path / "seen"))
    with jpkl.encode(images, tmp_path / "a.jpkl", axes=AXES, **arguments) as jp:
        assert jp.shape == (40, 48, 24, 2)
    assert counts(tmp_path / "seen") == {1: 12}
    there = (tmp_path / "a.jpkl").read_bytes()
    assert there == encoded_here(images, tmp_path / "b.jpkl", axes=AXES, **arguments)


@pytest.mark.parametrize("change", [lambda images: images, lambda images: da.minimum(images[1:], 950)])
def test_what_was_persisted_is_encoded_where_it_is_and_stays(
    client: Any, tmp_path: Path, change: Any
) -> None:
    images = counted(tmp_path / "seen")
    persisted = images.persist()
    jpkl.encode(change(persisted), tmp_path / "a.jpkl", axes=AXES).close()
    np.testing.assert_array_equal(persisted[4:8, :1].compute(), pixels_of((1, 0, 0, 0)))
    assert counts(tmp_path / "seen") == {1: 12}
    there = (tmp_path / "a.jpkl").read_bytes()
    assert there == encoded_here(change(images), tmp_path / "b.jpkl", axes=AXES)


def test_a_worker_that_is_killed_costs_only_time(client: Any, tmp_path: Path) -> None:
    images = counted(tmp_path / "seen", 40)
    pids: list[int] = list(client.run(os.getpid).values())

    class KillHalfway:
        """A progress bar that kills a worker when half of the frames are there."""

        total: float = 0.0

        def __init__(self, total: float, **_: Any) -> None:
            self.total, self.done = total, 0.0

        def update(self, n: float) -> None:
            self.done += n
            if self.done >= self.total / 2 and pids:
                os.kill(pids.pop(), signal.SIGKILL)
                pids.clear()

        def __enter__(self) -> KillHalfway:
            return self

        def __exit__(self, *_: object) -> None: ...

    arguments = {"axes": AXES, "display_range": (0, 1400)}
    jpkl.encode(images, tmp_path / "a.jpkl", progress=KillHalfway, **arguments).close()
    assert not pids
    assert len(counts(tmp_path / "seen")) <= 2  # some that were lost with the worker, again
    there = (tmp_path / "a.jpkl").read_bytes()
    assert there == encoded_here(images, tmp_path / "b.jpkl", **arguments)


def test_no_more_is_computed_than_is_about_to_be_written(client: Any, tmp_path: Path) -> None:
    images = counted(tmp_path / "seen", 60)
    # Without a sample, which is read before the first frame is encoded.
    options = resolve_options(images, axes=AXES, display_range=(0, 1400), workers=64, jpeg_tables="standard")
    frames = encode_frames(options, options.describe(measure_display_range(options)))
    next(frames)
    assert len(client.futures) <= 3 * 2  # blocks of a chunk each, of which there are 120
    frames.close()


def test_a_file_object_gets_the_same(client: Any, tmp_path: Path) -> None:
    images = counted(tmp_path / "seen", 2)
    file = io.BytesIO()
    jpkl.encode(images, file, axes=AXES)
    assert file.getvalue() == encoded_here(images, tmp_path / "b.jpkl", axes=AXES)


def test_errors_on_workers_name_the_frame(client: Any, tmp_path: Path) -> None:
    tall = da.zeros((2, 70000, 8), np.uint8, chunks=(1, -1, -1))
    with pytest.raises(jpkl.FrameEncodeError, match=r"frame \(0,\): .*70000 x 8"):
        jpkl.encode(tall, tmp_path / "a.jpkl", axes="TYX")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_shape_is_noticed_on_workers(client: Any, tmp_path: Path) -> None:
    shrunk = da.zeros((2, 40, 48), dtype=np.uint16, chunks=(1, -1, -1)).map_blocks(
        lambda block: block[:, ::2, ::2], dtype=np.uint16
    )
    with pytest.raises(
        jpkl.FrameReadError, match=r"gives uint16 of shape \(1, 20, 24\), where .*\(1, 40, 48\)"
    ):
        jpkl.encode(shrunk, tmp_path / "a.jpkl", axes="TYX")
    assert list(tmp_path.iterdir()) == []


def test_label_images_are_recognized_on_workers(client: Any, tmp_path: Path) -> None:
    labels = np.kron(np.arange(1, 17).reshape(4, 4), np.ones((24, 24), int)).astype(np.uint8)
    images = da.from_array(np.repeat(labels[None], 4, axis=0), chunks=(2, -1, -1))
    with pytest.warns(jpkl.JPklWarning, match="label image"):
        jpkl.encode(images, tmp_path / "a.jpkl", axes="TYX")


def test_the_command_encodes_a_file_on_the_workers(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    images = np.random.default_rng(0).integers(0, 4000, (9, 2, 40, 48)).astype(np.uint16)
    np.save("a.npy", images)
    command = ["encode", "a.npy", "--axes", "TCYX", "--select", "t=1:8:2"]
    assert main([*command, "-o", "here.jpkl"]) == 0
    assert main([*command, "-o", "there.jpkl", "--scheduler", cluster.scheduler_address]) == 0
    assert "2 workers, 2 threads" in capsys.readouterr().out
    assert Path("here.jpkl").read_bytes() == Path("there.jpkl").read_bytes()
    with JPkl.load("there.jpkl") as jp:
        assert jp.shape == (40, 48, 4, 2)


def test_a_scheduler_that_is_not_there_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "a.npy", np.zeros((2, 40, 48), np.uint8))
    assert main(["encode", str(tmp_path / "a.npy"), "--scheduler", str(tmp_path / "no.json")]) == 2
    assert "no.json: No such scheduler file" in capsys.readouterr().err


def test_results_are_kept_until_the_last_that_needs_them() -> None:
    def add(*values: int) -> int:
        return sum(values)

    graph = {"a": 1, "b": 2, "mean": (add, "a", "b"), "x": (add, "a", "mean"), "y": (add, "b", "mean")}
    parts = GraphInParts(graph, {"x": 1, "y": 1})
    first = parts.take(["x"])
    assert set(first.new) == {"a", "b", "mean", "x"}
    assert set(first.kept) == {"b", "mean"}
    assert set(parts.done(first)) == {"a", "x"}
    second = parts.take(["y"])
    assert (second.new, set(second.before), second.kept) == (["y"], {"b", "mean"}, [])
    assert set(parts.done(second)) == {"b", "mean", "y"}


def test_encode_opens_what_it_wrote_and_keeps_what_xarray_says(tmp_path: Path) -> None:
    xr = pytest.importorskip("xarray")
    array = xr.DataArray(np.zeros((3, 40, 48), np.uint8), dims=("time", "y", "x"), coords={"time": [1, 2, 5]})
    with warnings.catch_warnings(action="error"), jpkl.encode(array, tmp_path / "a.jpkl") as jp:
        assert (jp.path, jp.dim_names) == (str(tmp_path / "a.jpkl"), ("time",))
        assert jp.metadata["coords"] == {"time": [1, 2, 5]}
    with pytest.raises(TypeError, match="is a path, not an array"):
        jpkl.encode(tmp_path / "a.npy", tmp_path / "a.jpkl")
