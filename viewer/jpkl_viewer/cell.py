"""A viewer at the end of a notebook's cell: the widget, and a still that it takes the place of.

They are two outputs of the cell. Without Python, a host knows nothing of the widget, or says that it is
gone, and the still is seen: in saved notebooks, and on pages that are made of them.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from jpkl_viewer.browser.model_ahead import ModelAhead, can_be_ahead

if TYPE_CHECKING:
    from jpkl_viewer.browser.opening import OpenedViewer
    from jpkl_viewer.browser.widget import ViewerWidget
    from jpkl_viewer.still import ShownView

    class CellViewer(OpenedViewer, ShownView, Protocol):
        """What a cell shows: a `JPklViewer`."""

        @property
        def widget(self) -> ViewerWidget:
            """The viewer as a widget, made where there is none."""
            ...

        def _widget_ahead(self) -> ModelAhead | None: ...

        def _make_widget(self, ahead: ModelAhead | None = None) -> ViewerWidget: ...


MimeBundle: TypeAlias = tuple[dict[str, Any], dict[str, Any]]

# JupyterLab says of a widget whose kernel is gone that it was not found: the still says more.
_STYLE = """<style>.jp-OutputArea-child:has(+ .jp-OutputArea-child [data-jpkl-still="{model}"]) \
.jupyter-widgets:not(:has(*)) {{display: none}}</style>"""


def is_in_notebook() -> bool:
    """Return whether a kernel runs this: a terminal shows text."""
    if "IPython" not in sys.modules:
        return False
    return hasattr(sys.modules["IPython"].get_ipython(), "kernel")


def load_script_ahead() -> None:
    """Have the page of a notebook load the viewer's script while Python imports the viewer and makes it."""
    if is_in_notebook() and can_be_ahead():
        from jpkl_viewer.browser.widget_script import send_script_ahead

        send_script_ahead()


def show_in_cell(viewer: CellViewer) -> None:
    """Output a viewer in the cell that runs."""
    from IPython.display import display

    # The browser shows the picture while the widget is made, and then the still: both have much imported.
    ahead = viewer._widget_ahead()
    if ahead is None:
        data, metadata = _live(viewer.widget)
        viewer.widget.open_ahead()
        display(data, metadata=metadata, raw=True)
    else:
        _open(viewer, ahead)
        display({**ahead.view(), "text/plain": ""}, raw=True)
        viewer._make_widget(ahead)
    display({"text/html": still_html(viewer, viewer.widget), "text/plain": repr(viewer)}, raw=True)


def _open(viewer: CellViewer, ahead: ModelAhead) -> None:
    """Send what the view will start from: answers wait for the end of the cell."""
    from jpkl_viewer.browser.opening import opening
    from jpkl_viewer.browser.widget_script import claim_script

    content, parts = opening(viewer, ahead.model_id, with_script=claim_script())
    ahead.send({"views": [], **content}, parts)


def still_html(viewer: ShownView, widget: ViewerWidget) -> str:
    """Make the still that is seen until the widget is there."""
    from jpkl_viewer.still import still_figure

    model = widget.model_id
    return _STYLE.format(model=model) + still_figure(viewer, f'data-jpkl-still="{model}"')


def widget_bundle(viewer: ShownView, widget: ViewerWidget) -> MimeBundle:
    """Make both as one output, for what asks for no more."""
    from jpkl_viewer.still import still_figure

    data, metadata = _live(widget)
    return {**data, "text/html": still_figure(viewer), "text/plain": repr(viewer)}, metadata


def _live(widget: ViewerWidget) -> MimeBundle:
    """Make the output of the widget; where there are no widgets, it shows nothing."""
    data, metadata = widget._repr_mimebundle_() or ({}, {})
    return {**data, "text/plain": ""}, metadata
