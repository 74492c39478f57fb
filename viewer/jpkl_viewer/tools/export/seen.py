"""What is seen, by the view that is open: a frame, orthogonal views, a montage, or a comparison; as PNG."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike

from PIL import Image

from jpkl.toolkit import replacing
from jpkl_viewer.tools.export.comparison import CompareRenderer, read_comparison
from jpkl_viewer.tools.export.montage import Arrangement, MontageRenderer, read_montage_settings
from jpkl_viewer.tools.export.ortho import OrthoRenderer, read_cross
from jpkl_viewer.tools.export.panes import Renderer, SeenView
from jpkl_viewer.tools.export.stills import StillOptions, StillRenderer


def make_renderer(
    viewed: SeenView, options: StillOptions | None = None, arrangement: Arrangement | None = None
) -> Renderer:
    """Make what renders a view as it is seen, or its picture alone.

    Parameters
    ----------
    viewed : SeenView
        Usually a `JPklViewer`; scrubbing on does not change what is rendered.
    options : StillOptions, optional
        How pictures are exported.
    arrangement : Arrangement, optional
        How the screen arranges a montage.

    Raises
    ------
    ValueError
        If the options do not fit the stack.
    """
    options = options or StillOptions()
    tools, stack = viewed.state.tools, viewed.stack
    # Views exclude each other. Where a link has several, the screen shows the last of these.
    comparison = read_comparison(tools.get("compare"), len(viewed.others))
    montage, cross = read_montage_settings(tools.get("montage"), stack), read_cross(tools.get("ortho"), stack)
    if comparison is None and (montage or cross):
        options = replace(options, turned=False)  # the screen shows these as stored
    if comparison or montage:
        options = replace(options, labels=False)  # nor are there labels over these
    if options.layout and comparison:
        return CompareRenderer(viewed, options, comparison)
    if options.layout and montage:
        return MontageRenderer(viewed, options, montage, arrangement)
    if options.layout and cross:
        return OrthoRenderer(viewed, options, cross)
    return StillRenderer(viewed, options)


def export_png(
    viewed: SeenView,
    path: str | PathLike[str],
    options: StillOptions | None = None,
    arrangement: Arrangement | None = None,
) -> None:
    """Write the view as a PNG.

    Parameters
    ----------
    viewed : SeenView
        Usually a `JPklViewer`.
    path : path-like
        The file; it appears only when it is complete.
    options : StillOptions, optional
        Part, zoom, and what is drawn in.
    arrangement : Arrangement, optional
        How the screen arranges a montage.

    Raises
    ------
    FrameError
        If a frame is damaged.
    ValueError
        If the options do not fit the stack.
    OSError
        If the file cannot be written.
    """
    picture = make_renderer(viewed, options, arrangement).at()()
    with replacing(path) as file:
        Image.fromarray(picture).save(file, "PNG")
