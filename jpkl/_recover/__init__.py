"""Make a whole stack of what a broken file still holds.

`salvage` finds frames and fields, `frame_checker` tells whole frames from damaged ones, `cut` keeps the part
that is complete, and `logged_labels` has the labels that a writer left beside its file.
"""

from jpkl._recover.recovering import recover, remains
from jpkl._recover.report import RecoverReport, Remains

__all__ = ["RecoverReport", "Remains", "recover", "remains"]
