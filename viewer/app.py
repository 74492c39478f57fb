"""Serve a stack, or a folder: ``panel serve viewer/app.py --address localhost --args FILE_OR_FOLDER``.

Without ``--address``, Panel's server listens on all network interfaces.
"""

import sys

from jpkl_viewer.pages.app import app

app(sys.argv[1:]).servable(title="JPkl")
