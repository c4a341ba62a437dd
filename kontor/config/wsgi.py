"""The WSGI entry that the server loads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kontor.config.settings")
django = get_wsgi_application()

from kontor.api.short_way import ShortWay  # noqa: E402 - it needs Django's settings

application = ShortWay(django)
