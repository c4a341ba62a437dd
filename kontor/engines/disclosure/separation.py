"""Looks in a window for demands that a (fractional) pattern leaves open, and answers with the cuts it violates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from .attacker import TINY, Attacker, Reach, shortened
from .cuts import Cut, cut_of
from .merging import Classes
from .problem import Bools, Floats, Ints
from .respondents import respondents, told_by_others
from .windows import Window

SLACK = 1e-3
"""Cells that are not hidden may move so little: proofs then use few cells, and cuts are short."""
FAR = 1000.0
"""How far always hidden cells may go, in units of the demand."""
VIOLATED = 0.02


class Separator:
    """One window with its models, kept warm from round to round."""

    def __init__(
        self,
        classes: Classes,
        window: Window,
        coalition: int = 1,
        slack: float = SLACK,
        only: tuple[Ints, int] | None = None,
    ) -> None:
        """`only`: of what respondents know just this is asked, wherever it lies: their classes, and one they determine."""
        self.cells = window.cells
        self._slack = slack
        self._always = classes.always[self.cells]
        self._fall, self._rise = classes.fall[self.cells], classes.rise[self.cells]
        self._need = np.maximum(classes.width, classes.asks)[self.cells]
        self._down, self._up = classes.down[self.cells], classes.up[self.cells]
        self._most = np.maximum(np.maximum(self._need, self._down), self._up)
        self._protected = classes.protected[self.cells]
        self._attacker = Attacker(window.equations)
        self._single = Attacker(window.equations)
        self._sets = list(_knowing(classes, window, coalition)) if only is None else _asked(self.cells, *only)
        self._hidden: Floats | None = None
        self._go_on: Callable[[], bool] = _without_end
        self.unprotectable: set[int] = set()

    def cuts(self, hidden: Floats, go_on: Callable[[], bool] | None = None) -> list[Cut]:
        """Violated cuts of the demands of all classes in the window; nothing if nothing changed in it since then. Those
        found so far where `go_on` says that time is up: a large window alone may take minutes."""
        self._go_on = go_on or _without_end
        mine = hidden[self.cells]
        if self._hidden is not None and np.array_equal(mine, self._hidden):
            return []
        found = [cut for cut in self._intervals(mine) if cut.missing(hidden) > VIOLATED]
        found += [cut for cut in self._singles(mine) if cut.missing(hidden) > VIOLATED]
        if not found and self._go_on():
            self._hidden = mine.copy()
        return found

    def _intervals(self, mine: Floats) -> Iterator[Cut]:
        asked = np.flatnonzero((self._most > 0) & (self._always | (mine > VIOLATED)))
        levels = np.floor(np.log2(self._most[asked]) / 2)
        for level in np.unique(levels):
            group = asked[levels == level]
            yield from self._level(mine, group, float(self._most[group].max()))

    def _level(self, mine: Floats, asked: Ints, unit: float) -> Iterator[Cut]:
        """The demands of one order of magnitude share one polytope."""
        low = -np.where(
            self._always, np.minimum(self._fall, FAR * unit), np.minimum(self._fall, 2 * unit) * mine
        )
        high = np.where(self._always, np.minimum(self._rise, FAR * unit), np.minimum(self._rise, unit) * mine)
        low[~self._always] -= self._slack * unit
        high[~self._always] += self._slack * unit
        self._attacker.bound(low, high)
        lowest, highest = np.zeros(mine.size), np.zeros(mine.size)
        for cell in asked:
            if not self._go_on():
                return
            certain = bool(self._always[cell])
            share = 1.0 if certain else mine[cell]
            if self._reached(cell, lowest, highest, share):
                continue
            if not certain:
                self._attacker.bound_one(cell, -min(self._fall[cell], FAR * unit), FAR * unit)
            ways = []
            for direction in (1, -1):
                way = self._attacker.farthest(int(cell), direction)
                ways.append(way)
                if way is not None and certain:
                    np.minimum(lowest, way.point, out=lowest)
                    np.maximum(highest, way.point, out=highest)
                    if self._reached(cell, lowest, highest, share):
                        break
            else:
                yield from self._open(int(cell), ways[0], ways[1])
            if not certain:
                self._attacker.bound_one(cell, low[cell], high[cell])

    def _reached(self, cell: int, lowest: Floats, highest: Floats, share: float) -> bool:
        least = share * (1 - VIOLATED)
        return bool(
            highest[cell] - lowest[cell] >= self._need[cell] * least
            and highest[cell] >= self._up[cell] * least
            and -lowest[cell] >= self._down[cell] * least
        )

    def _open(self, cell: int, above: Reach | None, below: Reach | None) -> Iterator[Cut]:
        nothing = np.full(self.cells.size, np.inf)
        up = nothing if above is None else shortened(above, self._fall, self._rise)
        down = nothing if below is None else shortened(below, self._fall, self._rise)
        asked_of = -1 if self._always[cell] else cell
        for shares, need in (
            (up + down, self._need[cell]),
            (up, self._up[cell]),
            (down, self._down[cell]),
        ):
            if need > 0:
                yield from self._checked(
                    cut_of(shares, float(need), self.cells, self._always, asked_of), cell
                )

    def _checked(self, cut: Cut | None, cell: int) -> Iterator[Cut]:
        if cut is None:
            return
        if cut.least > 0 and not cut.cells.size:
            self.unprotectable.add(int(self.cells[cell]))
        else:
            yield cut

    def _singles(self, mine: Floats) -> Iterator[Cut]:
        """Respondents who know their own cells must not determine any other protected class."""
        if not self._sets:
            return
        low = np.where(self._fall <= TINY, 0.0, -np.where(self._always, FAR, 2 * mine + self._slack))
        high = np.where(self._rise <= TINY, 0.0, np.where(self._always, FAR, 2 * mine + self._slack))
        self._single.bound(low, high)
        for known, targets in self._sets:
            if not self._go_on():
                return
            if any(not self._always[cell] and mine[cell] < 1 - VIOLATED for cell in known):
                continue
            for cell in known:
                self._single.bound_one(int(cell), 0.0, 0.0)
            moved = np.zeros(mine.size)
            for target in targets:
                if moved[target] < 1 - VIOLATED:
                    yield from self._determined(known, int(target), moved)
            for cell in known:
                self._single.bound_one(int(cell), low[cell], high[cell])

    def _determined(self, known: Ints, target: int, moved: Floats) -> Iterator[Cut]:
        support: Bools = np.zeros(self.cells.size, dtype=bool)
        for direction in (1, -1):
            way = self._single.farthest(target, direction)
            if way is None:
                return
            np.maximum(moved, np.abs(way.point), out=moved)
            if moved[target] >= 1 - VIOLATED:
                return
            support |= (way.reduced > TINY) & (self._fall > TINY)
            support |= (way.reduced < -TINY) & (self._rise > TINY)
        support[known] = False
        support[target] = False
        if support[self._always].any():
            return
        yield from self._checked(_one_of(support, self.cells, known[~self._always[known]]), target)


def _without_end() -> bool:
    return True


def _asked(cells: Ints, known: Ints, cell: int) -> list[tuple[Ints, Ints]]:
    """One pair as places in a window; none where nobody's knowledge is meant."""
    places = np.flatnonzero(np.isin(cells, known))
    return [(places, np.flatnonzero(cells == cell))] if places.size else []


def _one_of(support: Bools, cells: Ints, conditions: Ints) -> Cut:
    used = np.flatnonzero(support)
    factors = np.concatenate([np.ones(used.size), -np.ones(conditions.size)])
    return Cut(cells[np.concatenate([used, conditions])], factors, 1.0 - conditions.size)


def _knowing(classes: Classes, window: Window, coalition: int) -> Iterator[tuple[Ints, Ints]]:
    """Places of the classes that one respondent (or a coalition) knows, and the protected ones next to them."""
    cells, equations = window.cells, window.equations
    people = [classes.people.get(cell, frozenset()) for cell in cells.tolist()]
    near = [np.zeros(0, dtype=np.int64)] * cells.size
    columns = equations.tocsc()
    for place in [place for place, names in enumerate(people) if names]:
        rows = columns.indices[columns.indptr[place] : columns.indptr[place + 1]]
        near[place] = np.unique(equations[rows].indices) if rows.size else near[place]
    for known, names in respondents(classes, cells, coalition):
        beside = [_joined(near[place] for place in known if name in people[place]) for name in names]
        targets = beside[0]
        for other in beside[1:]:
            targets = np.intersect1d(targets, other)
        targets = told_by_others(classes, cells, targets[classes.protected[cells[targets]]], known, names)
        if targets.size:
            yield known, targets


def _joined(places: Iterable[Ints]) -> Ints:
    return np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *places]))
