"""Labels over the picture: painted exactly, read under the pointer, selected by a click, measured, saved."""

from __future__ import annotations

import csv

import numpy as np
from numpy.typing import NDArray

from tests.browser.driver import ViewerPage
from tests.browser.pages import Open, mitosis, press_at, readout

#: RGBA of what lies over an image pixel; zeros where nothing does.
OVER = """([x, y]) => {
  const canvas = jpkl.all("canvas.labels")[0];
  if (canvas.hidden) return [0, 0, 0, 0];
  const {width, height} = jpkl.view().stack;
  const at = [Math.floor((x + 0.5) * canvas.width / width), Math.floor((y + 0.5) * canvas.height / height)];
  return [...canvas.getContext("2d").getImageData(...at, 1, 1).data];
}"""


def moving() -> NDArray[np.uint16]:
    """Two squares over the shipped stack, the same in its channels: 7 moves, 300 comes at time 10."""
    labels = np.zeros((196, 171, 51), np.uint16)
    for time in range(51):
        labels[20 + time : 60 + time, 30:70, time] = 7
        if time >= 10:
            labels[150:190, 100:160, time] = 300
    return labels


def over(page: ViewerPage, x: int, y: int) -> list[int]:
    found: list[int] = page.evaluate(OVER, [x, y])
    return found


def wait_for_label(page: ViewerPage, x: int, y: int, is_there: bool) -> None:
    page.wait_until(f"([x, y, there]) => (({OVER})([x, y])[3] > 0) === there", [x, y, is_there])


def test_labels_are_painted_read_selected_measured_and_saved(open_viewer: Open) -> None:
    jp = mitosis().with_labels({"nuclei": moving()})
    page = open_viewer(jp)
    wait_for_label(page, 50, 40, True)
    inside, border, outside = over(page, 50, 40), over(page, 30, 40), over(page, 120, 170)
    assert 0 < inside[3] < border[3] == 255
    assert outside[3] == 0
    page.press("End")
    wait_for_label(page, 120, 170, True)
    wait_for_label(page, 50, 40, False)
    page.point_at(120, 170)
    assert "nuclei 300" in readout(page)
    press_at(page, 50, 90)
    page.wait_until("() => jpkl.view().state.tools.labels?.selected?.value === '7'")
    page.wait_until("() => jpkl.all('.objects .mean').length === 2")
    assert over(page, 30, 90) == [255, 255, 255, 255]
    page.page.emulate_media(color_scheme="dark")
    page.page.get_by_label("track of the object").check()
    with page.page.expect_download() as saved:
        page.page.get_by_role("button", name="Save CSV").last.click()
    lines = [line for line in saved.value.path().read_text("utf-8").splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    frame = np.asarray(jp.intensity[20:60, 30:70, 0, 0], np.float64)
    assert len(rows) == 2 * 51
    assert float(rows[0]["pixels"]) == 1600
    np.testing.assert_allclose(float(rows[0]["mean"]), frame.mean(), rtol=1e-6)
    page.press("Escape")
    page.page.get_by_label("nuclei", exact=True).uncheck()
    page.wait_until("() => jpkl.all('canvas.labels')[0].hidden")
