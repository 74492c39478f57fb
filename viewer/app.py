"""Serve a stack, or a folder of them: ``panel serve viewer/app.py --args FILE_OR_FOLDER``."""

import sys

from jpkl_viewer.pages.app import app

app(sys.argv[1:]).servable(title="JPkl")
