"""Tables around the figures. The figures themselves lie in the releases (store/)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Submission(models.Model):
    """One file as handed in, kept by its hash, with the report of its reading."""

    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    importer = models.CharField(max_length=40)
    provider = models.CharField(max_length=200)
    report = models.JSONField()
    at = models.DateTimeField()
    demonstration = models.BooleanField(default=False)


class Archive(models.Model):
    """A file outside the data directory that holds the original files of some releases."""

    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()


class Compaction(models.Model):
    """The rows of every release of a track up to this one, gathered in one file of the data directory."""

    slug = models.CharField(max_length=20)
    number = models.PositiveIntegerField()
    demonstration = models.BooleanField(unique=True)
    manifest_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(number__gte=1), name="compaction_number_from_one"),
        ]


class Release(models.Model):
    """One publication of figures; its files and manifest lie in the data directory and never change.

    `after` is, for an invented release, the published one it stands beside: as of an earlier one it is not there.
    `archive` is where its original figures were moved to; then a compaction proves its rows.
    """

    slug = models.CharField(max_length=20, unique=True)
    number = models.PositiveIntegerField()
    demonstration = models.BooleanField(default=False)
    after = models.PositiveIntegerField(default=0)
    title = models.JSONField()
    rows = models.PositiveIntegerField()
    manifest_sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    submissions = models.ManyToManyField(Submission, related_name="releases")
    archive = models.ForeignKey(Archive, models.PROTECT, null=True, related_name="releases")

    class Meta:
        ordering = ["published_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["demonstration", "number"], name="release_numbered_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="release_number_from_one"),
        ]
