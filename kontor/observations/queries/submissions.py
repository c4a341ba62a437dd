"""What was handed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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
    """Submissions with figures that no release contains, the oldest first."""
    rows = models.Submission.objects.filter(
        releases=None, demonstration=demonstration, report__taken__gt=0
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
