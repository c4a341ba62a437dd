"""The address table."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path

from kontor.api import urls as api
from kontor.events.admin import site
from kontor.web import errors, office_pages
from kontor.web import urls as web

handler400 = errors.bad_request_page
handler403 = errors.forbidden_page
handler404 = errors.unknown_page
handler500 = errors.broken_page

urlpatterns = [
    path("healthz", office_pages.healthz),
    path("admin/", site.urls),
    path("api/", include(api.urlpatterns)),
    *i18n_patterns(path("", include(web.urlpatterns))),
    re_path(r"^(?!static/)", errors.unknown_page),
]
