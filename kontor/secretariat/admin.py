"""What the operator may look at."""

from kontor.events.admin import ReadOnly, site

from . import models

site.register(models.Resolution, ReadOnly)
site.register(models.Commitment, ReadOnly)
