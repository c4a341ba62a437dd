"""Addresses of the pages, all below a language prefix."""

from django.urls import include, path

from . import (
    cities_page,
    city_page,
    compare_page,
    data_files,
    explore_page,
    feeds,
    figure_page,
    home_page,
    indicator_page,
    office_pages,
    release_page,
    series_files,
    series_page,
)

urlpatterns = [
    path("", home_page.home_page, name="home"),
    path("feed.atom", feeds.league_feed, name="league_feed"),
    path("cities/", cities_page.cities_page, name="cities"),
    path("cities/<slug:slug>/", city_page.city_page, name="city"),
    path("cities/<slug:slug>/feed.atom", feeds.city_feed, name="city_feed"),
    path("cities/<slug:slug>.<str:form>", data_files.city_data, name="city_data"),
    path("indicators/", indicator_page.indicators_page, name="indicators"),
    path("indicators/<slug:code>/", indicator_page.indicator_page, name="indicator"),
    path("indicators/<slug:code>/v/<int:version>/", indicator_page.version_page, name="definition"),
    path("indicators/<slug:code>/feed.atom", feeds.indicator_feed, name="indicator_feed"),
    path("indicators/<slug:code>.<str:form>", data_files.indicator_data, name="indicator_data"),
    path("explore/", explore_page.explore_page, name="explore"),
    path("series/<str:variable>/<slug:slug>/", series_page.series_page, name="series"),
    path("series/<str:variable>/<slug:slug>.<str:form>", series_files.series_data, name="series_data"),
    path("series/<str:variable>/<slug:slug>/<slug:period>/", figure_page.figure_page, name="figure"),
    path(
        "series/<str:variable>/<slug:slug>/<slug:period>.<str:form>",
        series_files.figure_data,
        name="figure_data",
    ),
    path("compare/", compare_page.compare_page, name="compare"),
    path("releases/", release_page.releases_page, name="releases"),
    path("releases/<slug:slug>/", release_page.release_page, name="release"),
    path("releases/<slug:slug>/changes.<str:form>", data_files.release_changes, name="release_changes"),
    path("resolutions/", office_pages.resolutions_page, name="resolutions"),
    path("resolutions/<slug:slug>/", office_pages.resolution_page, name="resolution"),
    path("method/", office_pages.method_page, name="method"),
    path("data/", office_pages.data_page, name="data"),
    path("accessibility/", office_pages.accessibility_page, name="accessibility"),
    path("workspace/", office_pages.workspace_page, name="workspace"),
    path("account/", include("kontor.web.account_urls")),
]
