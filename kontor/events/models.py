"""The event table. Rows are only ever added: triggers (migration 0002) refuse update and delete."""

from __future__ import annotations

from django.db import models


class Event(models.Model):
    """One fact of the record. `facts` holds no personal data, only references that can be erased elsewhere."""

    position = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=60)
    by = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    facts = models.JSONField()
    demonstration = models.BooleanField(default=False)
    previous = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["position"]
        indexes = [models.Index(fields=["subject", "-position"], name="event_by_subject")]
        constraints = [
            models.CheckConstraint(condition=models.Q(position__gte=1), name="event_position_from_one")
        ]
