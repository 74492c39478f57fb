"""Warnings of libraries are kept from being shown, and those of others never."""

from __future__ import annotations

import sys
import warnings

import pytest

from jpkl._quiet import quiet


def test_the_last_to_leave_restores_what_the_first_has_found() -> None:
    first, second = quiet(), quiet()
    with warnings.catch_warnings(record=True, action="always") as shown:
        first.__enter__()
        warnings.warn("in the first", stacklevel=1)
        second.__enter__()
        first.__exit__(None, None, None)
        warnings.warn("in the second", stacklevel=1)
        second.__exit__(None, None, None)
        warnings.warn("after both", stacklevel=1)
    if not getattr(sys.flags, "context_aware_warnings", False):
        assert [str(each.message) for each in shown] == ["after both"]


def test_an_error_leaves_warnings_as_they_were() -> None:
    with pytest.raises(ValueError, match="damaged"), quiet():
        raise ValueError("damaged")
    with pytest.warns(UserWarning, match="after"):
        warnings.warn("after", stacklevel=1)
