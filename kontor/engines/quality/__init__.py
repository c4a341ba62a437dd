"""Which figures are not plausible, how surely, why, and what to do with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from . import bounds, jumps, ratios, sums
from .panel import COUNTRY_LETTERS, Bools, Panel, panel_of
from .records import Checks, Columns, Finding, Limits, Ratio, Sum

__all__ = ["Checks", "Columns", "Finding", "Limits", "Ratio", "Sum", "assess"]

WRONG = ("impossible_value", "unit_switch")
"""A figure with such a finding is neither added up nor divided: it explains by itself what would be off."""

LEAST_CONFIDENCE = 0.5
"""What is less sure than that is not worth a question."""


def assess(figures: Columns, checks: Checks) -> list[Finding]:
    """All findings, sorted by variable, area, period, kind; the same for any order of the figures.

    Bounds come first; what is possible is compared with its own series, with its country and with cities of its
    size; what is left is added up and divided. Figures of variables without limits are passed over.
    """
    panel = panel_of(figures, checks.variables)
    impossible = bounds.impossible(panel, checks.variables)
    found = [*bounds.findings(panel, impossible, checks.variables)]
    possible = panel.only(~impossible)
    found += jumps.findings(possible, checks.variables)
    sound = possible.only(~_marked(possible, found, WRONG))
    found += sums.findings(sound, checks.sums, _marked(sound, found, ("outlier",)))
    found += ratios.findings(sound, checks.ratios)
    unique = {(f.variable, f.area, f.period, f.kind): f for f in reversed(found)}
    return _with_likes([unique[key] for key in sorted(unique) if unique[key].confidence >= LEAST_CONFIDENCE])


def _marked(panel: Panel, found: list[Finding], kinds: Sequence[str]) -> Bools:
    """Which figures have a finding of one of these kinds."""
    area = {name: place for place, name in enumerate(panel.areas)}
    variable = {name: place for place, name in enumerate(panel.variables)}
    period = {name: place for place, name in enumerate(panel.periods)}
    keys = [
        (variable[f.variable] * len(area) + area[f.area]) * len(period) + period[f.period]
        for f in found
        if f.kind in kinds
    ]
    own = (panel.variable * len(area) + panel.area) * len(period) + panel.period
    return np.isin(own, np.array(keys, dtype=np.int64))


def _with_likes(found: list[Finding]) -> list[Finding]:
    """Adds the fact `alike`: how many other cities of the country have such a finding in the same period."""
    groups = Counter(_group(finding) for finding in found)
    return [
        replace(f, facts={**f.facts, "alike": str(groups[_group(f)] - 1)}) if groups[_group(f)] > 1 else f
        for f in found
    ]


def _group(finding: Finding) -> tuple[str, str, str, str]:
    return finding.variable, finding.kind, finding.period, finding.area[:COUNTRY_LETTERS]
