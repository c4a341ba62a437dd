"""What the operator may look at."""

from kontor.events.admin import ReadOnly, site

from . import models


class AccountReadOnly(ReadOnly):
    exclude = ("password",)


site.register(models.Account, AccountReadOnly)
for model in (
    models.League,
    models.City,
    models.ExternalCode,
    models.FormerSlug,
    models.Person,
    models.Mandate,
):
    site.register(model, ReadOnly)
