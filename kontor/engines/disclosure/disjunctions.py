"""Cuts for suspicions: they can be met in several ways, and one inequality holds for all of them (Balas 1979)."""

from __future__ import annotations

import numpy as np

from .attacker import Attacker, Reach, shortened
from .checks import Leak
from .cuts import SLIGHT, Cut, rounded
from .merging import Classes
from .problem import Bools, Floats, Ints
from .separation import FAR, SLACK, VIOLATED
from .windows import Window

WHOLE = 0.999
"""Two whole numbers lie in an interval only if it is at least about that wide."""
BEYOND = 0.01
"""More than the threshold, be it by a fraction: whoever stays below and has his width can be one person."""


def cut_of_suspicion(
    classes: Classes, window: Window, leak: Leak, hidden: Bools, threshold: float, *, suspected: bool
) -> Cut | None:
    """What a safe pattern must hide besides, if it hides the leak's conditions; None if the window does not show it.

    Of a class that might hold one person everybody must think more than `threshold` possible (that does not help
    where `suspected`), or the class that would then be seen must keep two values or lie above the threshold. Each of
    these ways asks for a sum of hidden classes; the larger of their factors hold for whichever is taken.
    """
    if not np.isin((leak.known[0], leak.cell), window.cells).all():
        return None
    return _Disjunction(classes, window, leak, hidden).cut(threshold, suspected=suspected)


def conditional(classes: Classes, leak: Leak) -> Ints:
    """The classes, each once, without which there would be no leak, and that not every pattern hides."""
    named = np.unique(np.array([leak.cell, *leak.known, *leak.conditions], dtype=np.int64))
    return named[~classes.always[named]]


class _Disjunction:
    def __init__(self, classes: Classes, window: Window, leak: Leak, hidden: Bools) -> None:
        cells = self.cells = window.cells
        self.hidden = hidden
        self.value, self.fall, self.rise = classes.value[cells], classes.fall[cells], classes.rise[cells]
        self.known = int(np.flatnonzero(cells == leak.known[0])[0])
        self.seen = int(np.flatnonzero(cells == leak.cell)[0])
        self.conditions = conditional(classes, leak)
        self.given = classes.always[cells] | np.isin(cells, self.conditions)
        self.attacker = Attacker(window.equations)

    def cut(self, threshold: float, *, suspected: bool) -> Cut | None:
        self._bound(threshold + 1.0)
        above = threshold - self.value
        ways = [] if suspected else [self._more(above[self.known] + BEYOND)]
        ways += self._seen(above[self.seen] + 1.0)
        factors = np.zeros(self.cells.size)
        for way in ways:
            if way is None:
                return None
            np.maximum(factors, way, out=factors)
        used = np.flatnonzero(factors > SLIGHT)
        count = self.conditions.size
        cut = Cut(
            np.concatenate([self.cells[used], self.conditions]),
            np.concatenate([factors[used], -np.ones(count)]),
            1.0 - count,
        )
        return cut if cut.missing(self.hidden.astype(float)) > VIOLATED else None

    def _bound(self, unit: float) -> None:
        """Hidden classes move far, the others hardly: proofs then use few of them."""
        hidden = self.hidden[self.cells]
        far = np.where(self.given, FAR * unit, np.where(hidden, 2 * unit, 0.0))
        slack = np.where(self.given, 0.0, SLACK)
        self.attacker.bound(-np.minimum(self.fall, far) - slack, np.minimum(self.rise, far) + slack)

    def _more(self, need: float) -> Floats | None:
        """What must be hidden so that the class may hold more than the threshold."""
        way = self.attacker.farthest(self.known, 1)
        return None if way is None else self._sum(shortened(way, self.fall, self.rise), need)

    def _seen(self, above: float) -> list[Floats | None]:
        """The same for the class that is seen once the other one holds 1: two values, or one above the threshold."""
        held = 1.0 - float(self.value[self.known])
        self.attacker.bound_one(self.known, held, held)
        up, down = self.attacker.farthest(self.seen, 1), self.attacker.farthest(self.seen, -1)
        if up is None or down is None:
            return [None]
        shares_up, shares_down = self._besides(up), self._besides(down)
        fixed_up, fixed_down = -up.reduced[self.known] * held, down.reduced[self.known] * held
        return [
            self._sum(shares_up + shares_down, WHOLE - fixed_up + fixed_down),
            self._sum(shares_up, above - fixed_up),
        ]

    def _besides(self, way: Reach) -> Floats:
        shares = shortened(way, self.fall, self.rise)
        shares[self.known] = 0.0
        return shares

    def _sum(self, shares: Floats, need: float) -> Floats | None:
        """Factors of the classes whose sum must reach 1; None where what is hidden anyway may suffice."""
        left = need - float(shares[self.given].sum())
        if not left > 1e-6:
            return None
        return np.where(self.given, 0.0, rounded(shares / left))
