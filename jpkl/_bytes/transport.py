"""How the bytes of a URL travel: the interface of transports, and how each retries."""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from jpkl._errors import FormatError

Result = TypeVar("Result")

#: Seconds before each new attempt, give or take a half, as many clients may have lost the same server.
_WAITS: tuple[float, ...] = (0.1, 0.2, 0.4, 0.8)

#: Seconds that a server may ask to wait.
_LONGEST_WAIT = 10.0


@dataclass(frozen=True)
class Version:
    """What changes when a file on a server does.

    Attributes
    ----------
    size : int
        Bytes of the file.
    tag : str
        Its ETag, checksum or version; empty where there is none.
    modified : str
        When it was modified last, as the server writes it.
    """

    size: int
    tag: str = ""
    modified: str = ""

    def is_of(self, other: Version) -> bool:
        """Return whether both are of one file, by what both say."""
        if self.size != other.size:
            return False
        if self.tag and other.tag:
            return self.tag == other.tag
        return self.modified == other.modified or not (self.modified and other.modified)


@dataclass(frozen=True)
class Beginning:
    """What the first request gives.

    Attributes
    ----------
    version : Version
        Of the file.
    head : bytes
        What it begins with.
    """

    version: Version
    head: bytes = b""


class TransientError(Exception):
    """Something that may be gone at the next attempt.

    Parameters
    ----------
    reason : str
        What it is.
    wait : float
        Seconds that the server asks to wait.
    """

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


class Transport(ABC):
    """Gets ranges of one file from a server, several at a time.

    Attributes
    ----------
    label : str
        What messages call the file.
    """

    label: str

    @abstractmethod
    def begin(self, count: int) -> Beginning:
        """Look at the file, and read up to `count` of its first bytes if that takes no other request.

        Raises
        ------
        OSError
            If it cannot be read.
        """

    @abstractmethod
    def submit(self, start: int, count: int, version: Version) -> Future[bytes]:
        """Begin to read bytes, which are there, of that version of the file."""

    @abstractmethod
    def is_unwritten(self, version: Version) -> bool:
        """Return whether the file is still of that version."""

    def changed(self) -> FormatError:
        """Return the error of a file that is no longer what it was."""
        return FormatError("it has changed on the server since it was opened; load it again", path=self.label)


async def persist(attempt: Callable[[], Awaitable[Result]], label: str) -> Result:
    """Do something until it succeeds, several times at most.

    Raises
    ------
    OSError
        If it does not; with the last reason.
    """
    for wait in _WAITS:
        try:
            return await attempt()
        except TransientError as error:
            await asyncio.sleep(min(max(wait * random.uniform(0.5, 1.5), error.wait), _LONGEST_WAIT))
    try:
        return await attempt()
    except TransientError as error:
        raise OSError(f"{label}: {error} (after {len(_WAITS) + 1} attempts)") from None
