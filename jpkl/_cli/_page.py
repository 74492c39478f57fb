"""``jpkl page``: the viewer as one HTML file that opens stacks by itself, alone or beside its stacks."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from jpkl._annotate import annotate_file
from jpkl._array import JPkl
from jpkl._bytes import is_url
from jpkl._cli._common import Commands, add_command
from jpkl._cli._progress import watched_bytes
from jpkl._cli._targets import check_output
from jpkl._cli._view import import_viewer
from jpkl._pictures import BROWSER_CODECS
from jpkl._text import count, human_bytes

#: What servers show where a folder is asked for.
_INDEX = "index.html"


def add_parser(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "page",
        "write the viewer as one HTML page that opens JPkl files by itself, without Python",
        "jpkl page viewer.html\n  jpkl page --data cells.jpkl -o website/",
    )
    parser.add_argument(
        "output",
        nargs="?",
        metavar="OUT",
        help="the HTML file to write. Drop files on the page to open them, or open viewer.html?url=LINK",
    )
    parser.add_argument(
        "--data",
        nargs="+",
        default=[],
        metavar="FILE",
        help="instead, write a folder to upload: a page that shows these JPkl files, and the files. The "
        "first is shown, the others are compared with it",
    )
    parser.add_argument("-o", dest="folder", metavar="FOLDER", help="the folder, with --data")
    parser.add_argument("--force", action="store_true", help="replace files of the same names")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the page, or the folder; each file appears when it is complete."""
    if args.data:
        target = args.folder or args.output
        if target is None or (args.folder and args.output):
            raise ValueError("--data writes a folder: name it after -o")
        _write_folder(args.data, Path(target), args.force)
        return 0
    if args.output is None or args.folder:
        raise ValueError("name the HTML file to write, e.g. viewer.html, or give --data and -o FOLDER")
    output = Path(args.output)
    check_output(output, args.force)
    nbytes = import_viewer().save_stand_alone_page(output)
    print(
        f"{output}: {human_bytes(nbytes)}; open it and drop JPkl files on it, or add ?url=LINK to its address"
    )
    return 0


def _write_folder(files: Sequence[str], folder: Path, force: bool) -> None:
    names = [_name(file) for file in files]
    _check(files, names, folder, force)
    viewer = import_viewer()
    with _all_or_none([folder / name for name in (*names, _INDEX)]):
        folder.mkdir(exist_ok=True)
        for file, name in zip(files, names, strict=True):
            _copy(file, folder / name)
        viewer.save_stand_alone_page(folder / _INDEX, names)
    nbytes = sum((folder / name).stat().st_size for name in (*names, _INDEX))
    size = f"{count(len(names), 'stack')}, {human_bytes(nbytes)}"
    print(f"{folder}: {_INDEX} and {size}; put the folder on a web server, and open {_INDEX} there")


@contextmanager
def _all_or_none(paths: Sequence[Path]) -> Iterator[None]:
    """Remove those of the files, and their folder, that were not there before, if an error comes."""
    folder, new = paths[0].parent, [path for path in paths if not path.exists()]
    is_new = not folder.exists()
    try:
        yield
    except BaseException:
        with suppress(OSError):
            for path in new:
                path.unlink(missing_ok=True)
            if is_new:
                folder.rmdir()
        raise


def _name(file: str) -> str:
    """Return what a copy is called: the name of the file, also of one behind a URL."""
    name = PurePosixPath(unquote(urlsplit(file).path)).name if is_url(file) else Path(file).name
    return name or "stack.jpkl"


def _check(files: Sequence[str], names: Sequence[str], folder: Path, force: bool) -> None:
    """Refuse, before anything is written, what cannot be shown or would replace something."""
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        raise ValueError(f"two of the files are called {twice[0]}; rename one: they are put into one folder")
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder}: is a file; name a folder for the page and its stacks")
    for name in (*names, _INDEX):
        check_output(folder / name if folder.exists() else folder, force)
    for file in files:
        with JPkl.load(file) as jp:
            # JPEG XL is for some browsers, and what a canvas gives back of it has 8 bits.
            is_shown = jp.codec in BROWSER_CODECS or (jp.codec == "jpegxl" and jp.dtype.itemsize == 1)
            if not is_shown:
                raise ValueError(
                    f"{file}: its frames are encoded by {jp.codec!r}, which the page does not show; browsers "
                    f"have the codecs {', '.join(sorted(BROWSER_CODECS))}"
                )


def _copy(file: str, target: Path) -> None:
    """Copy a stack; the copy has an index at its end that opens it in one request."""
    with watched_bytes(target.name) as watch:
        annotate_file(file, target, watch=watch)
