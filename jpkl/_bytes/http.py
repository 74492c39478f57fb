"""Ranges of a file of a web server, each of the version that was opened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import Future
from errno import ENOENT
from typing import TYPE_CHECKING, Any

from jpkl._bytes.connection import Connection, result_of
from jpkl._bytes.transport import Beginning, TransientError, Transport, Version, persist
from jpkl._bytes.urls import shown_url
from jpkl._text import human_bytes

if TYPE_CHECKING:
    from aiohttp import ClientResponse

#: Largest file in bytes that is kept in memory if a server sends files only as a whole.
MAX_WHOLE = 256 * 2**20

#: Seconds without a sign of life from the server.
_SILENCE = 30.0

#: Answers that another attempt may change.
_TRANSIENT = (408, 425, 429, 500, 502, 503, 504)

_CONTENT_RANGE = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18})")


class HttpTransport(Transport):
    """Gets ranges over HTTP.

    The session, with its headers, credentials and proxies, is that of fsspec's file system.

    Parameters
    ----------
    url : str
        ``http://`` or ``https://``.
    options : mapping
        Options of fsspec's ``HTTPFileSystem``.
    """

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        self.label = shown_url(url)
        self._url = url
        self._connection = Connection(url, options)
        # Where a redirection leads. With credentials, each request asks the server of the URL: they are not
        # for others.
        self._target = ""
        self._may_go_straight = not options
        self._has_timeout = "timeout" in {*options, *options.get("client_kwargs", {})}

    def begin(self, count: int) -> Beginning:
        return result_of(self._submit(0, count, None))

    def submit(self, start: int, count: int, version: Version) -> Future[bytes]:
        async def work(filesystem: Any) -> bytes:
            found = await persist(lambda: self._get(filesystem, start, count, version), self.label)
            return found.head

        return self._connection.submit(work)

    def is_unwritten(self, version: Version) -> bool:
        return True  # as far as has been read: each answer says its version

    def _submit(self, start: int, count: int, version: Version | None) -> Future[Beginning]:
        async def work(filesystem: Any) -> Beginning:
            return await persist(lambda: self._get(filesystem, start, count, version), self.label)

        return self._connection.submit(work)

    async def _get(self, filesystem: Any, start: int, count: int, version: Version | None) -> Beginning:
        """Get a range; without a version of the file, the whole of a file whose server knows no ranges."""
        import aiohttp

        options = dict(filesystem.kwargs)
        # No ranges could be asked for of what is compressed on its way.
        wanted = {"Range": f"bytes={start}-{start + count - 1}", "Accept-Encoding": "identity"}
        options["headers"] = {**options.get("headers", {}), **wanted}
        if not self._has_timeout:
            options["timeout"] = aiohttp.ClientTimeout(total=None, sock_connect=_SILENCE, sock_read=_SILENCE)
        url = self._target or self._url
        try:
            session = await filesystem.set_session()
            async with session.get(filesystem.encode_url(url), **options) as response:
                self._check_status(response)
                if response.history and self._may_go_straight:
                    self._target = str(response.url)
                return await self._read(response, start, count, version)
        except aiohttp.InvalidURL:
            raise ValueError(f"{self.label}: this is not a valid URL") from None
        except (
            aiohttp.ClientSSLError,
            aiohttp.TooManyRedirects,
            aiohttp.NonHttpUrlRedirectClientError,
        ) as error:
            raise OSError(f"{self.label}: {_reason(error)}") from None
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise TransientError(_reason(error)) from None

    def _check_status(self, response: ClientResponse) -> None:
        status = response.status
        if status in (200, 206, 416):
            return
        said = f"{self.label}: the server answers {status} {response.reason or ''}".rstrip()
        if self._target and 400 <= status < 500:  # it may have been for a short time
            self._target = ""
            raise TransientError(said)
        if status in (404, 410):
            raise FileNotFoundError(ENOENT, "There is no such file on the server", self.label)
        if status in (401, 403):
            raise PermissionError(said)
        if status in _TRANSIENT:
            wait = response.headers.get("Retry-After", "")
            said = said.removeprefix(f"{self.label}: ")
            raise TransientError(said, float(wait) if wait.isascii() and wait.isdecimal() else 0.0)
        raise OSError(said)

    async def _read(
        self, response: ClientResponse, start: int, count: int, version: Version | None
    ) -> Beginning:
        if response.status == 200:
            return await self._read_whole(response, version)
        match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if match is None:
            raise OSError(f"{self.label}: the server does not say which part of the file it sends")
        found = _version_of(response, int(match[3]))
        if version is not None and not found.is_of(version):
            raise self.changed()
        if match[1] is None:  # 416: beyond the end
            return Beginning(found)
        if int(match[1]) != start or int(match[2]) != min(start + count, found.size) - 1:
            raise OSError(f"{self.label}: the server sends another part of the file than was asked for")
        wanted = int(match[2]) + 1 - start
        data = bytearray()
        async for chunk in response.content.iter_any():
            data += chunk
            if len(data) > wanted:  # and perhaps there is no end of it
                raise TransientError(f"more came than the {wanted} bytes that the server names")
        if len(data) < wanted:
            raise TransientError(f"{len(data)} bytes came of {wanted}")
        return Beginning(found, bytes(data))

    async def _read_whole(self, response: ClientResponse, version: Version | None) -> Beginning:
        """Read all of a file, if it is not too large."""
        if version is not None:
            raise OSError(f"{self.label}: the server no longer sends parts of files")
        said = response.content_length
        data = bytearray()
        async for chunk in response.content.iter_chunked(2**20):
            data += chunk
            if max(said or 0, len(data)) > MAX_WHOLE:
                size = f"and this one has {human_bytes(said)}" if said else "and this one is large"
                raise OSError(
                    f"{self.label}: the server sends files as a whole only (it does not support ranges), "
                    f"{size}: download it first, or put simplecache:: before the URL"
                )
        return Beginning(_version_of(response, len(data)), bytes(data))


def _version_of(response: ClientResponse, size: int) -> Version:
    headers = response.headers
    return Version(size, headers.get("ETag", "").removeprefix("W/"), headers.get("Last-Modified", ""))


def _reason(error: Exception) -> str:
    import aiohttp

    if isinstance(error, (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, ConnectionError)):
        return "the connection was lost"
    if isinstance(error, TimeoutError):
        return "the server does not answer in time"
    if isinstance(error, aiohttp.TooManyRedirects):
        return "the server redirects in a circle"
    if isinstance(error, aiohttp.NonHttpUrlRedirectClientError):  # its text is the other URL, with its query
        return "the server redirects to what is not on the web"
    if isinstance(error, aiohttp.ClientResponseError):  # its text has the URL, with its query
        return f"{error.status} {error.message}".strip()
    return str(error) or type(error).__name__
