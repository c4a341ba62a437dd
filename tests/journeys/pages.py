"""Every public page by a name, as an address without its language."""

from __future__ import annotations

LANGUAGES = {"en": "en", "de": "de", "zh-hans": "zh-Hans"}  # in the address, in the page

PAGES = {
    "start": "",
    "cities": "cities/",
    "cities, searched": "cities/?q=lin&status=observed&unit=city",
    "cities of a country": "cities/?country=NL",
    "cities, none found": "cities/?q=atlantis",
    "a city": "cities/berlin/",
    "a city as of a release": "cities/berlin/?as_of=r1",
    "a greater city": "cities/antwerp/",
    "a borough": "cities/camden/",
    "an invented city": "cities/lindhafen/",
    "indicators": "indicators/",
    "an indicator": "indicators/road_death_rate/",
    "an indicator for a city": "indicators/road_death_rate/?period=2018&city=DE001C&show=peers&sort=value",
    "an indicator without limits": "indicators/no2_annual_mean/",
    "an indicator of proportions": "indicators/infant_mortality/",
    "a definition": "indicators/road_death_rate/v/1/",
    "figures": "explore/",
    "figures of a city": "explore/?city=riga",
    "figures of a variable": "explore/?variable=starter:municipal_waste_kt&kind=unit_switch",
    "figures, several cities": "explore/?city=lin",
    "figures, none found": "explore/?city=atlantis",
    "a series": "series/starter:municipal_waste_kt/riga/",
    "a series as of a release": "series/starter:road_deaths/berlin/?from=2012&to=2019&as_of=r1",
    "an invented series": "series/league:road_deaths/lindhafen/",
    "a figure": "series/starter:municipal_waste_kt/riga/2020/",
    "compare, empty": "compare/",
    "compare": "compare/?city=DE001C&city=lindhafen&indicator=road_death_rate&indicator=no2_annual_mean",
    "releases": "releases/",
    "a release": "releases/r1/",
    "a release, one kind": "releases/r1/?kind=revised",
    "an invented release": "releases/demo-2/",
    "resolutions": "resolutions/",
    "a resolution": "resolutions/founding-resolution/",
    "how we compare": "method/",
    "open data": "data/",
    "accessibility": "accessibility/",
    "sign in": "account/login/",
}


def address(page: str, language: str = "en") -> str:
    return f"/{language}/{PAGES[page]}"
