"""Options that say how JPEG is encoded, where frames are not JPEG: refused rather than ignored."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from inspect import signature
from typing import Any

from jpkl._codecs.registry import codec_class
from jpkl._codecs.stored import LOSSLESS
from jpkl._file.schema import V1_CODEC

#: Attribute of parsed arguments with the options that were given, where it matters.
_GIVEN = "given_options"


class Given(argparse.Action):
    """Stores a value, and that its option was given."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, values)
        setattr(namespace, _GIVEN, [*getattr(namespace, _GIVEN, []), option_string])


def check_effect(args: argparse.Namespace) -> None:
    """Raise if an option of JPEG was given, or a quality, of which the codec makes no use.

    Raises
    ------
    ValueError
        Naming the option and the codec.
    """
    name = args.codec or (LOSSLESS if args.lossless else V1_CODEC)
    if name == V1_CODEC and not args.lossless:
        return
    given = list(getattr(args, _GIVEN, []))
    has_quality = not args.lossless and "quality" in signature(codec_class(name)).parameters
    if has_quality:
        given = [option for option in given if option != "--quality"]
    given += ["--jpeg-optimize"] if args.jpeg_optimize is not None else []
    given += ["--target"] if args.target is not None else []
    if given:
        what = "frames that are kept exactly" if args.lossless else f"the codec {name!r}"
        raise ValueError(f"{', '.join(given)}: no use for {what}; leave it out")
