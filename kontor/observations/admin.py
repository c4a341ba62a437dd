"""What the operator may look at."""

from kontor.events.admin import ReadOnly, site

from . import models

site.register(models.Submission, ReadOnly)
site.register(models.Release, ReadOnly)
site.register(models.Compaction, ReadOnly)
site.register(models.Archive, ReadOnly)
