"""Hidden classes that are tied together: no equation of one group says anything about another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from .bounds import Contradiction
from .moves import Moves
from .points import Points
from .programme import Programme
from .published import Floats, Ints
from .routes import Routes
from .system import CLOSE, System
from .windows import Windows

Told = Callable[[str, int, int], None]


@dataclass(slots=True)
class Group:
    """`columns` of the whole system, their own system, and the points found so far.

    room: how far a class is lifted when many are at once. starts: possible points to start windows from; ways: see
    `bases` and `moves`, which are of use in large groups only.
    """

    columns: Ints
    system: System
    points: Points
    room: float
    programme: Programme | None = None
    windows: Windows | None = None
    starts: list[Floats] = field(default_factory=list)
    ways: Moves | None = None
    paths: Routes | None = None

    def bases(self) -> list[Floats]:
        """Possible points to start windows from, the first one within where there is room."""
        if not self.starts:
            self.starts = [self.points.centre()]
        return self.starts

    @property
    def moves(self) -> Moves:
        """Ways from the first base to other points, by changes of a few classes."""
        if self.ways is None:
            self.ways = Moves(self.neighbourhoods().system.size)
        return self.ways

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
        """The classes that have not yet been seen to be as wide as asked; of 0 and less nothing is asked."""
        return np.flatnonzero((asked > 0) & (self.points.widths() < asked * (1 - CLOSE)))
