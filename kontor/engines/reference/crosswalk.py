"""The crosswalk as it is told, in fractions: a table of shares, one row of multiplications per new area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction


def convert(
    shares: Sequence[tuple[str, str, Decimal]], figures: Mapping[str, Decimal]
) -> dict[str, tuple[Fraction, bool]]:
    """New area -> (sum before any rounding, whether an area was divided); areas with a missing part have none."""
    found = {}
    for new in sorted({share[1] for share in shares}):
        parts = [(old, Fraction(part)) for old, target, part in shares if target == new]
        if all(old in figures for old, _ in parts):
            total = Fraction(0)
            for old, part in parts:
                total = total + Fraction(figures[old]) * part
            found[new] = (total, any(part < 1 for _, part in parts))
    return found
