"""A region with its name, as files of other programs have it."""

from __future__ import annotations

from dataclasses import dataclass, field

from jpkl_viewer.tools.regions.roi import Roi


@dataclass(frozen=True)
class NamedRoi:
    """A region and what it is called; ``""`` where the file does not say."""

    name: str
    roi: Roi


@dataclass
class Loaded:
    """What was found in a file.

    Attributes
    ----------
    regions : list of NamedRoi
        What can be used of it.
    skipped : list of str
        Of the rest, what and where it is, and why it cannot be used.
    """

    regions: list[NamedRoi] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
