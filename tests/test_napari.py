"""The plugin for napari, without napari: what it is told of each layer."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import jpkl
from jpkl import JPkl
from jpkl._napari import get_reader, layers_of

METADATA: dict[str, Any] = {
    "pixel_size": (0.5, 0.25),
    "pixel_unit": "um",
    "coords": {"time": [0.0, 1.0, 5.0], "z": [-500, 0, 500, 1000]},
    "units": {"time": "s", "z": "nm"},
    "channel_names": ["DNA", "actin"],
    "channel_colors": ["#0000ff", "#00ff00"],
    "channel_limits": [(0, 100), (50, 200)],
    "channel_visible": [True, False],
}


def make_stack() -> JPkl:
    images = np.random.default_rng(0).integers(0, 256, (8, 6, 3, 2, 4), np.uint8)
    return JPkl(images, dim_names=["time", "channel", "z"], metadata=METADATA, display_range=(0, 510))


def test_the_manifest_names_what_there_is() -> None:
    manifest = yaml.safe_load((Path(jpkl.__file__).parent / "napari.yaml").read_text())
    (command,), (reader,) = (manifest["contributions"][key] for key in ("commands", "readers"))
    assert reader["command"] == command["id"]
    module, _, name = command["python_name"].partition(":")
    assert getattr(import_module(module), name) is get_reader


def test_each_channel_is_a_layer_in_its_place(tmp_path: Path) -> None:
    make_stack().save(tmp_path / "cells.jpkl")
    read = get_reader(str(tmp_path / "cells.jpkl"))
    assert read is not None
    (_, dna, kind), (_, actin, _) = read([str(tmp_path / "cells.jpkl")])
    assert kind == "image"
    assert (dna["name"], actin["name"]) == ("cells DNA", "cells actin")
    assert dna["axis_labels"] == ("time", "z", "y", "x")
    assert dna["scale"] == (1, 0.5, 0.5, 0.25)  # times are uneven; sections are in the unit of the pixels
    assert dna["translate"] == (0, -0.5, 0, 0)
    assert dna["units"] == ("pixel", "\u00b5m", "\u00b5m", "\u00b5m")
    assert (actin["colormap"], actin["contrast_limits"], actin["visible"]) == ("#00ff00", (25, 100), False)
    assert actin["blending"] == "additive"
    assert get_reader(["a.jpkl", "b.tif"]) is None


def test_channels_of_one_color_get_colors_that_can_be_told_apart() -> None:
    jp = make_stack().with_metadata(channel_colors=["#ffffff", "#ffffff"])
    assert [options["colormap"] for _, options, _ in layers_of(jp)] == ["#00ff00", "#ff00ff"]


def test_layers_are_lazy() -> None:
    jp = make_stack()
    decoded: list[int] = []

    class Counting(JPkl):
        def decode_slice(self, encoded: bytes) -> Any:
            decoded.append(1)
            return super().decode_slice(encoded)

    counting = Counting._from_parts(jp._info, jp._store)
    (_, _, _), (actin, _, _) = layers_of(counting)
    expected = jp.frames_first[:, 1]
    assert (actin.shape, actin.ndim, actin.size, len(actin)) == (expected.shape, 4, expected.size, 3)
    for key in (np.s_[2, 1], np.s_[-1, 3, 2:4, :], np.s_[..., 0], np.s_[0], np.s_[:, 1, ..., ::2]):
        np.testing.assert_array_equal(actin[key], expected[key])
    decoded.clear()
    for _ in range(3):
        actin[1, 2, :, :]
    assert len(decoded) == 1
    np.testing.assert_array_equal(np.asarray(actin, np.float32), expected)
    with pytest.raises(IndexError, match="indexed by integers and slices"):
        actin[[0, 1]]


def test_a_stack_without_metadata_is_one_gray_layer_and_color_is_rgb() -> None:
    ((data, options, _),) = layers_of(JPkl(np.zeros((8, 6, 3), np.uint8)))
    assert data.shape == (3, 8, 6)
    assert (options["name"], options["colormap"], options["contrast_limits"]) == ("JPkl", "gray", (0, 255))
    ((data, options, _),) = layers_of(JPkl(np.zeros((8, 6, 3, 2), np.uint8), color=True))
    assert (data.shape, options["rgb"], len(options["scale"])) == ((2, 8, 6, 3), True, 3)
    assert "contrast_limits" not in options


def test_labels_are_layers_in_the_place_of_the_channels(tmp_path: Path) -> None:
    jp = make_stack()
    nuclei = np.random.default_rng(1).integers(0, 9, (8, 6, 3, 4), np.uint16)
    masks = np.random.default_rng(2).integers(0, 2, jp.shape).astype(bool)
    jp.with_labels({"nuclei": nuclei, "mask": masks}).save(tmp_path / "cells.jpkl")
    (_, image, _), _, *layers = layers_of(JPkl.load(tmp_path / "cells.jpkl"))
    assert [kind for *_, kind in layers] == ["labels"] * 3
    assert [options["name"] for _, options, _ in layers] == [
        "cells nuclei",
        "cells DNA mask",
        "cells actin mask",
    ]
    expected = [np.moveaxis(nuclei, (0, 1), (-2, -1)), *np.moveaxis(masks, (3, 0, 1), (0, -2, -1))]
    for (data, options, _), values in zip(layers, expected, strict=True):
        assert data.dtype == (np.uint16 if values is expected[0] else np.uint8)
        assert data.chunks == (1, 1, 8, 6)
        np.testing.assert_array_equal(data[1, 2], values[1, 2])
        np.testing.assert_array_equal(np.asarray(data), values)
        for key in ("scale", "translate", "units", "axis_labels"):
            assert options[key] == image[key]
