"""Fidelity on record: what is measured while encoding is what the file says, whoever rewrites it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from numpy.typing import NDArray

from jpkl import JPkl, JPklWriter
from jpkl._annotate import annotate_file, record_fidelity
from jpkl._bytes import LocalFile
from jpkl._cli import _compare
from jpkl._cli._main import main
from jpkl._export.selecting import select_frames
from jpkl._fidelity import Fidelity, pack_fidelity, parse_fidelity
from jpkl._file.opening import open_stack
from jpkl._file.trailer import FOOTER, MAGIC, SECTION_HEAD, VERSION, read_trailer
from jpkl._metrics import psnr, ssim
from jpkl._recover import recover

N_FRAMES = 12


@pytest.fixture
def images() -> NDArray[np.uint8]:
    """(time, channel, 40, 48): noise that grows with time, and is twice as large in the second channel."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 1, (N_FRAMES // 2, 2, 40, 48)) * np.array([4, 8])[:, None, None]
    return np.clip(100 + noise * np.linspace(1, 2, 6)[:, None, None, None], 0, 255).astype(np.uint8)


def encoded(images: NDArray[Any], **options: Any) -> JPkl:
    return JPkl(images, axes="TCYX", dim_names=("time", "channel"), **options)


def test_all_frames_are_on_record_as_they_are(images: NDArray[np.uint8], tmp_path: Path) -> None:
    jp = encoded(images, fidelity="all", target="noise")
    jp.save(tmp_path / "a.jpkl")
    with JPkl.load(tmp_path / "a.jpkl") as loaded:
        for found in (jp.fidelity, loaded.fidelity):
            assert found is not None
            assert found.numbers.tolist() == list(range(N_FRAMES))
            pairs = [(images[t, c], jp.frame((t, c))) for t in range(6) for c in (0, 1)]
            np.testing.assert_allclose(found.psnr, [psnr(*pair) for pair in pairs], atol=0.1)
            sampled = ~np.isnan(found.ssim)
            assert 2 <= sampled.sum() < N_FRAMES
            expected = np.array([ssim(*pair) for pair in pairs])
            np.testing.assert_allclose(found.ssim[sampled], expected[sampled], atol=1e-4)
            assert f", of {sampled.sum()})" in found.summary(N_FRAMES)
            np.testing.assert_allclose(found.noise, (6, 12), rtol=0.1)
            assert found.target == "noise 1"
            assert psnr(*pairs[found.worst]) < min(psnr(*pair) for pair in pairs) + 0.1
            assert found.steps[1] == pytest.approx(2 * found.steps[0], rel=0.2)


def test_frames_outside_the_sample_are_measured_as_they_are_encoded(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 1, (60, 2, 96, 104)) * np.linspace(2, 12, 60)[:, None, None, None]
    noise[:, :, :, 60:] = 0
    images = np.clip(100 + noise, 0, 255).astype(np.uint8)
    tables: Any = {"jpeg_tables": "standard", "jpeg_optimize": True}
    jp = encoded(images, fidelity="all", jpeg_quality=70, **tables)
    found = jp.fidelity
    assert found is not None
    assert found.numbers.tolist() == list(range(120))
    expected = [psnr(images[t, c], jp.frame((t, c))) for t in range(60) for c in (0, 1)]
    assert np.isnan(found.ssim).sum() > 60
    np.testing.assert_allclose(found.psnr, expected, atol=1e-4)
    assert found.worst >= 100
    with JPklWriter(
        tmp_path / "a.jpkl",
        (96, 104),
        (60, 2),
        dim_names=("time", "channel"),
        jpeg_quality=70,
        fidelity="all",
        **tables,
    ) as writer:
        writer[...] = images
    with JPkl.load(tmp_path / "a.jpkl") as written:
        assert written.fidelity is not None
        np.testing.assert_allclose(written.fidelity.psnr, found.psnr, atol=0.02)


@pytest.mark.parametrize("kind", ["sparse", "blank", "saturated", "odd sides", "color"])
def test_frames_that_are_mostly_the_same_or_clipped_are_on_record_as_they_are(kind: str) -> None:
    frames = np.random.default_rng(0).normal(100, 20, (60, 90, 83, 3)).clip(0, 255)
    if kind == "sparse":
        frames[:, 20:] = 0
    elif kind == "blank":
        frames[::2] = 7
    elif kind == "saturated":
        frames = np.clip(frames + 150, 0, 255)
    color = kind == "color"
    images = (frames if color else frames[..., 0]).astype(np.uint8)
    jp = JPkl(images, axes="TYXS" if color else "TYX", fidelity="all", jpeg_quality=80)
    assert jp.fidelity is not None
    assert jp.fidelity.numbers.tolist() == list(range(60))
    np.testing.assert_allclose(
        jp.fidelity.psnr, [psnr(images[t], jp.frame((t,))) for t in range(60)], atol=1e-4
    )


def test_a_sample_has_frames_of_each_channel(images: NDArray[np.uint8]) -> None:
    found = encoded(np.tile(images, (400, 1, 1, 1))).fidelity
    assert found is not None
    assert 2 <= len(found.numbers) < 200
    assert {number % 2 for number in found.numbers.tolist()} == {0, 1}
    assert encoded(images, fidelity=None).fidelity is None
    with pytest.raises(ValueError, match="fidelity must be 'sample', 'all' or None"):
        encoded(images, fidelity="some")


def test_writers_record_it_too(images: NDArray[np.uint8], tmp_path: Path) -> None:
    with JPklWriter(
        tmp_path / "a.jpkl", (40, 48), (6, 2), dim_names=("time", "channel"), fidelity="all"
    ) as writer:
        writer[...] = images
    with JPkl.load(tmp_path / "a.jpkl") as written:
        expected = [psnr(images[index], written.frame(index)) for index in np.ndindex(6, 2)]
        assert written.fidelity is not None
        np.testing.assert_allclose(written.fidelity.psnr, expected, atol=0.006)


def test_a_class_that_encodes_itself_has_none(images: NDArray[np.uint8]) -> None:
    class Own(JPkl):
        def encode_slice(self, image: NDArray[np.uint8]) -> bytes:
            return super().encode_slice(image)

    assert Own(images[0, 0], fidelity="all").fidelity is None
    with pytest.raises(ValueError, match="target: a class with an encode_slice"):
        Own(images[0, 0], target="noise")


def test_it_survives_other_metadata_and_selections(images: NDArray[np.uint8], tmp_path: Path) -> None:
    path = tmp_path / "a.jpkl"
    encoded(images, fidelity="all").save(path)
    annotate_file(path, metadata={"note": "mine"})
    with JPkl.load(path) as jp:
        assert jp.fidelity is not None
        before = jp.fidelity.psnr
        part = select_frames(jp, [("time", slice(2, 4)), ("channel", 1)])
        assert part.fidelity is not None
        np.testing.assert_array_equal(part.fidelity.psnr, before[[5, 7]])
        assert part.fidelity.numbers.tolist() == [0, 1]


def test_sections_that_are_not_known_are_skipped_and_kept(images: NDArray[np.uint8], tmp_path: Path) -> None:
    path = tmp_path / "a.jpkl"
    encoded(images).save(path)
    source = LocalFile(path)
    trailer = read_trailer(source)
    source.close()
    assert trailer is not None
    sections = {b"LATE": b"whatever", **trailer.sections}
    path.write_bytes(path.read_bytes()[: trailer.offset] + replace(trailer, sections=sections).pack())
    record_fidelity(path, Fidelity(np.array([3]), np.array([20.0]), np.array([np.nan])))
    source = LocalFile(path)
    again = read_trailer(source)
    source.close()
    assert again is not None
    assert again.sections[b"LATE"] == b"whatever"
    info, _ = open_stack(path)
    assert info.fidelity is not None
    assert (
        info.fidelity.summary(N_FRAMES) == "median PSNR 20.0 dB (lowest 20.0 dB), measured on 1 of 12 frames"
    )
    assert len(info.fidelity.noise) == 2  # of what was on record before


def test_sections_that_are_cut_off(images: NDArray[np.uint8], tmp_path: Path) -> None:
    path = tmp_path / "a.jpkl"
    encoded(images, fidelity=None).save(path)
    source = LocalFile(path)
    trailer = read_trailer(source)
    source.close()
    assert trailer is not None
    packed = replace(trailer, sections={b"LATE": b"bc"}).pack()
    for n in (1, 3, SECTION_HEAD.size + 1):
        block = packed[: -FOOTER.size - n]
        footer = FOOTER.pack(trailer.offset, len(block), crc32(block), VERSION, MAGIC)
        (tmp_path / "b.jpkl").write_bytes(path.read_bytes()[: trailer.offset] + block + footer)
        with pytest.warns(match="cut off"), JPkl.load(tmp_path / "b.jpkl") as jp:
            assert jp.shape == (40, 48, 6, 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"frames": [0, 0]},
        {"frames": [1, 99]},
        {"frames": [0.5, 1]},
        {"frames": [0]},
        {"frames": 3},
        {"psnr": ["40", 41]},
        {"psnr": [float("nan"), 41]},
        {"ssim": None},
        {"noise": [[1]]},
        {"noise": [10**400]},
        {"frames": [10**30, 10**31]},
    ],
)
def test_records_that_cannot_be_are_ignored(changes: dict[str, Any]) -> None:
    fidelity = Fidelity(
        np.array([0, 3]), np.array([40.0, np.inf]), np.array([0.9, np.nan]), (1.5,), (4.0,), "x"
    )
    packed = pack_fidelity(fidelity)
    found = parse_fidelity(packed, 4)
    assert found is not None
    assert pack_fidelity(found) == packed
    assert parse_fidelity(json.dumps({**json.loads(packed), **changes}).encode(), 4) is None


def test_records_that_are_no_json() -> None:
    for data in (b"", b"[]", b"[" * 100_000, b"\xff", b" " * (1 << 21)):
        assert parse_fidelity(data, 4) is None


def test_compare_opens_the_original_as_the_stack_was_mapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("panel")
    images = (np.random.default_rng(0).normal(0, 3, (4, 40, 48)) + 100).astype(np.float32)
    np.save(tmp_path / "raw.npy", images)
    encoded_path = str(tmp_path / "a.jpkl")
    JPkl(images, axes="TYX", display_range=(80, 120)).save(encoded_path)
    served = []

    def serve(stack: JPkl, args: Any, compare: Any) -> int:
        served.append((stack[..., 2], compare[0][..., 2]))
        return 0

    monkeypatch.setattr(_compare._view, "serve", serve)
    assert main(["compare", encoded_path, str(tmp_path / "raw.npy"), "--axes", "TYX"]) == 0
    ((raw, decoded),) = served
    expected = np.floor(np.clip((images[2] - 80) * 255 / 40, 0, 255) + 0.5)
    np.testing.assert_array_equal(raw, expected)
    assert np.abs(decoded - expected).max() > 4
    assert "PSNR" in capsys.readouterr().out
    assert main(["compare", encoded_path, str(tmp_path / "raw.npy"), "--axes", "YTX"]) == 2
    assert "--axes" in capsys.readouterr().err
    assert main(["compare", encoded_path, encoded_path]) == 2
    assert "not an image file; use jpkl view" in capsys.readouterr().err


def test_compare_says_so_if_the_original_is_of_another_stack(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("panel")
    images = np.random.default_rng(0).integers(0, 4000, (3, 2, 24, 32), np.uint16)
    np.save(tmp_path / "other.npy", images[:, 0])
    encoded_path = str(tmp_path / "a.jpkl")
    JPkl(images, axes="TCYX").save(encoded_path)  # its display range has a pair for each channel
    assert main(["compare", encoded_path, str(tmp_path / "other.npy"), "--axes", "TYX"]) == 2
    said = capsys.readouterr().err
    assert "24 x 32 x 3 (height x width x dims), but" in said
    assert "24 x 32 x 3 x 2: give the axes" in said


@pytest.mark.parametrize("unit", [1e30, 1e-200])
def test_noise_of_any_magnitude_is_measured(unit: float) -> None:
    rng = np.random.default_rng(0)
    found = JPkl(rng.normal(1000, 50, (40, 44, 4)) * unit, dim_names=["time"]).fidelity
    assert found is not None
    assert 20 < found.noise[0] < 60


def test_blank_frames_do_not_hide_the_noise_of_others() -> None:
    images = np.zeros((64, 64, 24), np.float32)
    images[..., 20:] = np.random.default_rng(0).normal(1000, 50, (64, 64, 4))
    found = JPkl(images, dim_names=["time"], target="noise").fidelity
    assert found is not None
    assert found.noise[0] > 5


def test_a_goal_that_blank_frames_exceed_is_reached() -> None:
    blank = np.full((40, 44, 3), 7, np.float32)
    assert JPkl(blank, dim_names=["time"], target=("ssim", 0.9)).shape == blank.shape


def test_what_is_recovered_keeps_it(images: NDArray[np.uint8], tmp_path: Path) -> None:
    stack = encoded(images, fidelity="all")
    stack.save(tmp_path / "stack.jpkl")
    recover(tmp_path / "stack.jpkl", tmp_path / "again.jpkl")
    with JPkl.load(tmp_path / "again.jpkl") as again:
        assert stack.fidelity is not None
        assert again.fidelity is not None
        assert again.fidelity.psnr.tolist() == pytest.approx(stack.fidelity.psnr.tolist(), abs=0.01)
