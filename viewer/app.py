"""Serve one stack: ``panel serve viewer/app.py --args FILE``."""

import sys

from jpkl_viewer._app import app

app(sys.argv[1:]).servable(title="JPkl")
