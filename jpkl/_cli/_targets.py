"""Which stacks a command line asks for: the inputs, and where each goes; settled before any work."""

from __future__ import annotations

import contextlib
import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from jpkl._bytes import is_url
from jpkl._bytes.urls import url_name
from jpkl._text import count
from jpkl.readers import bare_name, can_read, supported_suffixes

_JPKL = ".jpkl"


@dataclass(frozen=True)
class Job:
    """One stack to make.

    Attributes
    ----------
    source : str
        What to open, as the user wrote it or as a pattern found it.
    output : Path
        The JPkl file.
    scene : str, optional
        Which image of it, unless the options say.
    """

    source: str
    output: Path
    scene: str | None = None

    def __str__(self) -> str:
        return self.source if self.scene is None else f"{self.source}, scene {self.scene!r}"


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes
    ----------
    jobs : tuple of Job
        No two of them have the same output.
    folder : Path or None
        Where outputs of many inputs go, unless beside their inputs.
    is_many : bool
        Whether the user named several files, a pattern or a folder for the outputs, even if there is one.
    notes : tuple of str
        What the user should know.
    """

    jobs: tuple[Job, ...]
    folder: Path | None = None
    is_many: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Found:
    """An input, and the path under which it goes into a folder."""

    source: str
    relative: PurePath


def plan_jobs(arguments: Sequence[str], output: str | None) -> Plan:
    """Return what a command line asks for.

    Parameters
    ----------
    arguments : sequence of str
        Inputs, and after a single one perhaps the output.
    output : str, optional
        The value of ``--output``.

    Raises
    ------
    ValueError
        If two inputs would have one output, or several are to go into one file.
    OSError
        If nothing matches a pattern, or the folder for the outputs is a file.
    """
    inputs, single_output = _split(list(arguments), output)
    if single_output is not None:
        return Plan((Job(inputs[0], single_output),))
    if len(inputs) == 1 and output is None and not is_pattern(inputs[0]):
        return Plan((Job(inputs[0], default_output(inputs[0])),))
    folder = None if output is None else _checked_folder(output)
    found, notes = _find(inputs)
    jobs = [Job(each.source, _output_of(each, folder)) for each in found]
    return Plan(distinct(jobs), folder, is_many=True, notes=notes)


def is_pattern(text: str) -> bool:
    """Return whether a text is a pattern of names, such as ``*.tif``, rather than the name of a file."""
    return glob.has_magic(text) and not is_url(text) and not Path(text).exists()


def default_output(path: str | Path) -> Path:
    """Return the input's path with the suffix .jpkl; for a URL, a file in the working directory.

    Examples
    --------
    >>> default_output(Path("cells.ome.tif")).name
    'cells.jpkl'
    >>> default_output("https://example.org/2026/cells.tif?download=1").name
    'cells.jpkl'
    """
    path = Path(url_name(path)) if isinstance(path, str) and is_url(path) else Path(path)
    if path.name in ("", ".."):  # the working directory has its name elsewhere
        path = path.resolve()
    is_bare = path.is_dir() and path.suffix.lower() not in supported_suffixes()
    return path.with_name(f"{path.name if is_bare else bare_name(path)}{_JPKL}")


def check_output(path: Path, force: bool) -> None:
    """Refuse an output path that would destroy something, before any work is done.

    Raises
    ------
    ValueError
        If the suffix belongs to another format.
    OSError
        If the file exists, or its folder does not, or nothing can be written to that.
    """
    if path.suffix.lower() in supported_suffixes():
        raise ValueError(
            f"{path}: a JPkl file must not end in {path.suffix}; did you mean {default_output(path)}?"
        )
    if path.is_dir():
        raise IsADirectoryError(f"{path}: is a folder; name a file in it")
    if path.exists() and not force:
        raise FileExistsError(f"{path}: exists already; --force replaces it")
    folder = path.absolute().parent
    if not folder.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {path.parent} to write it to")
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"{path}: you may not write to the folder {path.parent}")


def check_no_input(path: Path, inputs: Iterable[str]) -> None:
    """Refuse to write over what is read, which would be lost, also with ``--force``.

    Raises
    ------
    ValueError
        If the output is one of the inputs, perhaps by another name.
    """
    for source in inputs:
        with contextlib.suppress(OSError):  # one of them is not there, which is for others to say
            if not is_url(source) and path.samefile(source):
                raise ValueError(f"{path} is the input; name another file for the output")


# -- inputs and output ---------------------------------------------------------------------------------


def _split(arguments: list[str], output: str | None) -> tuple[list[str], Path | None]:
    """Return the inputs, and the output if it is a file, which after a single input needs no option."""
    if output is not None:
        return arguments, Path(output) if len(arguments) == 1 and _is_file(output, arguments[0]) else None
    *inputs, last = arguments
    if len(inputs) == 1 and not _is_second_input(last, inputs[0]):
        return inputs, Path(last)
    if inputs and _is_jpkl(last) and not Path(last).is_dir():
        _checked_folder(last)
    return arguments, None


def _is_file(output: str, source: str) -> bool:
    """Return whether an output is a file, rather than a folder, for a single input or pattern."""
    if output.endswith(_separators()) or Path(output).is_dir():
        return False
    return _is_jpkl(output) or not is_pattern(source)


def _is_second_input(text: str, first: str) -> bool:
    """Return whether the second of two arguments is an input: what the shell made of a pattern is."""
    if is_pattern(text) or is_url(text):
        return True
    path = Path(text)
    return Path(first).is_dir() if path.is_dir() else path.exists() and _is_image(path)


def _checked_folder(output: str) -> Path:
    folder = Path(output)
    if folder.is_file() or (_is_jpkl(output) and not folder.is_dir()):
        raise NotADirectoryError(f"{output}: several inputs go into a folder, not into one file: -o FOLDER")
    return folder


def _is_jpkl(name: str) -> bool:
    return name.lower().endswith(_JPKL)


def _is_image(path: Path) -> bool:
    """Return whether a path is an image: of folders, those of formats that are one."""
    return path.name.lower().endswith(supported_suffixes()) if path.is_dir() else can_read(path)


def _separators() -> tuple[str, ...]:
    return tuple(separator for separator in (os.sep, os.altsep, "/") if separator)


# -- patterns ------------------------------------------------------------------------------------------


def _find(inputs: Sequence[str]) -> tuple[list[_Found], tuple[str, ...]]:
    found: list[_Found] = []
    notes: list[str] = []
    for text in inputs:
        if not is_pattern(text):
            name = url_name(text) if is_url(text) else Path(text).name or Path(text).resolve().name
            found.append(_Found(text, PurePath(name)))
            continue
        matches, n_others = _matches(text)
        if not matches:
            others = f" but {count(n_others, 'file')} of other kinds" if n_others else ""
            raise FileNotFoundError(f"{text}: nothing matches{others}; formats: {_formats()}")
        if n_others:
            notes.append(f"{text}: {count(n_others, 'file')} of other kinds left out")
        root = _fixed_part(text)
        found += [_Found(match, PurePath(os.path.relpath(match, root))) for match in matches]
    return list(_without_repetition(found)), tuple(notes)


def _matches(pattern: str) -> tuple[list[str], int]:
    """Return the images that match, which are folders if the pattern ends so; and how many other files do."""
    wants_folders = pattern.endswith(_separators())
    matches: list[str] = []
    n_others = 0
    for match in sorted(_each_once(glob.glob(pattern, recursive=True))):  # noqa: PTH207
        path = Path(match)
        if matches and Path(matches[-1]).is_dir() and Path(matches[-1]) in path.parents:
            continue  # part of a format that is a folder
        if wants_folders or _is_image(path):
            matches.append(match)
        elif not path.is_dir() and path.suffix.lower() not in (_JPKL, ".part"):
            n_others += 1
    return matches, n_others


def _each_once(paths: Sequence[str]) -> Iterator[str]:
    """Yield paths that lead elsewhere than those before them, short ones first: links may go around."""
    seen = set[str]()
    for path in sorted(paths, key=lambda each: (len(PurePath(each).parts), each)):
        if (real := os.path.realpath(path)) not in seen:
            seen.add(real)
            yield path


def _fixed_part(pattern: str) -> str:
    """Return the folder in which a pattern begins: what follows is kept below the output folder."""
    parts = PurePath(pattern).parts
    n_fixed = next(i for i, part in enumerate(parts) if glob.has_magic(part))
    return str(PurePath(*parts[:n_fixed]))


def _without_repetition(found: Sequence[_Found]) -> Iterator[_Found]:
    """Yield each input once: patterns may overlap."""
    seen = set[str]()
    for each in found:
        path = each.source if is_url(each.source) else os.path.realpath(each.source)
        if path not in seen:
            seen.add(path)
            yield each


def _formats() -> str:
    return ", ".join(supported_suffixes())


# -- outputs -------------------------------------------------------------------------------------------


def _output_of(found: _Found, folder: Path | None) -> Path:
    name = default_output(found.source)
    return name if folder is None else folder / found.relative.parent / name.name


def distinct(jobs: Sequence[Job]) -> tuple[Job, ...]:
    """Return the jobs, having checked that no two write to one file.

    What is no image, as ``raw/*`` of a shell names it, too, writes to none.
    """
    first: dict[str, Job] = {}
    for job in jobs:
        if not is_url(job.source) and Path(job.source).is_file() and not _is_image(Path(job.source)):
            continue
        key = os.path.normcase(os.path.realpath(job.output))
        if key in first:
            raise ValueError(
                f"{first[key]} and {job} would both become {job.output}; give one of them an "
                'output of its own, or keep their folders by a quoted pattern, such as "data/**/*.tif"'
            )
        first[key] = job
    return tuple(jobs)
