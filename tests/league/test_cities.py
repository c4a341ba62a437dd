"""Cities: how they come in, at which address they stand, and that real and invented ones never mix."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kontor.errors import Invalid, Refused
from kontor.events import queries as events
from kontor.league import models, operations, queries
from kontor.league.rules import OPERATOR, Actor
from tests.cast import BERLIN, LINDHAFEN, NOON, admit, found, ingrid, new_city


@pytest.fixture
def league(empty_database: Path) -> None:
    found()


def slugs() -> dict[str, str]:
    return {city.code: city.slug for city in queries.cities()}


def test_a_league_is_founded_once(empty_database: Path) -> None:
    assert queries.league() is None
    found()
    standing = queries.league()
    assert standing is not None
    assert (standing.languages, standing.time_zone) == (("en", "de", "zh-hans"), "Europe/Berlin")
    assert not standing.demonstration
    with pytest.raises(Refused) as refused:
        found()
    assert refused.value.code == "league_exists"
    assert [event.kind for event in events.newest()] == ["league.founded"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"time_zone": "Europe/Lindhafen"}, "time_zone_unknown"),
        ({"languages": ("en", "fr")}, "language_unknown"),
        ({"languages": ()}, "language_unknown"),
        ({"by": Actor("person:ingrid", ((None, "league"),))}, "not_permitted"),
    ],
)
def test_what_a_founding_needs(empty_database: Path, change: dict[str, object], code: str) -> None:
    facts = {
        "names": {"en": "L"},
        "languages": ("en",),
        "time_zone": "UTC",
        "contact": "",
        "demonstration": False,
        "by": OPERATOR,
        "at": NOON,
    }
    with pytest.raises(Refused) as refused:
        operations.found_league(**{**facts, **change})  # type: ignore[arg-type]
    assert refused.value.code == code
    assert queries.league() is None and events.head()[0] == 0


def test_an_observed_city_and_a_member(league: None) -> None:
    admit(new_city("A1", "Altstadt"), new_city("B1", "Neustadt", member_since=date(2026, 1, 1)))
    observed, member = queries.city("A1"), queries.city("B1")
    assert (observed.status, observed.member_since) == ("observed", None)
    assert (member.status, member.member_since) == ("member", date(2026, 1, 1))
    event = events.newest()[0]
    assert event.kind == "league.cities_admitted"
    assert event.facts == {"cities": 2, "members": ["B1"]}


def test_an_observed_city_becomes_a_member_and_keeps_its_address(league: None) -> None:
    admit(new_city("A1", "Altstadt"))
    admit(new_city("A1", "Altstadt an der Au", member_since=date(2026, 5, 1)))
    city = queries.city("A1")
    assert (city.status, city.slug) == ("member", "altstadt")


@pytest.mark.parametrize("since", [None, date(2026, 6, 1)])
def test_a_city_comes_in_once(league: None, since: date | None) -> None:
    admit(new_city("A1", "Altstadt", member_since=date(2026, 1, 1)))
    with pytest.raises(Refused) as refused:
        admit(new_city("A1", "Altstadt", member_since=since))
    assert refused.value.code == "city_exists"


def test_one_list_names_a_city_once(league: None) -> None:
    with pytest.raises(Refused) as refused:
        admit(new_city("A1", "Altstadt"), new_city("A1", "Neustadt"))
    assert refused.value.code == "city_exists" and queries.cities() == []


def test_all_cities_or_none(league: None) -> None:
    with pytest.raises(Invalid) as invalid:
        admit(
            new_city("A1", "Altstadt", row=2),
            new_city("a 1", "", unit="hamlet", country="de", row=3),
            new_city("B1", "Neustadt", latitude=50.0, time_zone="Mars", row=4),
        )
    assert {(fault.row, fault.column, fault.code) for fault in invalid.value.rows} == {
        (3, "code", "city_code_malformed"),
        (3, "name_en", "city_name_missing"),
        (3, "country", "country_malformed"),
        (3, "unit", "unit_of_city_unknown"),
        (4, "latitude", "coordinates_incomplete"),
        (4, "time_zone", "time_zone_unknown"),
    }
    assert queries.cities() == [] and events.newest()[0].kind == "league.founded"


def test_the_office_alone_admits(league: None) -> None:
    for actor in (
        Actor("person:a"),
        Actor("person:b", (("A1", "league"),)),
        Actor("person:c", ((None, "observations"),)),
    ):
        with pytest.raises(Refused) as refused:
            operations.admit_cities(cities=[new_city("A1", "Altstadt")], by=actor, at=NOON)
        assert refused.value.code == "not_permitted"
    officer = Actor("person:d", ((None, "league"),))
    assert operations.admit_cities(cities=[new_city("A1", "Altstadt")], by=officer, at=NOON) == 1


# ---- addresses


def test_an_address_is_spelled_in_plain_letters(league: None) -> None:
    admit(
        new_city("C1", "Köln"),
        new_city("C2", "Großstraße"),
        new_city("C3", "Łódź"),
        new_city("C4", "L'Aquila"),
        new_city("C5", "澄澜"),
        new_city("C6", "Aarhus / Øst"),
    )
    assert slugs() == {
        "C1": "koeln",
        "C2": "grossstrasse",
        "C3": "lodz",
        "C4": "l-aquila",
        "C5": "c5",
        "C6": "aarhus-ost",
    }


def test_two_of_one_name_carry_their_codes(league: None) -> None:
    admit(new_city("DE1", "Neustadt"), new_city("AT1", "Neustadt"), new_city("FR1", "Altstadt"))
    assert slugs() == {"DE1": "neustadt-de1", "AT1": "neustadt-at1", "FR1": "altstadt"}


def test_a_later_one_of_the_same_name_carries_its_code_and_the_first_keeps_its_address(league: None) -> None:
    admit(new_city("DE1", "Neustadt"))
    admit(new_city("AT1", "Neustadt"))
    assert slugs() == {"DE1": "neustadt", "AT1": "neustadt-at1"}


def test_a_former_address_leads_to_the_city_and_is_never_given_again(league: None) -> None:
    admit(new_city("A1", "Karl-Marx-Stadt"))
    row = models.City.objects.get(code="A1")
    models.FormerSlug.objects.create(slug=row.slug, city=row)
    row.slug = "chemnitz"
    row.save()
    assert queries.city_by_slug("karl-marx-stadt").slug == "chemnitz"
    admit(new_city("A2", "Karl-Marx-Stadt"))
    assert queries.city("A2").slug == "karl-marx-stadt-a2"


def test_the_starter_leagues_addresses_are_all_different(db: None) -> None:
    listed = list(slugs().values())
    assert len(listed) == len(set(listed)) == 319 + 12
    assert queries.city_by_slug("berlin").code == BERLIN


@pytest.mark.parametrize("slug", ["atlantis", "", "BERLIN"])
def test_an_unknown_address_is_refused(db: None, slug: str) -> None:
    with pytest.raises(Refused) as refused:
        queries.city_by_slug(slug)
    assert refused.value.code == "city_unknown"


# ---- names and codes


def test_a_missing_name_is_the_local_one_with_its_language(league: None) -> None:
    admit(
        new_city("A1", "Brno", local_name="Brno", local_language="cs"),
        new_city("A2", "Ulm", local_name="Ulm"),
    )
    city = queries.city("A1")
    assert (city.name("en"), city.name_language("en")) == ("Brno", "")
    assert (city.name("zh-hans"), city.name_language("zh-hans")) == ("Brno", "cs")
    assert queries.city("A2").name_language("de") == "und"


def test_external_codes_mean_something_with_their_edition(league: None) -> None:
    admit(
        new_city("A1", "Altstadt", external_codes=(("urban_audit", "2024", "XX001C"),)),
        new_city("B1", "Neustadt", external_codes=(("urban_audit", "2014", "XX001C"),)),
    )
    assert queries.codes_of_scheme(scheme="urban_audit", edition="2024") == {"XX001C": "A1"}
    assert queries.codes_of_scheme(scheme="urban_audit", edition="2014") == {"XX001C": "B1"}
    assert queries.external_codes("A1") == [("urban_audit", "2024", "XX001C")]


# ---- real and invented


def test_an_invented_city_is_never_an_observed_one_made_real(empty_database: Path) -> None:
    found(demonstration=True)
    admit(new_city("A1", "Altstadt"))
    with pytest.raises(Refused) as refused:
        admit(
            new_city("A1", "Altstadt", member_since=date(2026, 1, 1), demonstration=True), demonstration=True
        )
    assert refused.value.code == "city_exists"


@pytest.mark.parametrize("demonstration", [True, False])
def test_one_list_is_real_or_invented(empty_database: Path, demonstration: bool) -> None:
    found(demonstration=True)
    since = date(2026, 1, 1)
    listed = [
        new_city("A1", "Altstadt"),
        new_city("Z1", "Traumstadt", member_since=since, demonstration=True),
    ]
    with pytest.raises(Refused) as refused:
        admit(*listed, demonstration=demonstration)
    assert refused.value.code == "real_and_invented_never_mix" and queries.cities() == []


def test_an_invented_officer_admits_nothing_real(empty_database: Path) -> None:
    found(demonstration=True)
    officer = Actor("person:ivo", ((None, "league"),), demonstration=True)
    with pytest.raises(Refused) as refused:
        operations.admit_cities(cities=[new_city("A1", "Altstadt")], by=officer, at=NOON)
    assert refused.value.code == "real_and_invented_never_mix"
    dream = new_city("Z1", "Traumstadt", member_since=date(2026, 1, 1), demonstration=True)
    assert operations.admit_cities(cities=[dream], by=officer, at=NOON, demonstration=True) == 1


def test_nobody_real_serves_an_invented_city_and_nobody_invented_a_real_one(empty_database: Path) -> None:
    found(demonstration=True)
    since = date(2026, 1, 1)
    admit(new_city("A1", "Altstadt", member_since=since))
    admit(new_city("Z1", "Traumstadt", member_since=since, demonstration=True), demonstration=True)
    ingrid()
    ingrid(reference="ivo", email="ivo@demo.example", demonstration=True)
    for person, city in (("ingrid", "Z1"), ("ivo", "A1")):
        with pytest.raises(Refused) as refused:
            operations.grant_mandate(
                person=person,
                city=city,
                capability="observations",
                begins=since,
                ends=None,
                by=OPERATOR,
                at=NOON,
            )
        assert refused.value.code == "real_and_invented_never_mix"
    assert models.Mandate.objects.count() == 0


def test_in_the_loaded_league_invented_cities_are_marked_and_members(db: None) -> None:
    for city in queries.cities():
        assert city.demonstration == city.code.startswith("ZZ")
        assert (city.status == "member") == city.demonstration
    assert queries.city(LINDHAFEN).demonstration
