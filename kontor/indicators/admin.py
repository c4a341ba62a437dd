"""What the operator may look at."""

from kontor.events.admin import ReadOnly, site

from . import models

for model in (models.Indicator, models.Definition, models.Reservation, models.Derogation):
    site.register(model, ReadOnly)
