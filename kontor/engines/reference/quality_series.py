"""One series read as it is told: which figures are wrong, and from where on it lies on another level."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, pairwise
from statistics import median

SIZED = ("count", "quantity")


class Reading:
    """One series, as lists of the places of its figures: each list is a stretch on one level."""

    def __init__(
        self,
        level: list[float],
        threshold: list[float],
        strong: list[bool],
        flags: list[str],
        value: list[float],
        far: list[float],
        spread: float,
        kind: str,
    ) -> None:
        self.level, self.threshold = level, [math.nan, *threshold]
        self.flags, self.value, self.far, self.spread, self.kind = flags, value, far, spread, kind
        self.stretches = [[0]]
        for i, cut in enumerate(strong, start=1):
            if cut:
                self.stretches.append([i])
            else:
                self.stretches[-1].append(i)

    def doubts(self) -> list[tuple[int, str, float, float]]:
        """Place, kind, size of the leap and its strength."""
        stretches = self.joined(self.stretches)
        off = self.wrong(stretches)
        found = []
        for j in off:
            before, after = self.beside(j, off, stretches)
            strength = min(self.strength(before, stretches[j]), self.strength(stretches[j], after))
            if strength >= 0.8:
                expected = (self.middle(before[-3:]) + self.middle(after[:3])) / 2
                unit = abs(self.middle(stretches[j]) - expected) >= math.log(50)
                unit = unit and self.right(expected) and not self.zero(stretches[j])
                kind = "unit_switch" if unit else "outlier"
                found += [(i, kind, abs(self.level[i] - expected), strength) for i in stretches[j]]
        rest = self.joined([s for j, s in enumerate(stretches) if j not in off])
        while wrong := self.other_unit(rest):
            stretch, expected, strength = wrong
            found += [(i, "unit_switch", abs(self.level[i] - expected), strength) for i in stretch]
            rest = self.joined([s for s in rest if s is not stretch])
        return found + self.shifts(rest)

    def middle(self, stretch: Sequence[int]) -> float:
        return median([self.level[i] for i in stretch])

    def zero(self, stretch: Sequence[int]) -> bool:
        return all(self.value[i] == 0 for i in stretch)

    def right(self, level: float) -> bool:
        return self.kind in (*SIZED, "rate") and (self.kind != "count" or level >= math.log(10))

    def strength(self, before: list[int], after: list[int]) -> float:
        return abs(self.middle(after[:3]) - self.middle(before[-3:])) / self.threshold[after[0]]

    def joined(self, stretches: list[list[int]]) -> list[list[int]]:
        joined: list[list[int]] = []
        for stretch in stretches:
            if joined and self.strength(joined[-1], stretch) < 0.6:
                joined[-1] = joined[-1] + stretch
            else:
                joined.append(stretch)
        return joined

    def beside(self, j: int, off: Sequence[int], stretches: list[list[int]]) -> tuple[list[int], list[int]]:
        before = max(k for k in range(j) if k not in off)
        after = min(k for k in range(j + 1, len(stretches)) if k not in off)
        return stretches[before], stretches[after]

    def wrong(self, stretches: list[list[int]]) -> tuple[int, ...]:
        """The choice that costs least: 1 for each figure called wrong, 2.2 for each lasting change of level."""
        level = [self.middle(stretch) for stretch in stretches]
        leap = {
            j: min(abs(level[j] - level[j - 1]), abs(level[j] - level[j + 1]))
            for j in range(1, len(stretches) - 1)
        }
        possible = [j for j in leap if len(stretches[j]) <= 4 or leap[j] >= math.log(50)]
        possible = sorted(sorted(possible, key=lambda j: -leap[j])[:6])
        choices = [off for many in range(len(possible) + 1) for off in combinations(possible, many)]
        return min(choices, key=lambda off: (round(self.cost(off, stretches), 6), len(off), off))

    def cost(self, off: tuple[int, ...], stretches: list[list[int]]) -> float:
        for j in off:
            before, after = self.beside(j, off, stretches)
            up = self.middle(stretches[j]) - self.middle(before)
            down = self.middle(stretches[j]) - self.middle(after)
            apart = abs(self.middle(after) - self.middle(before))
            if up * down <= 0 or apart > min(abs(up), abs(down)) / 2:
                return math.inf
        rest = stretches if not off else self.joined([s for j, s in enumerate(stretches) if j not in off])
        return sum(len(stretches[j]) for j in off) + 2.2 * (len(rest) - 1)

    def other_unit(self, stretches: list[list[int]]) -> tuple[list[int], float, float] | None:
        """The stretch in another unit beside the largest leap, what was to be expected there, and the strength."""
        if len(stretches) < 2:
            return None
        level = [self.middle(stretch) for stretch in stretches]
        j = max(range(1, len(stretches)), key=lambda j: abs(level[j] - level[j - 1]))
        before, after = stretches[j - 1], stretches[j]
        if self.zero(before) or self.zero(after):
            return None
        leap, (left, right) = abs(level[j] - level[j - 1]), (self.off(before), self.off(after))
        known = math.isfinite(self.spread) and not math.isnan(left + right)
        if leap >= math.log(50):
            first = left > right if known else len(before) < len(after)
        elif leap >= math.log(5) and self.kind in SIZED and known:
            first = False
            if not (right >= 5 * self.spread and left <= 2.5 * self.spread):
                return None
        else:
            return None
        if not self.right(level[j] if first else level[j - 1]):
            return None
        expected = self.middle(after[:3]) if first else self.middle(before[-3:])
        return (before if first else after), expected, self.strength(before, after)

    def off(self, stretch: Sequence[int]) -> float:
        known = [self.far[i] for i in stretch if not math.isnan(self.far[i])]
        return abs(median(known)) if known else math.nan

    def shifts(self, stretches: list[list[int]]) -> list[tuple[int, str, float, float]]:
        found = []
        for before, after in pairwise(stretches):
            flagged = "b" in self.flags[after[0]]
            strength = self.strength(before, after)
            if strength >= (0.6 if flagged else 1) and not (self.zero(before) or self.zero(after)):
                kind = "break_flagged" if flagged else "level_shift"
                leap = abs(self.level[after[0]] - self.middle(before[-3:]))
                found.append((after[0], kind, leap, strength))
        return found
