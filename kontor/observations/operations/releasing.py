"""What is new or revised is published as the next release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from kontor.errors import Refused
from kontor.league.rules import Actor

from .. import models, rules, store
from ..queries import releases as published
from ..queries import submissions
from .publishing import check_published, publish, publish_alone
from .submitting import Handed, check_areas


def release(
    *,
    handed: Sequence[Handed],
    title: Mapping[str, str],
    reason: str | None = None,
    again: bool = False,
    by: Actor,
    at: datetime,
    demonstration: bool = False,
) -> published.ReleaseRecord:
    """Publish what is new or changed in the submissions as the next release: before or after, never half.

    `reason` (a code of `rules.REASONS` or a sentence) says why, for every figure that brings none of its own;
    without it the code says what happened. A figure that comes exactly as it was withdrawn stays withdrawn unless
    `again`. Refused: figures_stay_withdrawn where there are only such, release_empty where nothing differs from what
    is published.
    """
    rules.check_can_release(by, demonstration=demonstration)
    why = rules.reason_of(reason)
    _check_submissions(handed, demonstration=demonstration)
    with store.draft(demonstration=demonstration) as draft:
        draft.hand_in(figure for item in handed for figure in item.reading.figures)
        check_areas(draft.areas(), demonstration=demonstration)
        with transaction.atomic():
            publish_alone()
            _check_not_overtaken(handed, demonstration=demonstration)
            check_published()
            changed = draft.compare(published.pairs(), reason=why, again=again)
            _check_anything(changed)
            row = publish(
                draft,
                event="observations.released",
                title=title,
                reason=why,
                submissions=[item.submission for item in handed],
                by=by,
                at=at,
                demonstration=demonstration,
            )
    store.build_index(published.pairs())
    return published.release(row.slug)


def _check_anything(changed: Mapping[str, int]) -> None:
    if changed.get("added") or changed.get("revised"):
        return
    if left := changed.get("left"):
        raise Refused("figures_stay_withdrawn", count=left)
    raise Refused("release_empty")


def _check_not_overtaken(handed: Sequence[Handed], *, demonstration: bool) -> None:
    """What was handed in before something that is published by now would put old values back."""
    newest = submissions.newest_released(demonstration=demonstration)
    if any(item.submission < newest for item in handed):
        raise Refused("submission_overtaken")


def _check_submissions(handed: Sequence[Handed], *, demonstration: bool) -> None:
    """A submission of the other kind is refused even where its figures would fit."""
    chosen = models.Submission.objects.filter(id__in=[item.submission for item in handed])
    if chosen.exclude(demonstration=demonstration).exists():
        raise Refused("real_and_invented_never_mix")
