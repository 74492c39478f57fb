"""Find a Chromium that starts, or install one: ``python -m tests.tools.chromium``.

The order is: a browser named by ``JPKL_CHROMIUM``, one on the path, Playwright's own; then
Playwright's download, which closed networks refuse; then the package of Debian or Ubuntu. Of each kind the
headless shell comes first: it has no window, which a Chromium makes for each page, also where nobody sees it.

``python -m tests.tools.chromium shell`` installs Debian's headless shell, for machines made for tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

SHELL = "chromium-headless-shell"
COMMANDS = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ADVICE = "No Chromium starts on this machine. Install one, or name it: JPKL_CHROMIUM=/path/to/chromium"


def find_chromium() -> str | None:
    """Return the path of a Chromium that starts, or None."""
    return next((path for path in _candidates() if starts(path)), None)


def install_chromium() -> str | None:
    """Install a Chromium by the first means that works; return its path, or None."""
    for install in (_install_with_playwright, lambda: install_with_apt("chromium")):
        install()
        if found := find_chromium():
            return found
    return None


def _candidates() -> Iterator[str]:
    if named := os.environ.get("JPKL_CHROMIUM"):
        yield named
    yield from filter(None, map(shutil.which, COMMANDS))
    yield from _playwright_chromiums()


def _playwright_chromiums() -> Iterator[str]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return
    with sync_playwright() as playwright:
        chromium = Path(playwright.chromium.executable_path)
    # In the folder of all browsers, .../chromium_headless_shell-1234/chrome-headless-shell-linux64/...
    shells = chromium.parents[2].glob("chromium_headless_shell-*/*/*headless[-_]shell*")
    yield from filter(None, map(shutil.which, map(str, [*sorted(shells, reverse=True), chromium])))


def starts(path: str) -> bool:
    """Return whether a browser runs here at all."""
    # A downloaded browser lacks system libraries on many bare machines; only running it tells.
    return _run([path, "--version"], timeout=60, quiet=True)


def _install_with_playwright() -> None:
    # The first answer of a closed network must be enough: no long waits.
    environment = {**os.environ, "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "5000"}
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if not _run(command, timeout=900, quiet=True, env=environment):
        print("Playwright could not download Chromium; trying the system's packages.")


def install_with_apt(package: str, *, may_ask: bool = True) -> None:
    """Install a package of Debian or Ubuntu, where there are any and the user may.

    Parameters
    ----------
    package : str
        Its name.
    may_ask : bool
        Whether sudo may ask for a password.
    """
    if shutil.which("apt-get") is None:
        return
    as_root = [] if os.geteuid() == 0 else ["sudo"] if may_ask else ["sudo", "-n"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _run([*as_root, "apt-get", "update", "-qq"], timeout=600, env=environment)
    _run([*as_root, "apt-get", "install", "-y", "-qq", package], timeout=1800, env=environment)


def _run(
    command: Sequence[str], *, timeout: float, quiet: bool = False, env: dict[str, str] | None = None
) -> bool:
    output = subprocess.DEVNULL if quiet else None
    try:
        subprocess.run(command, check=True, timeout=timeout, stdout=output, stderr=output, env=env)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def main() -> int:
    """Print the path of a Chromium that starts, after installing one where none is found."""
    if sys.argv[1:] == ["shell"] and shutil.which(SHELL) is None:
        install_with_apt(SHELL, may_ask=False)
    found = find_chromium() or install_chromium()
    print(found or ADVICE, file=sys.stdout if found else sys.stderr)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
