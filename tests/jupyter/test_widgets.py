"""The viewer in hosts that show it as a widget, through jupyter_bokeh, which JupyterLab does as well."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.jupyter.lab import MAKE, Jupyter, NotebookPage, level, scrub, wait_for_gray, write_notebook

pytest.importorskip("jupyter_bokeh")

#: How a notebook comes to show widgets: asked to, or as VS Code and its terminals do.
ASKED = "import panel as pn\npn.extension(comms='ipywidgets', inline=True)"
IN_VSCODE = "import os\nos.environ['VSCODE_PID'] = '1'"


def open_notebook(jupyter: Jupyter, browser: Browser, name: str, *cells: str) -> NotebookPage:
    write_notebook(jupyter.folder / name, cells)
    notebook = jupyter.open(browser, name, height=2600)
    notebook.run_all()
    return notebook


def check_is_widget(notebook: NotebookPage) -> None:
    models = notebook.evaluate(
        "() => [...notebook.content.model.cells].flatMap(c => c.outputs.toJSON())"
        ".filter(o => 'application/vnd.jupyter.widget-view+json' in (o.data ?? {})).length"
    )
    assert models >= 1


@pytest.mark.parametrize("preparation", [ASKED, IN_VSCODE])
def test_two_viewers_scrub_on_their_own_and_follow_python(
    jupyter: Jupyter, browser: Browser, preparation: str
) -> None:
    cells = [preparation, MAKE, "viewer = jp.view(position=(2,))\nviewer", "jp.view(position=(5,))"]
    name = f"widgets-{preparation == ASKED}.ipynb"
    notebook = open_notebook(jupyter, browser, name, *cells)
    wait_for_gray(notebook, level(2), 0)
    wait_for_gray(notebook, level(5), 1)
    check_is_widget(notebook)
    scrub(notebook, 3, 0)
    wait_for_gray(notebook, level(3), 0)
    wait_for_gray(notebook, level(5), 1)
    notebook.execute("viewer.state.move(0, 4)")
    wait_for_gray(notebook, level(4), 0)
    scrub(notebook, 1, 1)
    wait_for_gray(notebook, level(1), 1)
    wait_for_gray(notebook, level(4), 0)
    sent = b"".join(notebook.sent)
    assert b'"dw"' not in sent, "what is painted stays in the browser"
    assert not {url for url in notebook.requests if "cdn." in url and ".css" not in url}, "no script either"
    notebook.page.close()


def test_figure_by_hand_and_in_a_layout(jupyter: Jupyter, browser: Browser) -> None:
    by_hand = "from jupyter_bokeh import BokehModel\nBokehModel(jp.view(position=(1,)).push())"
    layout = "pn.Row(jp.view(position=(2,)), jp.view(position=(3,)))"
    notebook = open_notebook(jupyter, browser, "hand.ipynb", ASKED, MAKE, by_hand, layout)
    for number, time in enumerate((1, 2, 3)):
        wait_for_gray(notebook, level(time), number)
    scrub(notebook, 5, 0)
    wait_for_gray(notebook, level(5), 0)
    scrub(notebook, 4, 2)
    wait_for_gray(notebook, level(4), 2)
    wait_for_gray(notebook, level(2), 1)
    notebook.page.close()


def test_messages_sent_while_the_kernel_is_busy_all_arrive(jupyter: Jupyter, browser: Browser) -> None:
    notebook = open_notebook(jupyter, browser, "busy.ipynb", ASKED, MAKE, "viewer = jp.view()\nviewer")
    wait_for_gray(notebook, level(0))
    notebook.evaluate(
        "() => { notebook.context.sessionContext.session.kernel.requestExecute("
        "{code: 'import time; time.sleep(1.5)'}) }"
    )
    # Of a frame and of the state: the host keeps one of two changes that wait.
    notebook.page.get_by_label("Sidebar", exact=True).click()
    notebook.page.get_by_title("Colormap, gamma, and what the histogram counts").click()
    notebook.page.get_by_label("colormap", exact=True).select_option("viridis")
    notebook.page.get_by_label("histogram of").select_option("stack")  # asks for frames of all times
    scrub(notebook, 3)
    notebook.wait_for("() => jpkl.view().shown.position[0] === 3 && jpkl.view().provider.has(5)", timeout=10)
    notebook.execute("assert viewer.state.colormap == 'viridis'; viewer.state.colormap = 'gray'")
    wait_for_gray(notebook, level(3))
    notebook.page.close()
