"""Tables of the office's record."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Resolution(models.Model):
    """What the league resolved: title and text per language, the day, and (where it came so) the document."""

    slug = models.SlugField(max_length=120, unique=True)
    title = models.JSONField()
    text = models.JSONField()
    adopted_at = models.DateTimeField()
    zone = models.CharField(max_length=60)
    demonstration = models.BooleanField(default=False)


class Commitment(models.Model):
    """What follows from a resolution until an instant: for one city, or (city empty) for the league as a whole."""

    resolution = models.ForeignKey(Resolution, on_delete=models.PROTECT, related_name="commitments")
    city = models.ForeignKey("league.City", on_delete=models.PROTECT, null=True, related_name="+")
    purpose = models.CharField(max_length=40)
    text = models.JSONField()
    begins_at = models.DateTimeField()
    due_at = models.DateTimeField()
    zone = models.CharField(max_length=60)
    demonstration = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__gt=models.F("begins_at")), name="commitment_due_after_begin"
            ),
            # Two, because a missing city would make every row another one (SQLite knows no other way).
            models.UniqueConstraint(
                fields=["resolution", "city", "purpose"],
                condition=Q(city__isnull=False),
                name="commitment_once_for_a_city",
            ),
            models.UniqueConstraint(
                fields=["resolution", "purpose"],
                condition=Q(city=None),
                name="commitment_once_for_the_league",
            ),
        ]
