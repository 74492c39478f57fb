"""Translate the errors of file systems into ours."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from errno import ENOENT

from jpkl._bytes.transport import TransientError
from jpkl._bytes.urls import shown_url
from jpkl._errors import JPklError


@contextlib.contextmanager
def saying_what(url: str, *, retried: bool = False) -> Iterator[None]:
    """Give errors of file systems, which are of many types and may be a bare URL, a type and a message.

    Parameters
    ----------
    url : str
        What is read.
    retried : bool
        Whether an error that another attempt may change becomes a `TransientError`.
    """
    label = shown_url(url)
    try:
        yield
    except FileNotFoundError as error:
        cause = error.__cause__  # fsspec makes one of whatever went wrong
        if cause is not None and getattr(cause, "status", 404) != 404:
            raise OSError(f"{label}: {_text(cause, url)}") from error
        raise FileNotFoundError(ENOENT, "There is no such file on the server", label) from error
    except (JPklError, ImportError, MemoryError, IsADirectoryError, TransientError):
        raise
    except PermissionError as error:
        raise PermissionError(f"{label}: {_text(error, url)}") from error
    except OSError as error:
        if retried and not str(error).startswith(label):
            raise TransientError(_text(error, url)) from error
        raise OSError(f"{label}: {_text(error, url).removeprefix(f'{label}: ')}") from error
    except Exception as error:
        raise OSError(f"{label}: {_text(error, url)}") from error


def _text(error: BaseException, url: str) -> str:
    text = str(error) or type(error).__name__
    for part in url.split("::"):
        text = text.replace(part, shown_url(part))
    if "credentials" in text.lower():
        text += '; storage_options gives them, or {"anon": True} for what is public'
    return text
