"""A real Chromium and a real server, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

pytest.importorskip("panel")
pytest.importorskip("playwright")

from playwright.sync_api import Browser

from jpkl import JPkl
from tests.browser.driver import ViewerPage, browser_or_skip, served


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with browser_or_skip() as browser:
        yield browser


@pytest.fixture(scope="package")
def stacks_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder, and the URL at which ``jpkl view`` serves it: starting a server for each test takes long."""
    folder = tmp_path_factory.mktemp("stacks")
    with served(folder) as url:
        yield folder, url


@pytest.fixture
def open_viewer(browser: Browser, stacks_server: tuple[Path, str]) -> Iterator[Callable[..., ViewerPage]]:
    """Saves a stack as ``stack.jpkl`` into the folder that is served, and opens its page."""
    served_folder, url = stacks_server
    folder = served_folder / uuid4().hex
    folder.mkdir()
    with ExitStack() as stack:

        def open_page(jp: JPkl, **options: bool) -> ViewerPage:
            jp.save(folder / "stack.jpkl")
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            stack.callback(page.close)
            return ViewerPage(page, f"{url}?stack={folder.name}/stack.jpkl", **options)

        yield open_page
