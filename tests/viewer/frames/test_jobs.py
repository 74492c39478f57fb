"""Work beside the event loop: what is said of its end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("panel")

from jpkl_viewer.frames.jobs import Jobs
from jpkl_viewer.frames.task import Task


def run(fails_after_cancel: bool, caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What is sent by a job that fails in a way that nobody expects, and is cancelled before or not."""
    jobs, sent, ended, may_fail = Jobs(), list[dict[str, Any]](), threading.Event(), threading.Event()

    def work(task: Task) -> Iterator[dict[str, Any]]:
        may_fail.wait(10)
        raise RuntimeError("cannot schedule new futures after interpreter shutdown")
        yield {}

    def send(message: dict[str, Any]) -> None:
        sent.append(message)
        ended.set()

    with caplog.at_level(logging.ERROR):
        jobs.start("export", work, send)
        if fails_after_cancel:
            jobs.close()
        may_fail.set()
        assert ended.wait(10)
    return sent


def test_what_fails_is_logged_and_said(caplog: pytest.LogCaptureFixture) -> None:
    (message,) = run(False, caplog)
    assert "the computation failed" in message["error"]
    assert "cannot schedule" in caplog.text


def test_what_fails_after_it_was_cancelled_is_cancelled(caplog: pytest.LogCaptureFixture) -> None:
    assert run(True, caplog) == [{"cancelled": True}]
    assert caplog.text == ""
