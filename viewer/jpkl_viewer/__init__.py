"""The JPkl viewer: scrub through n-dimensional stacks along their named dims.

`JPklViewer` is a Panel component around a HoloViews DynamicMap; `serve` opens one in the browser;
`Report` writes one or several into an HTML file that needs no Python.
"""

from jpkl_viewer.demo import demo_stack_options, demo_stack_path
from jpkl_viewer.model.bookmarks import Bookmark
from jpkl_viewer.model.setting_types import ViewSettings
from jpkl_viewer.pages.app import serve
from jpkl_viewer.report.report import Report, ReportTooLargeError
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
    "serve",
]
