"""Every read of the office's record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kontor.errors import Refused

from . import models, rules


@dataclass(frozen=True, slots=True)
class CommitmentRecord:
    city: str | None
    purpose: str
    text: dict[str, str]
    begins_at: datetime
    due_at: datetime
    zone: str

    def days_left(self, at: datetime) -> int:
        return rules.days_left(due=self.due_at, zone=self.zone, at=at)


@dataclass(frozen=True, slots=True)
class ResolutionRecord:
    slug: str
    title: dict[str, str]
    text: dict[str, str]
    adopted_at: datetime
    zone: str
    demonstration: bool
    commitments: tuple[CommitmentRecord, ...]


def _resolution(row: models.Resolution) -> ResolutionRecord:
    return ResolutionRecord(
        slug=row.slug,
        title=row.title,
        text=row.text,
        adopted_at=row.adopted_at,
        zone=row.zone,
        demonstration=row.demonstration,
        commitments=tuple(
            CommitmentRecord(
                city=commitment.city.code if commitment.city else None,
                purpose=commitment.purpose,
                text=commitment.text,
                begins_at=commitment.begins_at,
                due_at=commitment.due_at,
                zone=commitment.zone,
            )
            for commitment in row.commitments.select_related("city").order_by("due_at", "id")
        ),
    )


def resolutions() -> list[ResolutionRecord]:
    """All resolutions, the newest first."""
    return [_resolution(row) for row in models.Resolution.objects.order_by("-adopted_at", "slug")]


def has_resolutions() -> bool:
    """Whether the record holds any resolution."""
    return models.Resolution.objects.exists()


def resolution(slug: str) -> ResolutionRecord:
    """Refused("resolution_unknown") where there is none."""
    row = models.Resolution.objects.filter(slug=slug).first()
    if row is None:
        raise Refused("resolution_unknown", resolution=slug)
    return _resolution(row)


def clock() -> tuple[ResolutionRecord, CommitmentRecord] | None:
    """The newest resolution that sets the time for the first pilots, with that commitment; None where none does."""
    row = (
        models.Commitment.objects.filter(purpose="first_pilots", city=None)
        .select_related("resolution")
        .order_by("-resolution__adopted_at")
        .first()
    )
    if row is None:
        return None
    resolution = _resolution(row.resolution)
    commitment = next(c for c in resolution.commitments if c.purpose == "first_pilots" and c.city is None)
    return resolution, commitment
