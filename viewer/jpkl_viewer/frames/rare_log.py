"""A log for lines that strangers can cause: so many a minute, lest they fill the disk."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

_MOST = 10
_SECONDS = 60.0


class RareLog:
    """Logs the first lines of each minute, and how many there were besides.

    Parameters
    ----------
    logger : logging.Logger
        Takes the lines.
    clock : callable
        Returns the time in seconds.
    """

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._clock = clock
        self._lock = threading.Lock()
        self._since = -_SECONDS
        self._n = 0

    def warning(self, text: str, *args: object) -> None:
        """Log a line, as `logging.Logger.warning`."""
        if self._may_log():
            self._logger.warning(text, *args)

    def exception(self, text: str, *args: object) -> None:
        """Log a line and the traceback of the exception that is handled."""
        if self._may_log():
            self._logger.exception(text, *args)

    def _may_log(self) -> bool:
        with self._lock:
            now = self._clock()
            if now - self._since >= _SECONDS:
                left_out, self._since, self._n = self._n - _MOST, now, 0
                if left_out > 0:
                    self._logger.warning("%d more such lines were left out", left_out)
            self._n += 1
            return self._n <= _MOST
