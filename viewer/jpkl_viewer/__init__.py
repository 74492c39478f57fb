"""The JPkl viewer: scrub through n-dimensional stacks along their named dims.

`JPklViewer` is a Panel component around a HoloViews DynamicMap; `serve` opens one in the browser.
"""

from jpkl_viewer._app import serve
from jpkl_viewer._demo import demo_stack_options, demo_stack_path
from jpkl_viewer._viewer import JPklViewer

__all__ = ["JPklViewer", "demo_stack_options", "demo_stack_path", "serve"]
