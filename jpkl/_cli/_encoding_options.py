"""Options that say how frames are encoded."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from inspect import signature
from typing import Any

from jpkl._cli._progress import shows_progress
from jpkl._codecs.registry import codec_class
from jpkl._codecs.stored import LOSSLESS
from jpkl._encoding.options import EncodeArguments
from jpkl._encoding.target import TargetSpec, parse_target_text
from jpkl._file.schema import V1_CODEC

_NAMED_RANGES = ("auto", "minmax", "dtype", "percentile")

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


def add_encoding_options(parser: argparse.ArgumentParser) -> None:
    """Add the options; `encoding_arguments` has what they come to."""
    _add_codec_options(parser)
    _add_jpeg_options(parser)
    _add_work_options(parser)


def encoding_arguments(args: argparse.Namespace) -> EncodeArguments:
    """Return what the options come to: keyword arguments of `jpkl.JPkl`."""
    return {
        "jpeg_quality": args.quality,
        "codec": args.codec or V1_CODEC,
        "lossless": args.lossless,
        "jpeg_tables": args.jpeg_tables,
        "jpeg_optimize": args.jpeg_optimize,
        "target": args.target,
        "fidelity": None if args.fidelity == "none" else args.fidelity,
        "display_range": args.display_range,
        "workers": args.workers,
        "progress": shows_progress(),
        "reencode": args.reencode,
    }


def _add_codec_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--quality",
        action=Given,
        type=int,
        default=90,
        metavar="0-100",
        help="JPEG quality, or quality on the scale of another codec (default: 90)",
    )
    parser.add_argument(
        "--codec",
        metavar="NAME",
        help="how to encode frames: jpeg, png, webp, jpeg2000, avif, or with jpkl[codecs] jpegxl, jpegls, "
        "htj2k; files with other codecs than jpeg can be read only by JPkl (default: jpeg, but png without "
        "loss for label images)",
    )
    parser.add_argument(
        "--lossless",
        action="store_true",
        help="keep values exactly, also of 16 bits; uses png unless --codec is given",
    )
    parser.add_argument(
        "--display-range",
        type=parse_display_range,
        default="auto",
        metavar="RANGE",
        help="intensities that become black and white: auto (lowest and highest of each channel, ignoring "
        "hot pixels; 8-bit data stay as they are), minmax (including hot pixels), dtype, percentile, or "
        "LOW,HIGH (default: auto)",
    )
    parser.add_argument(
        "--reencode",
        action="store_true",
        help="also encode frames that are JPEG already; by default they are kept as they are",
    )


def _add_jpeg_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--jpeg-tables",
        action=Given,
        choices=("fitted", "standard"),
        default="fitted",
        help="quantization tables: fitted to the frames, in about a quarter fewer bytes at the PSNR of the "
        "quality or better, on average over a sample; or libjpeg's own, which are faster (default: fitted)",
    )
    parser.add_argument(
        "--jpeg-optimize",
        action=argparse.BooleanOptionalAction,
        help="make Huffman tables for each frame: smaller files, slower (default: only with fitted tables)",
    )
    parser.add_argument(
        "--target",
        type=_target,
        metavar="TARGET",
        help="the result to aim for, instead of --quality: noise or noise:Q (quantization steps of Q "
        "standard deviations of the noise), psnr:DB, ssim:S, or ratio:R (R times smaller than the pixels); "
        "see also --dry-run",
    )


def _add_work_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fidelity",
        choices=("sample", "all", "none"),
        default="sample",
        help="frames whose PSNR and SSIM are recorded in the file; all makes encoding up to 20 %% slower, "
        "and more with standard tables (default: sample)",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="threads (default: one per core)")
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="encode on a dask cluster, whose workers see IN under the same path: the address of its "
        "scheduler, e.g. tcp://10.0.0.1:8786, or its scheduler file, which ends in .json",
    )


def _target(text: str) -> TargetSpec:
    try:
        return parse_target_text(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def parse_display_range(text: str) -> str | tuple[float, float]:
    """Return a named display range, or the two numbers of ``LOW,HIGH``."""
    if text in _NAMED_RANGES:
        return text
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        choices = ", ".join(_NAMED_RANGES)
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {choices} or LOW,HIGH") from None
    return low, high


def check_effect(args: argparse.Namespace) -> None:
    """Raise if an option of JPEG was given, or a quality, of which the codec or a target makes no use.

    Raises
    ------
    ValueError
        Naming the option and the codec.
    """
    name = args.codec or (LOSSLESS if args.lossless else V1_CODEC)
    given = list(getattr(args, _GIVEN, []))
    if name == V1_CODEC and not args.lossless:
        if given and args.target is not None:
            raise ValueError(f"{', '.join(given)}: no effect beside --target; leave it out")
        return
    has_quality = not args.lossless and "quality" in signature(codec_class(name)).parameters
    if has_quality:
        given = [option for option in given if option != "--quality"]
    given += ["--jpeg-optimize"] if args.jpeg_optimize is not None else []
    given += ["--target"] if args.target is not None else []
    if given:
        what = "frames that are kept exactly" if args.lossless else f"the codec {name!r}"
        raise ValueError(f"{', '.join(given)}: no effect on {what}; leave it out")
