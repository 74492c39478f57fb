"""The command line: one module per command, each with ``add_parser`` and ``run``.

This one imports next to nothing, so that Ctrl-C ends a command quietly from its first moment on.
"""

from __future__ import annotations

from jpkl._cli._early import end_quietly, open_streams

TYPE_CHECKING = False  # see `jpkl`
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command: see `jpkl._cli._main.main`."""
    if argv is None:
        end_quietly()
        open_streams()
    from jpkl._cli._main import main as run

    return run(argv)
