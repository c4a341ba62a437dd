"""Figures of areas as they were, brought to areas as they are: each old area gives shares of its count to new ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import cached_property
from typing import NamedTuple

from kontor.errors import Refused

ROUNDING = Decimal("0.000001")  # by which the shares of one area may miss 1, because their source rounds them
DIGITS = 60  # of the arithmetic in between: 18 of a figure times 20 of a share, exactly
WHOLE = Decimal(1)


class Share(NamedTuple):
    """What part of the old area is in the new one, 0 < part <= 1."""

    old: str
    new: str
    part: Decimal


class Converted(NamedTuple):
    """A figure of a new area. `estimated`: an area was divided. `recipe` is empty where nothing was converted."""

    value: Decimal
    estimated: bool
    recipe: str


class Conversion(NamedTuple):
    """Figures by new area; and, for each new area without one, the old areas that it lacks or may not be added from."""

    figures: dict[str, Converted]
    missing: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Crosswalk:
    """From one edition of a list of areas to another, by population or by area.

    `shares` name every old area, also those that stayed as they were. Refused("crosswalk_incomplete") where the
    shares of an area do not add up to 1, or where one of them is not above 0.
    """

    scheme: str
    edition_from: str
    edition_to: str
    by: str
    shares: tuple[Share, ...]
    into: Mapping[str, tuple[tuple[str, Decimal], ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        parts: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
        for old, new, part in self.shares:
            sums[old] += part
            parts[new].append((old, part))
        off = [old for old, _, part in self.shares if part <= 0 or abs(sums[old] - 1) > ROUNDING]
        if off:
            raise Refused("crosswalk_incomplete", area=off[0], scheme=self.scheme, edition=self.edition_from)
        object.__setattr__(self, "into", {new: tuple(sorted(given)) for new, given in parts.items()})

    @cached_property
    def areas(self) -> frozenset[str]:
        """The old areas."""
        return frozenset(share.old for share in self.shares)

    def recipe(self, new: str) -> str:
        """How the new area is made, for instance "kreise 2008>2020 population: 03152*1 + 03156*1".

        Empty where it is the old area of the same code.
        """
        parts = self.into[new]
        if parts == ((new, WHOLE),):
            return ""
        made = " + ".join(f"{old}*{part.normalize():f}" for old, part in parts)
        return f"{self.scheme} {self.edition_from}>{self.edition_to} {self.by}: {made}"

    def convert(self, figures: Mapping[str, Decimal], *, additive: bool = True) -> Conversion:
        """Counts of old areas split by share and summed; the result keeps the most decimals of its parts.

        Nothing is rounded where all parts are whole areas; otherwise half to even, and the result is an estimate.
        Not additive (rates, means, shares): only a new area that is one whole old area has a figure.
        A new area lacks a figure as soon as one of its parts does. Refused("area_not_in_edition") for an area that
        the crosswalk does not know.
        """
        for area in figures:
            if area not in self.areas:
                raise Refused("area_not_in_edition", area=area, scheme=self.scheme, edition=self.edition_from)
        made: dict[str, Converted] = {}
        missing: dict[str, tuple[str, ...]] = {}
        for new, parts in self.into.items():
            lacking = tuple(old for old, _ in parts if old not in figures)
            if lacking:
                missing[new] = lacking
            elif additive or (len(parts) == 1 and parts[0][1] == WHOLE):
                value, estimated = _sum([(figures[old], part) for old, part in parts])
                made[new] = Converted(value, estimated, self.recipe(new))
            else:
                missing[new] = tuple(old for old, _ in parts)
        return Conversion(made, missing)

    def then(self, later: Crosswalk) -> Crosswalk:
        """One crosswalk for two in a row. Refused("crosswalks_do_not_meet") where the second begins elsewhere."""
        if (self.scheme, self.edition_to, self.by) != (later.scheme, later.edition_from, later.by):
            raise Refused("crosswalks_do_not_meet", first=self.edition_to, second=later.edition_from)
        onward: dict[str, list[Share]] = defaultdict(list)
        for share in later.shares:
            onward[share.old].append(share)
        with localcontext(prec=DIGITS):
            parts: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
            for old, middle, part in self.shares:
                for _, new, further in onward[middle]:
                    parts[old, new] += part * further
        shares = tuple(Share(old, new, part) for (old, new), part in parts.items())
        return Crosswalk(self.scheme, self.edition_from, later.edition_to, self.by, shares)


def _sum(parts: Iterable[tuple[Decimal, Decimal]]) -> tuple[Decimal, bool]:
    """Sum of value times share, and whether one of the shares is less than the whole."""
    parts = list(parts)
    divided = any(share != WHOLE for _, share in parts)
    with localcontext(prec=DIGITS):
        total = sum((value * share for value, share in parts), Decimal(0))
        decimals = max(-int(value.as_tuple().exponent) for value, _ in parts)
        return total.quantize(Decimal(1).scaleb(-max(0, decimals)), ROUND_HALF_EVEN), divided
