"""Curves relative to their own baseline or range; pure.

``scaling.js`` computes the same for the plot; both are held to the same golden vectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: The percentile of a curve that is its baseline, unless frames are.
BASELINE_PERCENTILE = 10.0

#: Most frames that a baseline can be the mean of.
_MOST_FRAMES = 10**6


@dataclass(frozen=True)
class CurveScale:
    """What a curve is shown as.

    Attributes
    ----------
    kind : {"raw", "dff", "unit"}
        As measured; the change relative to a baseline, dF/F0; or 0 at the minimum to 1 at the maximum.
    first : int
        The baseline F0 is the mean of so many frames from the first on; with 0, it is the 10th percentile of
        the curve, which brief events leave as it is.
    """

    kind: str = "raw"
    first: int = 0

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> CurveScale:
        """Read the settings of regions, which may come from a link: ``scale`` and ``baseline``."""
        kind, first = settings.get("scale"), settings.get("baseline")
        is_count = isinstance(first, int) and not isinstance(first, bool) and 0 < first <= _MOST_FRAMES
        return cls(kind if kind in ("dff", "unit") else "raw", first if is_count else 0)  # type: ignore[arg-type]

    @property
    def column(self) -> str:
        """Name of its column in a table."""
        return {"dff": "dF/F0", "unit": "scaled 0-1"}.get(self.kind, "")

    @property
    def note(self) -> str:
        """What is to be known of that column."""
        if self.kind != "dff":
            return ""
        of = f"mean of the first {self.first} frames" if self.first else "10th percentile of each curve"
        return f"dF/F0: (mean - F0) / F0, F0 is the {of}"

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a curve as it is shown; NaN is unknown. All is, where a baseline is not above 0."""
        known = values[~np.isnan(values)]
        if self.kind == "raw" or not known.size:
            return values
        if self.kind == "unit":
            low, high = known.min(), known.max()
            return np.asarray((values - low) / ((high - low) or 1.0))
        baseline = self._baseline(values, known)
        return np.asarray((values - baseline) / baseline) if baseline > 0 else np.full_like(values, np.nan)

    def _baseline(self, values: NDArray[np.float64], known: NDArray[np.float64]) -> float:
        if not self.first:
            return float(np.percentile(known, BASELINE_PERCENTILE))
        start = values[: self.first]
        start = start[~np.isnan(start)]
        return float(start.mean()) if start.size else float("nan")
