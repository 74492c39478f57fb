"""The command line: one module per command, each with ``add_parser`` and ``run``."""

from jpkl._cli._main import main

__all__ = ["main"]
