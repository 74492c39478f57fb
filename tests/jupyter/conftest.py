"""A real Jupyter server and a real Chromium, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("panel")
pytest.importorskip("playwright")
pytest.importorskip("jupyterlab")

from playwright.sync_api import Browser

from tests.browser.driver import browser_or_skip
from tests.jupyter.lab import Jupyter, jupyter_server


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with browser_or_skip() as browser:
        yield browser


@pytest.fixture(scope="package")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    folder, home = (tmp_path_factory.mktemp(name) for name in ("notebooks", "home"))
    with jupyter_server(folder, home=home) as server:
        yield server
