"""What TIFF files say of their pixels in tags and texts that few writers use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from jpkl.readers import open_image

PIXELS = np.random.default_rng(0).integers(0, 4096, (2, 3, 16, 20)).astype(np.uint16)


def metadata_of(path: Path) -> dict[str, Any]:
    with open_image(path) as file:
        return file.metadata


def test_luma_and_color_differences_are_read_as_colors(tmp_path: Path) -> None:
    colors = np.random.default_rng(0).integers(0, 256, (16, 20, 3)).astype(np.uint8)
    Image.fromarray(colors).convert("YCbCr").save(tmp_path / "a.tif")
    with open_image(tmp_path / "a.tif") as file:
        assert file.axes == "YXS"
        np.testing.assert_allclose(np.asarray(file.array[...]).astype(int), colors, atol=3)
    with open_image(tmp_path / "a.tif", axes="YXC") as file:
        stored = np.asarray(file.array[...])
    np.testing.assert_array_equal(stored, tifffile.imread(tmp_path / "a.tif"))


@pytest.mark.parametrize(("orientation", "said"), [(3, "turned by 180°"), (6, "90° clockwise"), (1, "")])
def test_an_orientation_that_is_not_applied_is_said(orientation: int, said: str, tmp_path: Path) -> None:
    Image.fromarray(PIXELS[0, 0]).save(tmp_path / "a.tif", tiffinfo={274: orientation})
    with open_image(tmp_path / "a.tif") as file:
        assert [said in note and "as they are stored" in note for note in file.notes] == [True] * bool(said)


def test_channels_without_a_name_have_that_of_their_dye_or_wavelength(tmp_path: Path) -> None:
    channels = {"Fluor": ["DAPI", None, None], "EmissionWavelength": [450, 520, None]}
    _write_ome(tmp_path / "a.ome.tif", Channel=channels)
    assert metadata_of(tmp_path / "a.ome.tif")["channel_names"] == ["DAPI", "520 nm", "channel 2"]


def test_sections_are_where_their_planes_say(tmp_path: Path) -> None:
    planes = {"PositionZ": [10.0, 11.5, 14.0] * 2, "PositionZUnit": ["µm"] * 6}
    tifffile.imwrite(tmp_path / "a.ome.tif", PIXELS, metadata={"axes": "CZYX", "Plane": planes})
    found = metadata_of(tmp_path / "a.ome.tif")
    assert (found["coords"], found["units"]) == ({"z": [10.0, 11.5, 14.0]}, {"z": "µm"})
    planes["PositionZ"] = [10.0, 11.5, 14.0, 10.5, 12.0, 14.5]  # each channel has its own
    tifffile.imwrite(tmp_path / "b.ome.tif", PIXELS, metadata={"axes": "CZYX", "Plane": planes})
    assert "coords" not in metadata_of(tmp_path / "b.ome.tif")


def test_sections_have_the_unit_of_the_pixels(tmp_path: Path) -> None:
    planes = {"PositionZ": [0.03, 0.02, 0.005] * 2, "PositionZUnit": ["mm"] * 6}
    metadata = {"axes": "CZYX", "Plane": planes, "PhysicalSizeX": 0.2, "PhysicalSizeY": 0.2}
    tifffile.imwrite(tmp_path / "a.ome.tif", PIXELS, metadata=metadata)
    found = metadata_of(tmp_path / "a.ome.tif")
    assert (found["coords"], found["units"]) == ({"z": [30.0, 20.0, 5.0]}, {"z": "µm"})


def test_no_channel_is_black(tmp_path: Path) -> None:
    _write_ome(tmp_path / "a.ome.tif", Channel={"Color": [0, 16711935, 255]})
    assert metadata_of(tmp_path / "a.ome.tif")["channel_colors"] == ["#ffffff", "#00ff00", "#ffffff"]
    inverting = np.tile(np.arange(255, -1, -1, dtype=np.uint8), (3, 1))
    axes = {"axes": "CYX", "mode": "composite", "LUTs": [inverting] * 3}
    tifffile.imwrite(tmp_path / "a.tif", PIXELS[0], imagej=True, metadata=axes)
    assert "channel_colors" not in metadata_of(tmp_path / "a.tif")


def test_planes_of_metamorph_have_a_pixel_size(tmp_path: Path) -> None:
    said = "".join(
        f'<prop id="spatial-calibration-{what}" type="{kind}" value="{value}"/>'
        for what, kind, value in (
            ("state", "bool", "on"), ("x", "float", 0.325), ("y", "float", 0.65), ("units", "string", "um")
        )
    )  # fmt: skip
    time = '<prop id="acquisition-time-local" type="time" value="20240131 10:00:00.500"/>'
    text = f"<MetaData><PlaneInfo>{said}{time}</PlaneInfo></MetaData>"
    tifffile.imwrite(tmp_path / "a.tif", PIXELS[0, 0], description=text, software="MetaSeries", metadata=None)
    found = metadata_of(tmp_path / "a.tif")
    assert (found["pixel_size"], found["pixel_unit"]) == ((0.65, 0.325), "µm")
    assert found["acquired"].startswith("2024-01-31T10:00:00")


def _write_ome(path: Path, **metadata: Any) -> None:
    pixels = PIXELS.transpose(1, 0, 2, 3)
    tifffile.imwrite(path, pixels, photometric="minisblack", metadata={"axes": "CZYX"})
    channels = metadata["Channel"]
    with tifffile.TiffFile(path) as file:
        text = file.ome_metadata or ""
    for c in range(3):
        given = {key: values[c] for key, values in channels.items() if values[c] is not None}
        attributes = " ".join(f'{key}="{value}"' for key, value in given.items())
        text = text.replace(f'<Channel ID="Channel:0:{c}"', f'<Channel ID="Channel:0:{c}" {attributes}')
    tifffile.imwrite(path, pixels, photometric="minisblack", metadata=None, description=text.encode())


def test_that_there_are_few_gray_levels_is_said(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 16, (12, 16)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", pixels[:, ::2] << 4 | pixels[:, 1::2])
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+") as file:
        for tag, value in (("BitsPerSample", 4), ("ImageWidth", 16)):
            file.pages.first.tags[tag].overwrite(value)
        file.pages.first.tags["ImageDescription"].overwrite("")
    with open_image(tmp_path / "a.tif") as found:
        np.testing.assert_array_equal(found.array[...], pixels)
        assert found.notes == ("pixels have 4 bits: --display-range 0,15 spreads them over all gray levels",)
