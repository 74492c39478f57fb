"""The JPkl viewer: scrub through n-dimensional stacks along their named dims.

`JPklViewer` is a widget in notebooks, and a Panel component in apps; `serve` opens one in the browser;
`Report` writes one or several into an HTML file that needs no Python; `save_stand_alone_page` writes the
viewer itself as such a file, which opens stacks from the disk and from the web.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jpkl_viewer.demo import demo_stack_options, demo_stack_path
    from jpkl_viewer.model.bookmarks import Bookmark
    from jpkl_viewer.model.setting_types import ViewSettings
    from jpkl_viewer.pages.app import serve
    from jpkl_viewer.report.forecast import ReportTooLargeError
    from jpkl_viewer.report.report import Report
    from jpkl_viewer.standalone.page import save_stand_alone_page
    from jpkl_viewer.viewer import JPklViewer, ViewerOptions

__all__ = [
    "Bookmark",
    "JPklViewer",
    "Report",
    "ReportTooLargeError",
    "ViewSettings",
    "ViewerOptions",
    "demo_stack_options",
    "demo_stack_path",
    "save_stand_alone_page",
    "serve",
]

#: Everything is imported when it is first used: `serve` needs Panel, which takes longest, and a notebook is
#: sent the script before the viewer is imported.
_LATER = {
    "Bookmark": "jpkl_viewer.model.bookmarks",
    "JPklViewer": "jpkl_viewer.viewer",
    "Report": "jpkl_viewer.report.report",
    "ReportTooLargeError": "jpkl_viewer.report.forecast",
    "ViewSettings": "jpkl_viewer.model.setting_types",
    "ViewerOptions": "jpkl_viewer.viewer",
    "demo_stack_options": "jpkl_viewer.demo",
    "demo_stack_path": "jpkl_viewer.demo",
    "save_stand_alone_page": "jpkl_viewer.standalone.page",
    "serve": "jpkl_viewer.pages.app",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
