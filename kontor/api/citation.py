"""Licences and attributions that do not belong to a figure, and the addresses of all that do."""

from __future__ import annotations

from kontor.indicators import codelists
from kontor.league.queries import CityRecord

# Coordinates, time zones and Chinese names of real cities (starter/README.md).
GEONAMES = {
    "source": "geonames",
    "title": "GeoNames",
    "attribution": "GeoNames, CC BY 4.0",
    "licence": "CC BY 4.0",
    "licence_url": "https://creativecommons.org/licenses/by/4.0/",
    "url": "https://www.geonames.org/",
}


def of_cities(listed: list[CityRecord]) -> list[dict[str, str]]:
    """What must be shown beside these cities."""
    return [GEONAMES] if any(not city.demonstration and city.latitude is not None for city in listed) else []


def licences(attributions: list[dict[str, str]]) -> list[str]:
    """Addresses of the licences."""
    return [entry["licence_url"] for entry in attributions]


def all_sources() -> list[str]:
    """Every source in the code list."""
    return list(codelists.sources())
