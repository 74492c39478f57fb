"""Find a Firefox that starts, or install one: ``python -m tests.tools.firefox``.

The tests in Firefox skip where there is none. A browser that ``JPKL_FIREFOX`` names comes first.
"""

from __future__ import annotations

import os
import shutil
import sys

from tests.tools.chromium import install_with_apt, starts

COMMANDS = ("firefox-esr", "firefox")


def find_firefox() -> str | None:
    """Return the path of a Firefox that starts, or None."""
    candidates = [os.environ.get("JPKL_FIREFOX"), *map(shutil.which, COMMANDS)]
    return next((path for path in candidates if path and starts(path)), None)


def main() -> int:
    """Print the path of a Firefox that starts, after trying to install one where none is found."""
    found = find_firefox()
    if found is None:
        install_with_apt("firefox-esr", may_ask=False)
        found = find_firefox()
    print(found or "No Firefox starts on this machine; the tests in Firefox are skipped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
