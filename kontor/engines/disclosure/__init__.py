"""Which cells of a table must be hidden so that nobody behind a small one can be inferred, with a proven bound."""

from .problem import Axis, Budget, Cube, Pattern, Problem, Step, Witness
from .suppress import suppress

__all__ = ["Axis", "Budget", "Cube", "Pattern", "Problem", "Step", "Witness", "suppress"]
