"""The modules of the browser as one script."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from jpkl_viewer.browser import bundle as bundle_module
from jpkl_viewer.browser.bundle import bundle, read_styles

Write = Callable[..., None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes modules into a package of their own, from which bundles are made."""
    monkeypatch.setattr(bundle_module, "_PACKAGE", tmp_path)
    bundle.cache_clear()

    def write_modules(**texts: str) -> None:
        for name, text in texts.items():
            path = tmp_path / f"{name.replace('__', '/')}.js"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)

    return write_modules


def run(script: str) -> str:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node")
    return subprocess.run([node, "-e", script], capture_output=True, text=True, check=True).stdout.strip()


def test_modules_may_use_the_same_private_name(write: Write) -> None:
    write(
        main='import { a } from "./tools/a.js";\nimport { b as c } from "./tools/b.js";\n'
        "const GAP = 1;\nconsole.log(GAP, a(), c);\n",
        tools__a='import { b } from "./b.js";\nconst GAP = 10;\nexport function a() { return GAP + b; }\n',
        tools__b="const GAP = 100;\nexport const b = GAP;\n",
    )
    assert run(bundle("main.js")) == "1 110 100"


def test_a_module_that_two_import_runs_once(write: Write) -> None:
    write(
        main='import "./a.js";\nimport "./b.js";\n',
        a='import { log } from "./log.js";\nlog("a");\n',
        b='import { log } from "./log.js";\nlog("b");\n',
        log='console.log("log");\nexport const log = (text) => console.log(text);\n',
    )
    assert run(bundle("main.js")).split() == ["log", "a", "b"]


def test_comments_stay_behind(write: Write) -> None:
    write(
        main="// About.\n/**\n * A number.\n * @type {number}\n */\nconst a = 1; // one\n"
        "/** Two. */\nconst b = /** @type {any} */ (2);\nconsole.log(`${a} // ${b}`);\n"
    )
    script = bundle("main.js")
    assert "About" not in script
    assert "number" not in script
    assert "Two" not in script
    assert run(script) == "1 // 2"


def test_the_script_exports_what_its_module_does(write: Write) -> None:
    write(main="export class A {}\nexport async function render() {}\n")
    assert bundle("main.js").endswith("export const {A, render} = $main;\n")
    assert "export" not in bundle("main.js", exports=False)


def test_data_is_part_of_the_script(write: Write, tmp_path: Path) -> None:
    (tmp_path / "data.json").write_text('{"a": [1, 2]}\n')
    write(main='import data from "./data.json" with {type: "json"};\nconsole.log(data.a[1]);\n')
    assert run(bundle("main.js")) == "2"


def test_modules_that_import_each_other_are_refused(write: Write) -> None:
    write(
        a='import { b } from "./b.js";\nexport const a = 1;\n',
        b='import { a } from "./a.js";\nexport const b = 2;\n',
    )
    with pytest.raises(ValueError, match=r"a\.js -> b\.js -> a\.js"):
        bundle("a.js")


@pytest.mark.parametrize(
    "line", ['import * as a from "./a.js";', "export default 1;", "export {b};", "export let c = 1;"]
)
def test_forms_that_are_not_joined_are_refused(write: Write, line: str) -> None:
    write(main=f"{line}\n", a="")
    with pytest.raises(ValueError, match=r"main\.js"):
        bundle("main.js")


@pytest.mark.parametrize(
    "entry",
    ["browser/hosts.js", "browser/widget.js", "report/report.js", "pages/dashboard.js", "pages/place.js"],
)
def test_every_script_of_the_viewer_can_be_made(entry: str) -> None:
    bundle.cache_clear()
    assert f"// {entry}\n" in bundle(entry)


def test_the_style_sheet_has_the_rules_of_every_tool_after_those_of_the_viewer() -> None:
    styles = read_styles()
    places = [styles.index(rule) for rule in (".viewer {", ".compare >", ".montage)", ".ortho >", ".rois {")]
    assert places == sorted(places)
