"""The address table."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path, re_path

from kontor.events.admin import site
from kontor.web import errors, office_pages

handler400 = errors.bad_request_page
handler403 = errors.forbidden_page
handler404 = errors.unknown_page
handler500 = errors.broken_page

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", office_pages.healthz),
    path("admin/", site.urls),
    path("api/", include("kontor.api.urls")),
    *i18n_patterns(path("", include("kontor.web.urls"))),
    re_path(r"^(?!static/)", errors.unknown_page),
]
