"""Numbers as plain decimal strings: what the facts of a finding hold."""

from __future__ import annotations

import numpy as np


def written(value: float) -> str:
    """The value with the digits it was given with: 206338.61."""
    short = repr(float(value)).removesuffix(".0")
    return np.format_float_positional(value, trim="-") if "e" in short else short


def about(value: float, digits: int = 3) -> str:
    """The value rounded to so many significant digits: 218."""
    return written(float(f"{value:.{digits}g}"))
