"""What the engine is given and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not plausible about one figure; for a change of level, the first figure of the new level.

    `kind` is impossible_value, unit_switch, outlier, level_shift, break_flagged, sum_off or rate_disagrees;
    `confidence` 0.9 means that nine of ten such findings are right; `treatment` is "keep" (with its flag),
    "exclude" or "ask" (the provider); `facts` fill the sentence of the kind, numbers as plain decimal strings.
    """

    area: str
    variable: str
    period: str
    kind: str
    confidence: float
    treatment: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Columns:
    """Figures as columns of equal length; each (area, variable, period) stands there once, `value` is finite."""

    area: Sequence[str]
    variable: Sequence[str]
    period: Sequence[str]
    value: NDArray[np.float64]
    flags: Sequence[str]


@dataclass(frozen=True, slots=True)
class Limits:
    """What kind of number a variable is, its lowest and highest possible value, and the least change worth a question.

    `kind` is "count" (things are counted, so chance makes counts differ), "quantity" (grows with the city but is not
    counted), "rate" (per head, price, mean), "share" (per cent, 0 to 100), "degree" (may be negative) or "erratic"
    (weather, rare events: any change is possible, only the bounds are looked at). `least` is a log ratio.
    """

    kind: str
    lowest: float | None = None
    highest: float | None = None
    least: float = 0.25


@dataclass(frozen=True, slots=True)
class Sum:
    """Parts that make up a total (a number or a variable); they may fall short `below` and exceed it `above`.

    Rounding of the parts is allowed on top. None: that side has no limit, because parts are missing or overlap.
    """

    name: str
    parts: tuple[str, ...]
    total: float | str
    below: float | None
    above: float | None


@dataclass(frozen=True, slots=True)
class Ratio:
    """A rate published with `decimals` that is `scale` x product of `numerators` / product of `denominators`."""

    published: str
    numerators: tuple[str, ...]
    denominators: tuple[str, ...]
    scale: float
    decimals: int


@dataclass(frozen=True, slots=True)
class Checks:
    """What is known beforehand. Variables without limits are not looked at."""

    variables: Mapping[str, Limits]
    sums: Sequence[Sum] = ()
    ratios: Sequence[Ratio] = ()
