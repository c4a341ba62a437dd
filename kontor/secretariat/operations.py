"""Every write of the office's record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kontor.errors import Refused
from kontor.events.operations import record
from kontor.league.rules import LANGUAGES, Actor

from . import models, rules


@dataclass(frozen=True, slots=True)
class NewCommitment:
    """`due_at` is an instant; `zone` the place whose calendar counts."""

    purpose: str
    text: dict[str, str]
    begins_at: datetime
    due_at: datetime
    zone: str


@transaction.atomic
def record_resolution(
    *,
    slug: str,
    title: dict[str, str],
    text: dict[str, str],
    adopted_at: datetime,
    zone: str,
    commitments: Sequence[NewCommitment],
    by: Actor,
    at: datetime,
    demonstration: bool = False,
) -> None:
    """Enter a resolution with the commitments of the league as a whole that follow from it."""
    rules.check_can_record_resolution(by, demonstration=demonstration)
    rules.check_slug(slug)
    rules.check_deadline(due=adopted_at, zone=zone)
    for language in LANGUAGES:
        if not (title.get(language) and text.get(language)):
            raise Refused("text_missing_in_language", language=language, subject=slug)
    if models.Resolution.objects.filter(slug=slug).exists():
        raise Refused("resolution_exists", resolution=slug)
    row = models.Resolution.objects.create(
        slug=slug, title=title, text=text, adopted_at=adopted_at, zone=zone, demonstration=demonstration
    )
    for commitment in commitments:
        rules.check_deadline(due=commitment.due_at, zone=commitment.zone)
        models.Commitment.objects.create(
            resolution=row,
            city=None,
            purpose=commitment.purpose,
            text=commitment.text,
            begins_at=commitment.begins_at,
            due_at=commitment.due_at,
            zone=commitment.zone,
            demonstration=demonstration,
        )
    record(
        kind="secretariat.resolution_recorded",
        by=by.reference,
        subject=f"resolution:{slug}",
        at=at,
        facts={"title": title, "commitments": [commitment.purpose for commitment in commitments]},
        demonstration=demonstration,
    )
