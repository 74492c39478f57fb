"""A real Jupyter server and a real Chromium, for the tests of this folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("panel")
pytest.importorskip("playwright")
pytest.importorskip("jupyterlab")

from playwright.sync_api import Browser

from tests.browser.driver import launched_browser
from tests.jupyter.lab import Jupyter, jupyter_server
from tests.tools.chromium import find_chromium


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "jupyter" in Path(item.path).parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if find_chromium() is None and not os.environ.get("CI"):
        pytest.skip("no Chromium here: python -m tests.tools.chromium installs one")
    with launched_browser() as browser:
        yield browser


@pytest.fixture(scope="package")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    folder, home = (tmp_path_factory.mktemp(name) for name in ("notebooks", "home"))
    with jupyter_server(folder, home=home) as server:
        yield server
