"""Small tables without groups, by hand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from bench.generated import skewed
from kontor.engines.disclosure import Problem
from kontor.engines.disclosure.cube import axis_of


def table(counts: Sequence[Sequence[int]] | np.ndarray) -> Problem:
    """Counts 1 to 3 are small; all totals and zeros are published."""
    values = np.array(counts)
    inner = [
        [f"{letter}{place}" for place in range(size)]
        for letter, size in zip("abcd", values.shape, strict=False)
    ]
    axes = tuple(axis_of(f"variable_{codes[0][0]}", codes) for codes in inner)
    columns = tuple(zip(*product(*inner), strict=True))
    return skewed.problem_of(skewed.Table(axes, ({},) * len(axes), columns, values.ravel()))
