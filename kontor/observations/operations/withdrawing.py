"""Published figures are withdrawn: a release says which and why; the older releases still hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from kontor.errors import BadRow, Invalid, Refused
from kontor.league.rules import Actor

from .. import rules, store
from ..queries import releases as published
from ..rules import FigureKey
from .publishing import check_published, publish, publish_alone
from .submitting import check_areas


def withdraw(
    *,
    cells: Sequence[FigureKey],
    reason: str,
    title: Mapping[str, str],
    by: Actor,
    at: datetime,
    demonstration: bool = False,
) -> published.ReleaseRecord:
    """Withdraw figures by a release of tombstones: key and reason, no value.

    Refused: reason_missing, nothing_to_withdraw. Invalid names every cell of which nothing is published
    (figure_unpublished) or that is gone (withdrawn_already); then nothing is withdrawn.
    """
    rules.check_can_withdraw(by, demonstration=demonstration)
    why = _reason(reason)
    with store.draft(demonstration=demonstration) as draft, transaction.atomic():
        publish_alone()
        check_published()
        _call_back(draft, cells, reason=why, demonstration=demonstration)
        row = publish(
            draft,
            event="observations.withdrawn",
            title=title,
            reason=why,
            by=by,
            at=at,
            demonstration=demonstration,
        )
    store.build_index(published.pairs())
    return published.release(row.slug)


def preview_withdrawal(
    cells: Sequence[FigureKey], *, reason: str, demonstration: bool = False
) -> list[published.Change]:
    """What `withdraw` would withdraw, refused exactly as it would be; nothing is written."""
    check_published()
    with store.draft(demonstration=demonstration) as draft:
        _call_back(draft, cells, reason=_reason(reason), demonstration=demonstration)
        return [published.change(row) for row in draft.changes(["withdrawn"])]


def _reason(text: str) -> str:
    reason = rules.reason_of(text)
    if not reason:
        raise Refused("reason_missing")
    return reason


def _call_back(draft: store.Draft, cells: Sequence[FigureKey], *, reason: str, demonstration: bool) -> None:
    if not cells:
        raise Refused("nothing_to_withdraw")
    draft.call_back((cell[:3] for cell in cells), reason=reason)
    check_areas(draft.areas(), demonstration=demonstration)
    draft.compare(published.pairs())
    codes = {"missing": "figure_unpublished", "gone": "withdrawn_already"}
    faults = {row[1:4]: codes[row[0]] for row in draft.changes(codes)}
    if faults:
        raise Invalid(
            [
                BadRow(
                    faults[cell[:3]],
                    cell.row,
                    None,
                    {"area": cell.area, "variable": cell.variable, "period": cell.period},
                )
                for cell in cells
                if cell[:3] in faults
            ]
        )
