"""Tables of the definitions. A published version never changes; triggers are not needed because its hash is kept."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Indicator(models.Model):
    """What is compared; its wording is in its definitions."""

    code = models.SlugField(max_length=60, unique=True)
    topic = models.CharField(max_length=30)


class Definition(models.Model):
    """One version of an indicator's wording, as loaded from its file. `factor` is an exact fraction."""

    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="definitions")
    version = models.PositiveSmallIntegerField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    factor = models.CharField(max_length=80)
    in_force_from = models.DateField()
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["indicator", "version"], name="definition_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="definition_version_from_one"),
        ]


class Reservation(models.Model):
    """A member city applies a clause differently; it shows as a comparability mark on the figures it touches."""

    city = models.ForeignKey("league.City", on_delete=models.PROTECT, related_name="+")
    definition = models.ForeignKey(Definition, on_delete=models.PROTECT, related_name="reservations")
    clause = models.PositiveSmallIntegerField()
    reason = models.JSONField()
    effect = models.CharField(max_length=10)
    begins = models.DateField()
    ends = models.DateField(null=True)
    demonstration = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["city", "definition", "clause", "begins"], name="reservation_once"
            ),
            models.CheckConstraint(
                condition=Q(effect__in=["limited", "none"]), name="reservation_effect_known"
            ),
            models.CheckConstraint(
                condition=Q(ends=None) | Q(ends__gte=models.F("begins")),
                name="reservation_ends_after_it_begins",
            ),
        ]


class Derogation(models.Model):
    """A member city is let off a definition for some periods, with a reason and an end."""

    city = models.ForeignKey("league.City", on_delete=models.PROTECT, related_name="+")
    definition = models.ForeignKey(Definition, on_delete=models.PROTECT, related_name="derogations")
    reason = models.JSONField()
    first_period = models.CharField(max_length=10)
    last_period = models.CharField(max_length=10)
    demonstration = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city", "definition", "first_period"], name="derogation_once"),
            models.CheckConstraint(
                condition=Q(last_period__gte=models.F("first_period")), name="derogation_ends_after_it_begins"
            ),
        ]
