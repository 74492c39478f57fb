"""The JPEG decoder of the browser: what it decodes is tested in Node (`tests/js/browser/pixels/jpeg`)."""

from __future__ import annotations

import json

from tests.tools import wasm


def test_the_module_is_made_of_the_source_that_is_beside_it() -> None:
    assert json.loads(wasm.MODULE.read_text("ascii"))["source"] == wasm.digest(), "python -m tests.tools.wasm"
