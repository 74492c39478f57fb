"""``--scheduler``: encoding on a dask cluster."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from jpkl._bytes import is_url
from jpkl._cli._progress import say
from jpkl._cli._selected import OpenAgain
from jpkl._cli._targets import Job
from jpkl._encoding.options import EncodeOptions
from jpkl._errors import MissingDependencyError
from jpkl._text import count


@contextmanager
def connected(address: str | None) -> Iterator[Any]:
    """Yield a client of the scheduler at an address; None where there is none.

    Raises
    ------
    MissingDependencyError
        If dask.distributed is not installed.
    OSError
        If no scheduler answers.
    """
    if address is None:
        yield None
        return
    try:
        from jpkl._dask.files import connect
    except ImportError as error:
        raise MissingDependencyError("Encoding on a cluster", "dask") from error
    with connect(address) as client:
        n_threads = sum(client.nthreads().values())
        say(
            f"{address}: {count(len(client.nthreads()), 'worker')}, {count(n_threads, 'thread')}"
            if n_threads
            else f"{address}: there are no workers yet; waiting for them"
        )
        yield client


def on_cluster(options: EncodeOptions, client: Any, open_again: OpenAgain) -> EncodeOptions:
    """Return options by which the workers of a client read and encode a file."""
    if client is None:
        return options
    if options.source.is_interleaved:
        say(f"{open_again.path}: every page of the file has pixels of many frames, so it is encoded here")
        return replace(options, elsewhere=None)
    from jpkl._dask.files import FileCluster

    return replace(options, elsewhere=FileCluster(client, open_again, options.source))


def open_again(
    job: Job, args: argparse.Namespace, effective_axes: Any, dim_names: tuple[str, ...] | None
) -> OpenAgain:
    """Return what opens a source on a worker as it was opened here.

    Parameters
    ----------
    job : Job
        The source.
    args : argparse.Namespace
        The options.
    effective_axes
        What its axes are.
    dim_names : tuple of str, optional
        What its dims are called where the axes do not say.
    """
    path = job.source if is_url(job.source) else os.path.abspath(job.source)  # noqa: PTH100
    scene = args.scene if job.scene is None else job.scene
    chosen = tuple(args.select)
    return OpenAgain(path, scene, args.missing, args.axes, effective_axes, dim_names, chosen)
