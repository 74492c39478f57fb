"""A real Chromium and a real server, for the tests of this folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

pytest.importorskip("panel")
pytest.importorskip("playwright")

from playwright.sync_api import Browser

from jpkl import JPkl
from tests.browser.driver import ViewerPage, launched_browser, served
from tests.tools.chromium import find_chromium


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in Path(item.path).parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if find_chromium() is None and not os.environ.get("CI"):
        pytest.skip("no Chromium here: python -m tests.tools.chromium installs one")
    with launched_browser() as browser:
        yield browser


@pytest.fixture
def open_viewer(browser: Browser, tmp_path: Path) -> Iterator[Callable[[JPkl], ViewerPage]]:
    """Saves a stack, serves it with ``jpkl view``, and opens the page."""
    with ExitStack() as stack:

        def open_page(jp: JPkl) -> ViewerPage:
            path = tmp_path / "stack.jpkl"
            jp.save(path)
            url = stack.enter_context(served(path))
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            stack.callback(page.close)
            return ViewerPage(page, url)

        yield open_page
