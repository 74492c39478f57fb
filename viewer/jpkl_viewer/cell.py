"""A viewer at the end of a notebook's cell: a still, and the widget that takes its place.

They are two outputs of the cell. Without Python, a host knows nothing of the widget, or says that it is
gone, and the still is seen: in saved notebooks, and on pages that are made of them.
"""

from __future__ import annotations

import sys
from typing import Any

from jpkl_viewer.browser.widget import ViewerWidget
from jpkl_viewer.still import ShownView, still_figure

# JupyterLab says of a widget whose kernel is gone that it was not found: the still says more.
_STYLE = """<style>.jp-OutputArea-child:has([data-jpkl-still="{model}"]) + .jp-OutputArea-child \
.jupyter-widgets:not(:has(*)) {{display: none}}</style>"""


def is_in_notebook() -> bool:
    """Return whether a kernel runs this: a terminal shows text."""
    if "IPython" not in sys.modules:
        return False
    return hasattr(sys.modules["IPython"].get_ipython(), "kernel")


def show_in_cell(viewer: ShownView, widget: ViewerWidget) -> None:
    """Output a viewer in the cell that runs."""
    from IPython.display import display

    display({"text/html": still_html(viewer, widget), "text/plain": repr(viewer)}, raw=True)
    display(widget)


def still_html(viewer: ShownView, widget: ViewerWidget) -> str:
    """Make the still that is seen until the widget is there."""
    model = widget.model_id
    return _STYLE.format(model=model) + still_figure(viewer, f'data-jpkl-still="{model}"')


def widget_bundle(viewer: ShownView, widget: ViewerWidget) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make both as one output, for what asks for no more."""
    data, metadata = widget._repr_mimebundle_() or ({}, {})
    return {**data, "text/html": still_figure(viewer)}, metadata
