"""`JPkl.dynamic_map`: a plain DynamicMap with a key dimension per dim."""

from __future__ import annotations

import itertools
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from jpkl import JPkl
from tests.viewer import stacks

hv = pytest.importorskip("holoviews")
pn = pytest.importorskip("panel")


def pixels_of(element: Any) -> np.ndarray[Any, Any]:
    """Pixels of an element, row 0 first: HoloViews gives values by ascending y."""
    samples = [element.dimension_values(vdim, flat=False) for vdim in element.vdims]
    return samples[0] if len(samples) == 1 else np.stack(samples, axis=-1)


def sliders(frames: Any) -> list[Any]:
    return list(pn.pane.HoloViews(frames).widget_box)


@pytest.mark.parametrize("name", stacks.NAMES)
def test_every_position_is_that_of_indexing(name: str) -> None:
    jp = stacks.stack(name)
    frames = jp.dynamic_map()
    assert [kdim.name for kdim in frames.kdims] == list(jp.dim_names)
    last = tuple(size - 1 for size in jp.dim_sizes)
    middle = tuple(size // 2 for size in jp.dim_sizes)
    for index in ((0,) * len(last), middle, last):
        element = frames[index]
        assert type(element) is (hv.RGB if jp.color else hv.Image)
        np.testing.assert_array_equal(pixels_of(element), jp[(..., *index)])
        height, width = jp.shape[:2]
        assert element.bounds.lbrt() == (-0.5, -0.5, width - 0.5, height - 0.5)


def test_row_0_is_on_top_and_pixels_are_square() -> None:
    figure = hv.render(stacks.ramp((3,), 24, 40).dynamic_map(), backend="bokeh")
    assert (figure.y_range.start, figure.y_range.end) == (23.5, -0.5)
    assert (figure.x_range.start, figure.x_range.end) == (-0.5, 39.5)
    assert figure.frame_width / 40 == pytest.approx(figure.frame_height / 24, rel=0.01)


@pytest.mark.parametrize("index", [(-1, 0), (3, 0), (0, 2), (0, -1), (7, 7)])
def test_an_index_outside_is_an_error(index: tuple[int, int]) -> None:
    frames = stacks.ramp((3, 2)).dynamic_map()
    with pytest.raises(KeyError, match="bound"):
        frames[index]


class Counted(JPkl):
    """Counts what it decodes."""

    decoded = 0

    def decode_slice(self, data: bytes) -> np.ndarray[Any, Any]:
        type(self).decoded += 1
        return super().decode_slice(data)


@pytest.mark.parametrize("has_cache", [False, True])
def test_a_position_is_decoded_once(has_cache: bool) -> None:
    jp = Counted(np.random.default_rng(0).integers(0, 256, (16, 16, 4, 2), np.uint8))
    jp = jp.with_cache(10**6) if has_cache else jp
    Counted.decoded = 0
    frames = jp.dynamic_map()
    for _ in range(3):
        for index in itertools.product(range(4), range(2)):
            frames[index]
    assert Counted.decoded == 8
    if has_cache:
        assert jp.cache is not None
        assert jp.cache.misses == 8, "the stack's own cache is used"


def test_sliders_show_indices_with_their_labels() -> None:
    metadata = {
        "coords": {"time": [0.0, 2.5, 2.5]},
        "units": {"time": "s"},
        "channel_names": ["DNA", "DNA"],
    }
    jp = stacks.ramp((3, 4, 2), metadata=metadata)
    time, z, channel = sliders(jp.dynamic_map())
    assert list(time.options) == ["0 (0.0 s)", "1 (2.5 s)", "2 (2.5 s)"], "equal coordinates stay apart"
    assert list(z.options) == ["0", "1", "2", "3"]
    assert list(channel.options) == ["0 (DNA)", "1 (DNA)"]
    assert list(time.options.values()) == [0, 1, 2]


def test_metadata_that_do_not_fit_are_not_shown() -> None:
    jp = stacks.ramp((3,), metadata={"coords": {"time": [0, None, 1]}, "units": {"time": 7}})
    (time,) = sliders(jp.dynamic_map())
    assert list(time.options) == ["0", "1", "2"]


@pytest.mark.parametrize("names", [("x", "y"), ("value", "µ m"), ("index", "self"), ("class", "R")])
def test_names_of_dims_that_mean_something_to_others(names: tuple[str, str]) -> None:
    jp = JPkl(np.random.default_rng(0).integers(0, 256, (12, 16, 3, 2), np.uint8), dim_names=names)
    frames = jp.dynamic_map()
    np.testing.assert_array_equal(pixels_of(frames[2, 1]), jp[..., 2, 1])
    # Panel 1.10 has `label` in place of `name`.
    assert tuple(getattr(slider, "label", None) or slider.name for slider in sliders(frames)) == names


def test_dims_of_one_index_and_none() -> None:
    one = JPkl(np.full((4, 6, 1, 3), 7, np.uint8), dim_names=["time", "z"])
    np.testing.assert_array_equal(pixels_of(one.dynamic_map()[0, 2]), one[..., 0, 2])
    single = JPkl(np.full((4, 6), 7, np.uint8))
    np.testing.assert_array_equal(pixels_of(single.dynamic_map()[()]), single[...])
    assert sliders(single.dynamic_map()) == []
    with pytest.raises(ValueError, match="no frames"):
        JPkl(np.zeros((4, 6, 0))).dynamic_map()


def test_options_are_those_of_the_element() -> None:
    jp = stacks.ramp((3,), 24, 40)
    figure = hv.render(jp.dynamic_map(cmap="viridis", clim=(20, 180), frame_width=400), backend="bokeh")
    assert (figure.frame_width, figure.frame_height) == (400, 240)
    (mapper,) = {renderer.glyph.color_mapper for renderer in figure.renderers}
    assert (mapper.low, mapper.high, mapper.palette[-1].lower()) == (20, 180, "#fde724")
    upright = hv.render(jp.dynamic_map(frame_height=240), backend="bokeh")
    assert (upright.frame_width, upright.frame_height) == (400, 240)
    free = hv.render(jp.dynamic_map(width=300, height=500), backend="bokeh")
    assert (free.width, free.height, free.frame_width) == (300, 500, None)


def test_it_starts_as_the_viewer_does() -> None:
    jp = stacks.stack("shipped")
    viewer = jp.view()
    frames = jp.dynamic_map()
    assert [slider.value for slider in sliders(frames)] == list(viewer.state.position)
    plot = hv.renderer("bokeh").get_plot(frames)
    for channel, display in enumerate(viewer.state.channels):
        plot.update((3, channel))
        mapper = plot.handles["color_mapper"]
        assert (mapper.low, mapper.high) == display.limits
    as_stored = hv.renderer("bokeh").get_plot(jp.dynamic_map(clim=(0, 255)))
    assert (as_stored.handles["color_mapper"].low, as_stored.handles["color_mapper"].high) == (0, 255)


def test_options_that_do_not_exist_are_refused() -> None:
    with pytest.raises(TypeError, match=r"an hv.Image has no 'colourmap'.*cmap.*frame_width"):
        stacks.ramp((3,)).dynamic_map(colourmap="viridis")
    color = JPkl(np.zeros((4, 6, 3, 2), np.uint8), color=True)
    with pytest.raises(TypeError, match=r"an hv.RGB has no 'cmap'"):
        color.dynamic_map(cmap="viridis")


def test_it_composes() -> None:
    jp = stacks.ramp((3, 2))
    frames = jp.dynamic_map()
    renderer = hv.renderer("bokeh")
    for composed in (frames * hv.Points([(3, 4)]), frames + hv.Curve([1, 2]), frames.hist()):
        plot = renderer.get_plot(composed)
        plot.update((2, 1))
        assert plot.state is not None


def test_what_it_lacks_is_named() -> None:
    script = (
        "import sys, numpy, jpkl; sys.modules['holoviews'] = None\n"
        "try: jpkl.JPkl(numpy.zeros((4, 4, 2))).dynamic_map()\n"
        "except jpkl.MissingDependencyError as error: print(error)"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert 'needs an optional package, holoviews: pip install "jpkl[viewer]"' in result.stdout
