"""A stack that is looked at while it is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from jpkl import JPklWriter
from jpkl._file.parts import MOVES_OPEN_FILES
from tests.browser.driver import ViewerPage, served, view_command

pytestmark = pytest.mark.skipif(not MOVES_OPEN_FILES, reason="open files cannot be moved here")

N = 8


def test_the_page_follows_a_recording_to_its_end(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "run.jpkl"
    with JPklWriter(path, (64, 64), (N,), dim_names=["time"]) as writer:

        def record(*times: int) -> None:
            for time in times:
                writer[time] = np.full((64, 64), 20 * (time + 1), np.uint8)

        record(0)
        with served(path, [*view_command(path), "--live"]) as url:
            page = ViewerPage(browser.new_page(viewport={"width": 1200, "height": 800}), url)
            progress = page.page.locator(".live")
            expect(progress).to_contain_text(f"1 of {N} frames written")
            page.wait_to_see(32, 32, [20] * 3)
            page.set("time", 3)  # which is not there yet
            record(2, 1, 3)
            expect(progress).to_contain_text(f"4 of {N} frames written")
            page.wait_to_see(32, 32, [80] * 3)
            page.page.get_by_label("Follow").check()
            record(4, 5)
            page.wait_for_position(5)
            page.wait_to_see(32, 32, [120] * 3)
            record(6, 7)
            writer.close()
            expect(progress).to_contain_text(f"All {N} frames written")
            page.wait_for_position(7)
            page.page.reload()
            page.page.wait_for_function("() => window.jpkl?.view()?.shown")
            assert page.page.locator(".live").count() == 0  # the final file
            page.page.close()
