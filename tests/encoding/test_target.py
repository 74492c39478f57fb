"""Quality by target: what was asked for comes out, also on frames that were in no sample."""

from __future__ import annotations

import math
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import jpkl
from jpkl import JPkl, JPklWarning, JPklWriter
from jpkl._cli._main import main
from jpkl._codecs.jpeg_encoding import standard_huffman
from jpkl._encoding.noise import noise_sigma
from jpkl._encoding.target import parse_target, parse_target_text
from jpkl._metrics import psnr, squared_error, ssim

RANGE = (0.0, 4095.0)
LEVEL = RANGE[1] / 255
SIDE, N_FRAMES = 64, 150


def scene(sigma: float, n: int = N_FRAMES) -> NDArray[np.uint16]:
    """12-bit frames with noise of ``sigma`` gray levels: (n, side, side)."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:SIDE, :SIDE]
    t = np.arange(n)[:, None, None]
    blobs = 1200 * np.exp(-((y - 25 - t / 8) ** 2 + (x - 30) ** 2) / 300)
    return np.clip(700 + blobs + rng.normal(0, sigma * LEVEL, (n, SIDE, SIDE)), 0, 4095).astype(np.uint16)


def pairs(jp: JPkl, images: NDArray[Any]) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Frames as they were encoded and as they are decoded; of every other one, so that few were sampled."""
    eight_bit = np.floor(np.clip(images / np.float32(LEVEL) + 0.5, 0, 255)).astype(np.uint8)
    return [(eight_bit[t], jp.frame((t,))) for t in range(0, len(images), 2)]


def encoded(images: NDArray[Any], target: Any, **options: Any) -> JPkl:
    return JPkl(images, axes="TYX", display_range=RANGE, target=target, **options)


@pytest.mark.parametrize(("target", "q"), [("noise", 1.0), (("noise", 2), 2.0)])
def test_the_error_follows_the_noise(target: Any, q: float) -> None:
    images = scene(6)
    errors = [squared_error(*pair) for pair in pairs(encoded(images, target), images)]
    assert math.sqrt(float(np.mean(errors))) == pytest.approx(q * 6 / math.sqrt(12), rel=0.05)


def test_fidelity_and_ratio() -> None:
    images = scene(3)
    found = [psnr(*pair) for pair in pairs(encoded(images, ("psnr", 40)), images)]
    assert np.mean(found) == pytest.approx(40, abs=0.5)
    similar = [ssim(*pair) for pair in pairs(encoded(images, ("ssim", 0.9)), images)]
    assert np.mean(similar) == pytest.approx(0.9, abs=0.01)


def test_ratio_is_that_of_the_file(tmp_path: Path) -> None:
    images = scene(3)
    encoded(images, ("ratio", 8)).save(tmp_path / "x.jpkl")
    assert images.nbytes / (tmp_path / "x.jpkl").stat().st_size == pytest.approx(8, rel=0.05)


def test_a_ratio_is_reached_with_the_huffman_tables_that_are_asked_for(tmp_path: Path) -> None:
    images = scene(3, 12)
    tables = set()
    for optimize in (None, True, False):
        encoded(images, ("ratio", 6), jpeg_optimize=optimize).save(tmp_path / "x.jpkl")
        assert images.nbytes / (tmp_path / "x.jpkl").stat().st_size == pytest.approx(6, rel=0.05)
        with JPkl.load(tmp_path / "x.jpkl") as jp:
            tables.add((optimize, standard_huffman()[:28] in jp.images[0,]))
    assert tables == {(None, False), (True, False), (False, True)}


def test_each_channel_has_steps_of_its_own_noise() -> None:
    images = np.stack([scene(4, 24), scene(12, 24)], axis=1)
    jp = JPkl(images, axes="TCYX", dim_names=("time", "channel"), display_range=RANGE, target="noise")
    errors = [
        np.mean(
            [
                squared_error(np.rint(images[t, c] / LEVEL).astype(np.uint8), jp.frame((t, c)))
                for t in range(24)
            ]
        )
        for c in (0, 1)
    ]
    assert math.sqrt(errors[1] / errors[0]) == pytest.approx(3, rel=0.1)


def test_levels_that_are_coarser_than_the_noise_are_noticed() -> None:
    with pytest.warns(JPklWarning, match=r"256 gray levels .*deviation of 0\.\d+ gray levels"):
        encoded(scene(0.4, 12), "noise")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encoded(scene(3, 12), "noise")


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (("psnr", 90), r"target psnr 90 dB is out of reach of JPEG: from \d+\.?\d* to \d+\.?\d* can be had"),
        (("ratio", 5000), r"target ratio 5000 is out of reach"),
        (("noise", 0.01), r"target noise 0.01 is out of reach"),
        (("psnr", 3), r"target psnr 3 dB is out of reach"),
        (("sharpness", 3), r"target must be 'noise', \('noise', q\)"),
        (("ssim", 1), r"must be below 1"),
        (("ratio", -1), r"must be positive"),
    ],
)
def test_what_cannot_be(target: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        encoded(scene(3, 12), target)


def test_frames_without_noise() -> None:
    with pytest.raises(ValueError, match="no noise is found"):
        JPkl(np.zeros((4, 16, 16), np.uint8), axes="TYX", target="noise")
    with pytest.raises(ValueError, match="smaller than 7 x 7"):
        JPkl(np.zeros((4, 5, 16), np.uint8), axes="TYX", target=("ssim", 0.9))
    assert JPkl(np.zeros((4, 16, 16), np.uint8), axes="TYX", target=("psnr", 40)).shape == (16, 16, 4)
    assert JPkl(np.zeros((0, 16, 16), np.uint8), axes="TYX", target="noise").shape == (16, 16, 0)


@pytest.mark.parametrize("sigma", [0.5, 1, 3, 40])
def test_noise_is_estimated_from_rounded_values_and_past_edges(sigma: float) -> None:
    rng = np.random.default_rng(0)
    frame = 400 + rng.normal(0, sigma, (200, 201))
    frame[:, 100:150] += 5 * sigma
    frame[150:] = 0  # where a detector ends
    assert noise_sigma(frame) == pytest.approx(sigma, rel=0.05)
    assert noise_sigma(np.rint(frame).astype(np.uint16)) == pytest.approx(sigma, rel=0.05)
    color = np.repeat(frame[..., None], 3, axis=2)
    assert noise_sigma(np.ma.masked_array(color, color == 0)[..., 0]) == pytest.approx(sigma, rel=0.05)


def test_noise_of_frames_that_have_none() -> None:
    for frame in (np.zeros((1, 9)), np.full((9, 9), np.nan), np.full((9, 9), 7, np.uint8)):
        assert noise_sigma(frame) == 0


def test_targets_as_text() -> None:
    assert parse_target_text("noise") == ("noise", 1.0)
    assert parse_target(parse_target_text("psnr:45")) == parse_target(("psnr", 45))
    for text in ("psnr", "psnr:x", "ratio:0", "quality:3", ""):
        with pytest.raises(ValueError, match="is not noise, noise:Q"):
            parse_target_text(text)


def test_the_forecast_is_what_comes_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, output = tmp_path / "scene.npy", tmp_path / "scene.jpkl"
    np.save(source, scene(3))
    options = [str(source), str(output), "--axes", "TYX", "--display-range", "0,4095", "--target", "ratio:6"]
    assert main(["encode", *options, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"forecast: .*, (5\.9|6|6\.0|6\.1) times smaller than the pixels", said), said
    assert "fidelity: PSNR " in said
    assert not output.exists()
    assert main(["encode", *options]) == 0
    assert source.stat().st_size / output.stat().st_size == pytest.approx(6, rel=0.05)
    options[-1] = "psnr:99"
    assert main(["encode", *options, "--force"]) == 2
    assert "out of reach" in capsys.readouterr().err


def write(path: Path, images: NDArray[Any], target: Any, **options: Any) -> JPkl:
    shape = images.shape[-2:]
    with JPklWriter(
        path, shape, images.shape[:-2], display_range=RANGE, dtype=np.uint16, target=target, **options
    ) as writer:
        for index in np.ndindex(images.shape[:-2]):
            writer[index] = images[index]
    return JPkl.load(path)


def test_frames_that_stream_in_have_it_too(tmp_path: Path) -> None:
    images = scene(5, 60)
    with write(tmp_path / "a.jpkl", images, ("psnr", 38)) as jp:
        found = [psnr(*pair) for pair in pairs(jp, images)]
        assert found[0] == pytest.approx(38, abs=0.5)
        assert np.mean(found[8:]) == pytest.approx(38, abs=0.2)
        assert jp.fidelity is not None
        assert jp.fidelity.target == "psnr 38 dB"
    two = np.stack([images, scene(10, 60)], axis=1)
    named: dict[str, Any] = {"dim_names": ("time", "channel"), "sample": two[::20]}
    with write(tmp_path / "b.jpkl", two, "noise", **named) as jp:
        steps = [np.mean(np.square(jp[..., c] * LEVEL - two[:, c].transpose(1, 2, 0))) for c in (0, 1)]
        assert math.sqrt(steps[1] / steps[0]) == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize("order", [1, -1])
def test_the_ratio_is_reached_whatever_comes_after_the_first_frames(tmp_path: Path, order: int) -> None:
    images = np.concatenate([scene(sigma, 12) for sigma in (2, 4, 8, 16, 32)])[::order]
    with write(tmp_path / "a.jpkl", images, ("ratio", 6)):
        assert images.nbytes / (tmp_path / "a.jpkl").stat().st_size == pytest.approx(6, rel=0.05)


def test_frames_that_stream_in_and_cannot_have_it(tmp_path: Path) -> None:
    with pytest.warns(JPklWarning, match="psnr 90 dB is out of reach .* as close to it as can be") as said:
        write(tmp_path / "a.jpkl", scene(3, 8), ("psnr", 90)).close()
    assert len(said) == 1
    blank = np.concatenate([np.zeros((3, SIDE, SIDE), np.uint16), scene(5, 20)])
    with pytest.warns(JPklWarning, match="no noise is found"):
        jp = write(tmp_path / "b.jpkl", blank, "noise")
    with jp:
        error = [squared_error(*pair) for pair in pairs(jp, blank)][-4:]
        assert math.sqrt(np.mean(error)) == pytest.approx(5 / math.sqrt(12), rel=0.05)
    for options, says in (
        ({"codec": "png", "target": "noise"}, "target is for the codec 'jpeg'"),
        ({"target": "noise", "sample": blank[0]}, r"sample has shape .* must be \(n, 64, 64\)"),
        (
            {"target": None, "sample": blank, "jpeg_tables": "standard"},
            "sample is what tables are fitted to: jpeg_tables='fitted' or a target",
        ),
    ):
        with pytest.raises(ValueError, match=says):
            write(tmp_path / "c.jpkl", blank, **options)
    assert not (tmp_path / "c.jpkl").exists()


def test_originals_show_what_the_target_keeps(tmp_path: Path) -> None:
    images = scene(5, 40)
    np.save(tmp_path / "a.npy", images)
    with jpkl.open(tmp_path / "a.npy", axes="TYX", display_range=RANGE, target=("psnr", 36)) as original:
        assert np.mean([psnr(*pair) for pair in pairs(original, images)]) == pytest.approx(36, abs=0.3)
        original.save(tmp_path / "a.jpkl")
    with JPkl.load(tmp_path / "a.jpkl") as jp:
        assert np.mean([psnr(*pair) for pair in pairs(jp, images)]) == pytest.approx(36, abs=0.3)
    with pytest.raises(ValueError, match="out of reach"):
        jpkl.open(tmp_path / "a.npy", axes="TYX", display_range=RANGE, target=("psnr", 99))
