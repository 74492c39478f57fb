"""JPkl against what a user would pick in its place to keep frames, as ratios within one run.

Lossy peers are compared at the PSNR of JPkl at quality 90. All take turns, so that a busy moment of the
machine hits each; figures are medians, and in brackets the middle half of the ratios.
``python -m benchmarks peers --write`` writes the first part of ``docs/explanation/compared.md``, and a
picture beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks._data import gray_frames, source_name
from benchmarks._report import this_machine, two_digits
from benchmarks.peers import PEERS, Frames, Opened, Peer
from jpkl._metrics import psnr

_REPORT = Path(__file__).parent.parent / "docs" / "explanation" / "compared.md"
#: Where the part of the page begins that `bench_viewers` makes.
VIEWERS = "## Viewers"
_QUALITY = 90
_SIDE, _TIMES, _ZS = 512, 20, 15
_CROP = 64
_ROUNDS = 7
#: Frames that are read one by one in a round.
_READ = 30
#: Numbers of small frames whose time to open is compared with that of a few.
_GROWTH = {"growth 10⁵": 100_000, "growth 10⁶": 1_000_000}
_FEW, _SMALL = 100, 16
_PACKAGES = (
    *("jpkl", "numpy", "Pillow", "simplejpeg"),
    *("tifffile", "imagecodecs", "zarr", "h5py", "hdf5plugin", "blosc2", "av"),
)

#: What each column is, and whether what is in it is a ratio.
COLUMNS = {
    "bytes": "bytes of the file at equal PSNR; lossless peers keep more than that",
    "encode": "seconds to write 300 frames of 512 x 512 from memory",
    "open": "seconds to open the file and read its middle frame",
    "random p50": "seconds of a frame at random: median",
    "random p95": "the same, 95th percentile",
    "random p99": "the same, 99th percentile",
    "scrub z": "seconds of a frame, one after the other along the last dim",
    "scrub time": "the same along the first dim, 15 frames apart",
    "crop": "seconds of 64 x 64 pixels of a frame",
    "all": "seconds to decode all frames, on as many cores as it uses by default",
    "one core": "the same, on one core",
    "memory": "most memory while all frames are decoded, without the result",
    "growth 10⁵": "how much longer opening and the middle frame take for 100,000 small frames than for 100",
    "growth 10⁶": "the same for a million",
}


@dataclass
class Result:
    """What was measured of a peer: for each column its samples, one of each round."""

    peer: Peer
    path: Path
    psnr: float
    samples: dict[str, list[float]] = field(default_factory=dict)


def _nbytes(path: Path) -> int:
    return sum(each.stat().st_size for each in path.rglob("*")) if path.is_dir() else path.stat().st_size


def _decoded(peer: Peer, path: Path) -> Frames:
    opened = peer.open(path)
    try:
        return opened.all()
    finally:
        opened.close()


def _fidelity(frames: Frames, peer: Peer, path: Path) -> float:
    return psnr(frames, _decoded(peer, path)[: len(frames)])  # a last shard may be padded


def _written(peer: Peer, frames: Frames, path: Path, quality: int | None) -> Path:
    if path.is_dir():
        shutil.rmtree(path)
    peer.write(frames, path, quality)
    return path


def _at_equal_psnr(peer: Peer, frames: Frames, folder: Path, target: float) -> tuple[int | None, float]:
    """Return the quality that comes nearest to a PSNR, and the bytes at exactly that PSNR, interpolated."""
    path = folder / f"ladder{peer.suffix}"
    if not peer.qualities:
        return None, _nbytes(_written(peer, frames, path, None))
    steps = []
    for quality in peer.qualities:
        _written(peer, frames, path, quality)
        steps.append((_fidelity(frames, peer, path), np.log(_nbytes(path))))
    psnr, sizes = np.array(steps).T
    return peer.qualities[int(np.abs(psnr - target).argmin())], float(np.exp(np.interp(target, psnr, sizes)))


def _prepare(frames: Frames, folder: Path) -> list[Result]:
    """Write each peer's file at the PSNR of JPkl."""
    ours = PEERS[0]
    target = _fidelity(frames, ours, _written(ours, frames, folder / "target.jpkl", _QUALITY))
    results = []
    for number, peer in enumerate(PEERS):
        quality, nbytes = _at_equal_psnr(peer, frames, folder, target)
        path = _written(peer, frames, folder / f"{number}{peer.suffix}", quality)
        result = Result(peer, path, _fidelity(frames, peer, path), {"bytes": [nbytes]})
        results.append(result)
        print(
            f"  {peer.name:<32} {nbytes / frames.nbytes:6.3f} of the pixels, {result.psnr:5.1f} dB",
            flush=True,
        )
        _time_encode(result, frames, folder, quality)
    return results


def _time_encode(result: Result, frames: Frames, folder: Path, quality: int | None) -> None:
    path, peer = folder / f"encode{result.peer.suffix}", result.peer
    ours = folder / "encode.jpkl"
    for _ in range(3):
        seconds = _seconds(lambda: _written(peer, frames, path, quality))
        reference = _seconds(lambda: _written(PEERS[0], frames, ours, _QUALITY))
        result.samples.setdefault("encode", []).append(seconds / reference)


def _seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _each(opened: Opened, numbers: Sequence[int]) -> list[float]:
    return [_seconds(lambda i=i: opened.frame(i)) for i in numbers]  # type: ignore[misc]


def _time_reading(result: Result, rng: random.Random) -> None:
    """Add one round of everything that reads."""
    n = _TIMES * _ZS
    taken: list[Opened] = []

    def open_and_look() -> None:
        taken.append(result.peer.open(result.path))
        taken[0].frame(n // 2)

    samples = result.samples
    samples.setdefault("open", []).append(_seconds(open_and_look))
    opened = taken[0]
    random_frames = _each(opened, [rng.randrange(n) for _ in range(_READ)])
    samples.setdefault("_random", []).extend(random_frames)
    start = rng.randrange(n - _READ)
    samples.setdefault("scrub z", []).append(float(np.median(_each(opened, range(start, start + _READ)))))
    samples.setdefault("scrub time", []).append(
        float(np.median(_each(opened, range(rng.randrange(_ZS), n, _ZS))))
    )
    crops = [_seconds(lambda i=i: opened.crop(i, _CROP)) for i in rng.sample(range(n), _READ)]  # type: ignore[misc]
    samples.setdefault("crop", []).append(float(np.median(crops)))
    samples.setdefault("all", []).append(_seconds(opened.all))
    opened.close()


# -- each in a process of its own -----------------------------------------------------------------------


def _in_process(step: str, number: int, path: Path, frame: int = 0) -> float:
    command = [sys.executable, "-m", "benchmarks.bench_peers"]
    command += ["--step", step, str(number), str(path), str(frame)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


def _peak() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _memory_step(peer: Peer, path: Path, frame: int) -> float:
    opened = peer.open(path)
    opened.frame(frame)  # what is imported is not what is measured
    before = _peak()
    nbytes = opened.all().nbytes
    return _peak() - before - nbytes


def _one_core_step(peer: Peer, path: Path, _frame: int) -> float:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    opened = peer.open(path)
    opened.all()  # to warm up
    return float(np.median([_seconds(opened.all) for _ in range(3)]))


def _open_step(peer: Peer, path: Path, frame: int) -> float:
    peer.open(path).frame(frame)
    return float(np.median([_seconds(lambda: peer.open(path).frame(frame)) for _ in range(7)]))


STEPS = {"memory": _memory_step, "one core": _one_core_step, "open": _open_step}


def _measure_memory(result: Result, number: int) -> None:
    result.samples["memory"] = [max(1e6, _in_process("memory", number, result.path))]


def _measure_one_core(results: Sequence[Result]) -> None:
    for _ in range(3):
        for number, result in enumerate(results):
            seconds = _in_process("one core", number, result.path)
            result.samples.setdefault("one core", []).append(seconds)


def _measure_growth(result: Result, number: int, folder: Path) -> None:
    """Compare the time to open many frames with that for few."""
    peer = result.peer
    path = folder / f"growth{peer.suffix}"
    frames = np.random.default_rng(0).integers(0, 256, (peer.most_frames, _SMALL, _SMALL), np.uint8)

    def seconds_of(n: int) -> float:
        _written(peer, frames[:n], path, _QUALITY if peer.qualities else None)
        return _in_process("open", number, path, n // 2)

    sizes = {name: n for name, n in _GROWTH.items() if n <= peer.most_frames}
    few = seconds_of(_FEW) if sizes else 0.0
    for name, n in sizes.items():
        result.samples[name] = [seconds_of(n) / few]


def _say(what: str) -> None:
    print(f"  {what} ...", file=sys.stderr, flush=True)


# -- figures --------------------------------------------------------------------------------------------


def measure(folder: Path) -> list[Result]:
    """Measure all peers."""
    frames = gray_frames(_SIDE, _TIMES * _ZS)
    results = _prepare(frames, folder)
    rng = random.Random(0)
    for turn in range(_ROUNDS + 1):
        _say(f"reading, round {turn} of {_ROUNDS}" if turn else "reading, to warm up")
        seed = rng.random()
        for result in rng.sample(results, len(results)):
            _time_reading(result, random.Random(seed))
    _say("all frames on one core")
    _measure_one_core(results)
    for number, result in enumerate(results):
        for name in result.samples:
            if name not in ("bytes", "encode", "one core", "_random"):
                del result.samples[name][0]  # the first round warms up
        times = result.samples.pop("_random")[_READ:]
        for name, percent in (("random p50", 50), ("random p95", 95), ("random p99", 99)):
            result.samples[name] = [float(np.percentile(times, percent))]
        _say(f"{result.peer.name}: memory, and growth")
        _measure_memory(result, number)
        _measure_growth(result, number, folder)
    return results


def ratio(result: Result, ours: Result, name: str) -> tuple[float, float, float] | None:
    """Return a peer's figure by ours: the median of the rounds, and the quartiles."""
    if name not in result.samples:
        return None
    values = np.array(result.samples[name])
    if name != "encode" and name not in _GROWTH:  # they are ratios as they are
        values = values / np.array(ours.samples[name])
    low, median, high = (float(value) for value in np.percentile(values, [25, 50, 75]))
    return median, low, high


def _cell(found: tuple[float, float, float] | None) -> str:
    if found is None:
        return "–"
    median, low, high = found
    spread = f" ({two_digits(low)}–{two_digits(high)})" if high > 1.1 * low else ""
    return f"{two_digits(median)}{spread}"


def _table(results: list[Result]) -> Iterator[str]:
    yield f"| | {' | '.join(COLUMNS)} |"
    yield f"|---{'|---:' * len(COLUMNS)}|"
    for result in results:
        cells = (_cell(ratio(result, results[0], name)) for name in COLUMNS)
        yield f"| {result.peer.name} | {' | '.join(cells)} |"


def _page(results: list[Result], picture: str) -> str:
    ours = results[0].samples
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    absolute = ", ".join(
        f"{name} {two_digits(np.median(ours[name]) * 1e3)} ms"
        for name in ("open", "random p50", "random p99", "all")
    )
    command = "`python -m benchmarks peers --write`"
    pixels = _TIMES * _ZS * _SIDE**2
    return f"""# Compared with other ways to keep frames

Made by {command} on {date.today():%d %B %Y}, on {this_machine()}.

{_TIMES * _ZS} gray frames of {_SIDE} x {_SIDE} pixels ({_TIMES} times, {_ZS} slices) of `{source_name()}`,
enlarged. Each figure is the peer's divided by JPkl's in the same run: above 1, JPkl is smaller or faster.
Medians; the middle half of the rounds in brackets if they differ. Lossy peers are set to the PSNR of JPkl at
quality {_QUALITY} ({results[0].psnr:.1f} dB). The lossless ones keep every bit; JPkl
does not.

![Bytes, random frames and all frames, compared with JPkl]({picture})

{chr(10).join(_table(results))}

JPkl itself: {absolute}; {ours["bytes"][0] / 1e6:.1f} MB for {pixels / 1e6:.0f} MB of pixels.

| column | what it is |
|---|---|
{chr(10).join(f"| {name} | {text} |" for name, text in COLUMNS.items())}

Files were in the cache of the operating system. The columns of growth are not divided by JPkl's, and `memory`
counts at least 1 MB. Growth leaves out movies, and Zarr and Blosc2 with a million frames: writing those takes
minutes.

{_WHERE_PEERS_WIN}

Versions: {versions}.
"""


_WHERE_PEERS_WIN = """### Where a peer is ahead

- **Lossless frames** (TIFF, HDF5 and Blosc2 with zstd, and `.npy`), one by one or all on one core: these
  files have three to four and a half times the bytes, and zstd, or no compression at all, takes less
  arithmetic than JPEG. If the bytes first have to come from a disk or a server, it is the other way round.
- **One frame of a pickle of JPEGs** takes 0.9 to 1.2 times as long, from run to run: all bytes are in memory
  already, and nothing checks them. JPkl finds, reads and checks those of a frame in 12 µs, and takes 10 to
  60 µs for NumPy's indices, least for plain ints. The rest is decoding, by libjpeg-turbo in both.
- **Bytes of a movie**: H.264 predicts each frame from those before it. That is why a random frame takes about
  a hundred times as long, and why JPkl does not do it.
- **A part of a frame**: a JPEG is decoded from its first row, so a part takes as long as the whole frame.
  Blosc2 has blocks, and `.npy` rows. If you need many small parts of large frames, use tiles: `jpkl export`
  writes OME-Zarr.
- **Growth**: before JPkl shows a frame, it reads and checks the whole index, 16 bytes a frame, and checks
  that the frames fill the file: 3 ms for 100,000, 30 ms for a million. Zarr, HDF5, Blosc2 and `.npy` trust
  their index and look up the frame. A TIFF is a chain, whose links are followed up to the frame, and a pickle
  is read as a whole.
- **Encoding** of `.npy`: it is a copy."""


def _draw(results: list[Result], path: Path) -> None:
    import matplotlib.pyplot as plt

    names = {"bytes": "Bytes at equal PSNR", "random p50": "One frame at random", "all": "All frames"}
    figure, axes = plt.subplots(1, len(names), figsize=(11, 3.6), sharey=True, layout="constrained")
    for ax, (name, title) in zip(axes, names.items(), strict=True):
        values = [found[0] if (found := ratio(each, results[0], name)) else np.nan for each in results]
        colors = ["#b7410e" if number < 2 else "#7a8a99" for number in range(len(results))]
        ax.barh([each.peer.name for each in results], values, color=colors)
        ax.axvline(1, color="#444", linewidth=0.8)
        texts = [two_digits(value) for value in values]
        for label in ax.bar_label(ax.containers[0], texts, padding=3, fontsize=8):
            # The line would cross the numbers of bars that are a little shorter than ours.
            label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.8})
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter("{x:g}")
        ax.set_xlim(min(values) / 1.5, max(values) * 3)
        ax.set_title(title, fontsize=10)
        ax.tick_params(labelsize=8)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].invert_yaxis()
    figure.supxlabel("times that of JPkl (logarithmic); shorter is better", fontsize=9)
    figure.savefig(path, metadata={"Date": None})


def write_report(results: list[Result], path: Path) -> None:
    """Write the first part of the page, before that of the viewers."""
    picture = path.with_suffix(".svg")
    _draw(results, picture)
    viewers = path.read_text("utf-8").partition(VIEWERS)[2] if path.exists() else ""
    path.write_text(_page(results, picture.name) + (f"\n{VIEWERS}{viewers}" if viewers else ""), "utf-8")


def main(argv: Sequence[str] = (), *, write: bool = False) -> None:
    """Measure, print, and with ``write`` put table and picture into the docs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_peers", description=__doc__)
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="Markdown to write", default=_REPORT if write else None
    )
    parser.add_argument("--step", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.step:
        step, number, path, frame = args.step
        print(json.dumps(STEPS[step](PEERS[int(number)], Path(path), int(frame))))
        return
    print(f"\nPeers: {_TIMES * _ZS} frames of {_SIDE} x {_SIDE}, {source_name()}, enlarged; peer / JPkl")
    with tempfile.TemporaryDirectory() as folder:
        results = measure(Path(folder))
    print("\n".join(_table(results)))
    if args.report:
        write_report(results, args.report)


if __name__ == "__main__":
    main(sys.argv[1:])
