"""What publishing figures would change, and what is not plausible about them; nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kontor.engines.quality import Finding

from .. import rules, store
from ..queries import releases as published
from ..queries import siblings
from ..queries.releases import Change
from ..queries.siblings import Overruled
from ..rules import Figure
from .checking import check
from .publishing import check_published

KINDS = ("added", "revised", "unchanged", "left")


@dataclass(frozen=True, slots=True)
class Preview:
    """How many figures would be added, revised, are unchanged or left withdrawn; the first changes; findings about
    the figures; indicators that would not follow all changes."""

    counts: Mapping[str, int]
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    overruled: tuple[Overruled, ...]


def preview(
    figures: Iterable[Figure],
    *,
    reason: str | None = None,
    again: bool = False,
    demonstration: bool = False,
    limit: int | None = None,
) -> Preview:
    """What `release` would do with these figures, of several for one cell with the last. `limit` cuts the changes.

    Refused("release_altered") where what is published is not what it was.
    """
    why = rules.reason_of(reason)
    check_published()
    with store.draft(demonstration=demonstration) as draft:
        draft.hand_in(figures)
        counted = draft.compare(published.as_of().published, reason=why, again=again)
        changes = [published.change(row) for row in draft.changes(("added", "revised"))]
        return Preview(
            counts={kind: counted.get(kind, 0) for kind in KINDS},
            changes=tuple(changes[:limit]),
            findings=tuple(_about(draft)),
            overruled=tuple(siblings.overruled(changes)),
        )


def findings_about(figures: Iterable[Figure], *, demonstration: bool = False) -> list[Finding]:
    """What is not plausible about these figures, beside all that is published. Refused: release_altered."""
    check_published()
    with store.draft(demonstration=demonstration) as draft:
        draft.hand_in(figures)
        return _about(draft)


def _about(draft: store.Draft) -> list[Finding]:
    _, findings = check(draft, draft.variables())
    return draft.brought(findings)
