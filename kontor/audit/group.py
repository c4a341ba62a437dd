"""Hidden classes that are tied together: no equation of one group says anything about another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .points import Points
from .programme import Programme
from .published import Floats, Ints
from .system import CLOSE, System
from .windows import Windows

Told = Callable[[str, int, int], None]


@dataclass(slots=True)
class Group:
    """`columns` of the whole system, their own system, and the points found so far.

    room: how far a class is lifted when many are at once.
    """

    columns: Ints
    system: System
    points: Points
    room: float
    programme: Programme | None = None
    windows: Windows | None = None

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

    def narrow(self, asked: Floats) -> Ints:
        """The classes that have not yet been seen to be as wide as asked; of 0 and less nothing is asked."""
        return np.flatnonzero((asked > 0) & (self.points.widths() < asked * (1 - CLOSE)))
