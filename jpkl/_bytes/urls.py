"""Tell URLs from paths, and write them for messages."""

from __future__ import annotations

import os
from urllib.parse import unquote


def is_url(path: object) -> bool:
    """Return whether `path` names a remote file, e.g. ``https://host/x.jpkl``.

    Parameters
    ----------
    path : object
        Anything.

    Returns
    -------
    bool
        False for all that is no text, too.

    Examples
    --------
    >>> is_url("s3://bucket/x.jpkl"), is_url("C:/data/x.jpkl"), is_url("x.jpkl")
    (True, False, False)
    """
    return isinstance(path, (str, os.PathLike)) and "://" in os.fsdecode(path)


def shown_url(url: str) -> str:
    """Return a URL as messages have it: without user, password, query and fragment, which may be secret.

    Parameters
    ----------
    url : str
        The URL.

    Returns
    -------
    str
        What is left of it.

    Examples
    --------
    >>> shown_url("zip://a.jpkl::https://me:word@host/b.zip?signature=123")
    'zip://a.jpkl::https://host/b.zip'
    """
    return "::".join(map(_shown, url.split("::")))


def _shown(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    host, slash, path = rest.partition("/")
    is_web = scheme.lower() in ("http", "https")
    host = host.rpartition("@")[2].partition("?")[0]
    path = (path.partition("#")[0] if is_web else path).partition("?")[0]
    return f"{scheme}://{host}{slash}{path}"


def url_name(url: str) -> str:
    """Return the name of the file that a URL leads to.

    Examples
    --------
    >>> url_name("https://host/a/my%20cells.tif?signature=123"), url_name("https://host/")
    ('my cells.tif', 'host')
    """
    path = shown_url(url.split("::", maxsplit=1)[0]).partition("://")[2]
    return unquote(path.rstrip("/").rpartition("/")[2]).replace("/", "_").replace("\\", "_")
