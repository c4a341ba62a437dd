"""Hidden classes that are tied together: no equation of one group says anything about another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from .bounds import Contradiction
from .points import Points
from .programme import Programme
from .published import Floats, Ints
from .routes import Routes
from .system import CLOSE, System
from .windows import NOTHING, Windows

Told = Callable[[str, int, int], None]
SMALL = 4_000  # classes of a group that needs no windows


@dataclass(slots=True)
class Group:
    """`columns` of the whole system, their own system, and the points found so far.

    room: how far a class is lifted when many are at once. base: a possible point to start windows from, of use in large
    groups only.
    """

    columns: Ints
    system: System
    points: Points
    room: float
    programme: Programme | None = None
    windows: Windows | None = None
    base: Floats | None = None
    paths: Routes | None = None

    @property
    def large(self) -> bool:
        """Whether one programme over all of it takes so long that windows come first."""
        return self.columns.size > SMALL

    def start(self) -> Floats:
        """A possible point to start windows from, with room on all sides where there is any."""
        if self.base is None:
            self.base = self.solver().middle()
        if self.base is None:
            self.base = self.solver().spread(NOTHING, NOTHING)
        return self.base

    def routes(self) -> Routes:
        """What finds short ways in the group's windows."""
        if self.paths is None:
            self.paths = Routes(self.neighbourhoods())
        return self.paths

    def solver(self) -> Programme:
        """The group's linear programme, made when it is first needed."""
        if self.programme is None:
            self.programme = Programme(self.system, self.room)
        return self.programme

    def neighbourhoods(self) -> Windows:
        """The group's windows, made when they are first needed."""
        if self.windows is None:
            self.windows = Windows(self.system)
        return self.windows

    @contextmanager
    def named(self) -> Iterator[None]:
        """Within, a Contradiction names classes of the whole system, whichever of the group's programmes met it."""
        try:
            yield
        except Contradiction:
            raise Contradiction(self.columns) from None

    def narrow(self, asked: Floats) -> Ints:
        """The classes that have not yet been seen to be as wide as asked; of 0 and less nothing is asked.

        A count seen so far above its threshold is as wide as asked if it can be small, and if it cannot be, nobody asks
        more than whether it is determined.
        """
        widths, system = self.points.widths(), self.system
        far = system.counts & (np.floor(self.points.high + CLOSE) >= system.small + asked)
        return np.flatnonzero(
            (asked > 0) & (widths < np.where(far, np.minimum(asked, 1.0), asked) * (1 - CLOSE))
        )
