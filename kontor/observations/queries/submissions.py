"""What was handed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from .. import models


@dataclass(frozen=True, slots=True)
class SubmissionRecord:
    """One file as handed in; it is kept under its hash."""

    id: int
    sha256: str
    name: str
    importer: str
    at: datetime
    demonstration: bool


def unreleased(*, demonstration: bool) -> list[SubmissionRecord]:
    """Submissions with figures that came after everything released on their track, the oldest first.

    Older ones no release contains brought nothing new, or have been overtaken: publishing them would put old
    values back.
    """
    newest = models.Release.objects.filter(demonstration=demonstration).order_by("-number").first()
    released = models.Submission.objects.filter(demonstration=demonstration, releases__isnull=False)
    last = released.aggregate(last=Max("id"))["last"] or 0
    rows = models.Submission.objects.filter(
        releases=None, demonstration=demonstration, report__taken__gt=0, id__gt=last
    ).order_by("id")
    if newest:
        rows = rows.filter(at__gt=newest.published_at)
    return [
        SubmissionRecord(
            id=row.id,
            sha256=row.sha256,
            name=row.name,
            importer=row.importer,
            at=row.at,
            demonstration=row.demonstration,
        )
        for row in rows
    ]
