"""Makes the master's pattern safe by solving anew only what lies around its leaks, and better patterns of safe ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from .alone import near
from .cuts import Pool
from .master import Effort, part
from .merging import Classes
from .problem import Bools, Floats, Ints

SECONDS = 2.0
"""For one part of the master programme, at most."""
WIDER = 4
"""So many times a part grows by its neighbours if it has no solution."""
TURNS = 300
AGAIN = 20
"""How often one region is solved with what was learned there."""
OPEN = 1e-6

Learned = Callable[[Bools], bool]
"""Adds the cuts that a pattern violates to the pool; whether the full check finds the pattern safe."""


class Mending:
    """The pool of cuts, and who adds to it; `apart`: a pattern is better only if it is cheaper by more."""

    def __init__(self, classes: Classes, pool: Pool, price: Floats, learned: Learned, apart: float) -> None:
        self._classes, self._pool, self._price, self._learned = classes, pool, price, learned
        self._apart = apart
        self._settled: set[bytes] = set()

    def mended(self, start: Bools, limit: float, go_on: Callable[[], bool]) -> Bools | None:
        """A safe pattern close to `start`; None if it would cost more than `limit`, or no way is found in time."""
        hidden = start | self._classes.always
        for _ in range(TURNS):
            safe = self._learned(hidden)
            open_ = self._open(hidden)
            if not open_.any():
                return hidden if safe else None
            if not go_on():
                return None
            better = self._around(hidden, near(self._classes, open_, hidden), Effort(SECONDS))
            if better is None or self.cost(better) > limit:
                return None
            hidden = better
        return None

    def _open(self, hidden: Bools) -> Bools:
        """All classes of cuts that a pattern violates."""
        rows, least = self._pool.matrix()
        missing = least - rows @ hidden.astype(float) > OPEN
        found: Bools = np.zeros(hidden.size, dtype=bool)
        found[rows[np.flatnonzero(missing)].indices] = True
        return found

    def _around(self, hidden: Bools, free: Bools, effort: Effort) -> Bools | None:
        """The cheapest pattern that differs from this one in the free classes alone, or a little further around."""
        for _ in range(WIDER):
            found = part(self._pool, self._price, hidden, free & ~self._classes.always, effort)
            if found is not None and not np.array_equal(found, hidden):
                return found
            free = near(self._classes, free)
        return None

    def cost(self, hidden: Bools) -> float:
        return float(self._price[hidden & ~self._classes.always].sum())

    def better(self, best: Bools, regions: Iterable[Ints], go_on: Callable[[], bool]) -> Bools | None:
        """A safe pattern that is cheaper than the safe one `best` because one of the regions is; None without any."""
        for cells in regions:
            if not go_on():
                return None
            free = np.zeros(best.size, dtype=bool)
            free[cells] = True
            free = near(self._classes, free) & ~self._classes.always
            key = free.tobytes() + best[near(self._classes, free)].tobytes()
            if key not in self._settled:
                found = self._region(best, free, go_on)
                if found is not None:
                    return found
                if go_on():
                    self._settled.add(key)
        return None

    def _region(self, best: Bools, free: Bools, go_on: Callable[[], bool]) -> Bools | None:
        """What is cheaper in a region and turns out to be unsafe gives cuts, with which it is asked again."""
        limit = self.cost(best) - self._apart
        for _ in range(AGAIN):
            found = part(self._pool, self._price, best, free, Effort(SECONDS, apart=self._apart))
            if found is None or self.cost(found) > limit or not go_on():
                return None
            safe = self.mended(found, limit, go_on)
            if safe is not None:
                return safe
        return None
