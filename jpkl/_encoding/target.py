"""The argument ``target``: a fidelity or a size in place of a quality on libjpeg's scale; pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal, TypeAlias, get_args

Kind: TypeAlias = Literal["noise", "psnr", "ssim", "ratio"]
#: The argument ``target`` of `jpkl.JPkl`.
TargetSpec: TypeAlias = "Literal['noise'] | tuple[Kind, float]"

_KINDS = get_args(Kind)
_FORMS = "'noise', ('noise', q), ('psnr', dB), ('ssim', s) or ('ratio', r)"


@dataclass(frozen=True)
class Target:
    """A wish for the frames of a stack.

    Attributes
    ----------
    kind : {"noise", "psnr", "ssim", "ratio"}
        What is to have the value: the quantization step, in standard deviations of the noise; the mean PSNR
        in dB; the mean SSIM; how many times smaller the file is than the original pixels.
    value : float
        Positive.
    """

    kind: Kind
    value: float

    def __str__(self) -> str:
        return f"{self.kind} {self.value:g}" + (" dB" if self.kind == "psnr" else "")


def parse_target(spec: Any) -> Target:
    """Return what an argument ``target`` asks for.

    Raises
    ------
    TypeError, ValueError
        If it is none of the forms, or its number cannot be.
    """
    if spec == "noise":
        return Target("noise", 1.0)
    if not isinstance(spec, (tuple, list)) or len(spec) != 2:
        raise TypeError(f"target must be {_FORMS}, not {spec!r}")
    kind, value = spec
    if kind not in _KINDS:
        raise ValueError(f"target must be {_FORMS}, not {spec!r}")
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"target {kind!r} takes a number, not {value!r}")
    number = float(value)
    if not 0 < number < math.inf:
        raise ValueError(f"target {kind!r} must be positive, not {number:g}")
    if kind == "ssim" and number >= 1:
        raise ValueError(f"target 'ssim' must be below 1, which frames without any loss have, not {number:g}")
    return Target(kind, number)


def parse_target_text(text: str) -> TargetSpec:
    """Return what ``noise``, ``noise:1``, ``psnr:45``, ``ssim:0.98`` or ``ratio:10`` asks for.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    kind, colon, value = text.partition(":")
    forms = "noise, noise:Q, psnr:DB, ssim:S or ratio:R"
    if kind not in _KINDS or (not colon and kind != "noise"):
        raise ValueError(f"{text!r} is not {forms}")
    try:
        target = parse_target((kind, float(value) if colon else 1.0))
    except ValueError as error:
        raise ValueError(f"{text!r} is not {forms}: {error}") from error
    return target.kind, target.value
