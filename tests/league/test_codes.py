"""Codes in other people's lists: a code counts only with its edition, and names one city."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kontor.errors import Invalid, Refused
from kontor.events import queries as events
from kontor.league import operations, queries
from kontor.league.rules import OPERATOR, Actor, NewCode
from tests.cast import LINDHAFEN, NOON, admit, found, new_city

NEUMUENSTER, FLENSBURG = "DE052C", "DE999C"


@pytest.fixture
def league(empty_database: Path) -> None:
    found()
    admit(new_city(NEUMUENSTER, "Neumünster"), new_city(FLENSBURG, "Flensburg"))


def link(*codes: NewCode) -> int:
    return operations.link_codes(codes=codes, by=OPERATOR, at=NOON)


def test_the_same_code_names_another_city_in_another_edition(league: None) -> None:
    """DE052C1 was Flensburg until 2021, DE052C is Neumünster since."""
    new = link(
        NewCode("urban_audit", "2019", "DE052", FLENSBURG),
        NewCode("urban_audit", "2024", "DE052", NEUMUENSTER),
    )
    assert new == 2
    assert queries.codes_of_scheme(scheme="urban_audit", edition="2019") == {"DE052": FLENSBURG}
    assert queries.codes_of_scheme(scheme="urban_audit", edition="2024") == {"DE052": NEUMUENSTER}
    event = events.newest()[0]
    assert event.kind == "league.codes_linked"
    assert event.facts == {
        "codes": [["urban_audit", "2019", "DE052", FLENSBURG], ["urban_audit", "2024", "DE052", NEUMUENSTER]]
    }


def test_a_code_may_be_a_long_label(league: None) -> None:
    label = "North Lanarkshire (Airdrie/Bellshill/Coatbridge/Motherwell)"
    link(NewCode("urban_audit_label", "2018", label, FLENSBURG))
    assert queries.external_codes(FLENSBURG) == [("urban_audit_label", "2018", label)]


def test_linking_again_changes_nothing(league: None) -> None:
    code = NewCode("ags", "2020", "01004", NEUMUENSTER)
    assert (link(code, code), link(code)) == (1, 0)
    assert [event.kind for event in events.newest()].count("league.codes_linked") == 1


def test_every_fault_is_named_and_nothing_is_linked(league: None) -> None:
    link(NewCode("ags", "2020", "01004", NEUMUENSTER))
    with pytest.raises(Invalid) as invalid:
        link(
            NewCode("ags", "2020", "01001", FLENSBURG, row=2),
            NewCode("ags", "2020", "01004", FLENSBURG, row=3),
            NewCode("ags", "2020", "01001", NEUMUENSTER, row=4),
            NewCode("ags", "2020", "11000", "DE001C", row=5),
            NewCode("AGS", "", " 01001", FLENSBURG, row=6),
        )
    assert [(fault.row, fault.column, fault.code) for fault in invalid.value.rows] == [
        (3, "code", "code_taken"),
        (4, "code", "code_taken"),
        (5, "city_code", "city_unknown"),
        (6, "scheme", "code_malformed"),
        (6, "edition", "code_malformed"),
        (6, "code", "code_malformed"),
    ]
    assert invalid.value.rows[0].facts["city"] == NEUMUENSTER
    assert queries.codes_of_scheme(scheme="ags", edition="2020") == {"01004": NEUMUENSTER}


def test_an_invented_city_stands_in_no_list(empty_database: Path) -> None:
    found(demonstration=True)
    invented = new_city(LINDHAFEN, "Lindhafen", member_since=date(2026, 1, 1), demonstration=True)
    admit(invented, demonstration=True)
    with pytest.raises(Refused) as refused:
        link(NewCode("ags", "2020", "01001", LINDHAFEN))
    assert refused.value.code == "real_and_invented_never_mix"


def test_the_office_alone_links(league: None) -> None:
    with pytest.raises(Refused) as refused:
        operations.link_codes(codes=[], by=Actor("person:a", ((NEUMUENSTER, "league"),)), at=NOON)
    assert refused.value.code == "not_permitted"
