"""The JPkl viewer: scrub through n-dimensional stacks along their named dims.

`JPklViewer` is a widget in notebooks, and a Panel component in apps; `serve` opens one in the browser;
`Report` writes one or several into an HTML file that needs no Python.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from jpkl_viewer.demo import demo_stack_options, demo_stack_path
from jpkl_viewer.model.bookmarks import Bookmark
from jpkl_viewer.model.setting_types import ViewSettings
from jpkl_viewer.viewer import JPklViewer, ViewerOptions

if TYPE_CHECKING:
    from jpkl_viewer.pages.app import serve
    from jpkl_viewer.report.forecast import ReportTooLargeError
    from jpkl_viewer.report.report import Report

__all__ = [
    "Bookmark",
    "JPklViewer",
    "Report",
    "ReportTooLargeError",
    "ViewSettings",
    "ViewerOptions",
    "demo_stack_options",
    "demo_stack_path",
    "serve",
]

#: What is imported when it is asked for: `serve` needs Panel, which takes longer than all else.
_LATER = {
    "Report": "jpkl_viewer.report.report",
    "ReportTooLargeError": "jpkl_viewer.report.forecast",
    "serve": "jpkl_viewer.pages.app",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
