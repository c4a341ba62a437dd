"""What is not plausible among the figures that a draft brings, beside all that is published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kontor.engines.quality import Finding

from .. import plausibility, store
from ..queries import releases as published

PANEL = (
    1_000_000  # figures that the engine looks at together; what it holds of them in memory is bounded by it
)


def check(draft: store.Draft, variables: Iterable[str]) -> tuple[list[str], list[Finding]]:
    """The variables that were looked at, and all findings about them, by variable, area, period and kind.

    Everything on the draft's track is looked at together, because the engine tells the size of a city from all its
    counts. Where that is more than `PANEL` figures, only what hangs together with `variables` by sums and rates.
    """
    standing = published.as_of().published
    if draft.rows(standing) <= PANEL:
        draft.gather(standing)
        checked = sorted(draft.gathered())
        return checked, plausibility.findings_in(draft.columns(checked))
    checked = sorted(plausibility.closure(variables))
    draft.gather(standing, plausibility.closure(checked))
    counted = draft.gathered()
    found = [
        finding
        for panel in _panels(checked, counted)
        for finding in plausibility.findings_in(draft.columns(panel))
    ]
    unique = {
        (one.variable, one.area, one.period, one.kind): one for one in found if one.variable in set(checked)
    }
    return checked, [unique[key] for key in sorted(unique)]


def _panels(variables: Iterable[str], rows: Mapping[str, int]) -> list[set[str]]:
    """The variables in panels that fit, each together with what it is added up with or divided by."""
    panels: list[set[str]] = []
    for variable in variables:
        group = plausibility.closure({variable})
        if any(group <= panel for panel in panels):
            continue
        if panels and sum(rows.get(one, 0) for one in panels[-1] | group) <= PANEL:
            panels[-1] |= group
        else:
            panels.append(group)
    return panels
