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


def newest_released(*, demonstration: bool) -> int:
    """The number of the submission that was handed in last of those in a release; 0 where there is none."""
    released = models.Submission.objects.filter(demonstration=demonstration, releases__isnull=False)
    return released.aggregate(last=Max("id"))["last"] or 0


def unreleased(*, demonstration: bool) -> list[SubmissionRecord]:
    """Submissions with figures that came after every published one of their track, the oldest first.

    Older ones that no release contains brought nothing new, or have been overtaken: publishing them would put old
    values back.
    """
    last = newest_released(demonstration=demonstration)
    rows = models.Submission.objects.filter(
        releases=None, demonstration=demonstration, report__taken__gt=0, id__gt=last
    ).order_by("id")
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
