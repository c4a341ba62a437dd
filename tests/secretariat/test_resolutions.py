"""Resolutions and what follows from them until when."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kontor.errors import Refused
from kontor.events import queries as events
from kontor.league.rules import OPERATOR, Actor
from kontor.secretariat import models, operations, queries
from kontor.secretariat.operations import NewCommitment
from tests.cast import NOON, found, text

DUE = datetime(2027, 6, 18, 8, 30, tzinfo=UTC)


def pilots(due: datetime = DUE, purpose: str = "first_pilots", zone: str = "Asia/Shanghai") -> NewCommitment:
    return NewCommitment(purpose=purpose, text=text("Pilots start"), begins_at=NOON, due_at=due, zone=zone)


def resolve(slug: str = "founding", **other: object) -> None:
    facts: dict[str, object] = {
        "title": text("Founding"),
        "text": text("We found a league."),
        "adopted_at": NOON,
        "zone": "Asia/Shanghai",
        "commitments": [pilots()],
        "by": OPERATOR,
        "at": NOON,
    }
    operations.record_resolution(slug=slug, **{**facts, **other})  # type: ignore[arg-type]


@pytest.fixture
def league(empty_database: Path) -> None:
    found()


def test_a_resolution_stands_with_its_commitments(league: None) -> None:
    resolve(commitments=[pilots(), pilots(due=DUE.replace(month=5), purpose="first_report")])
    resolution = queries.resolution("founding")
    assert resolution.title == text("Founding")
    assert [item.purpose for item in resolution.commitments] == ["first_report", "first_pilots"]
    assert (resolution.commitments[1].due_at, resolution.commitments[1].zone) == (DUE, "Asia/Shanghai")
    event = events.newest()[0]
    assert (event.kind, event.subject) == ("secretariat.resolution_recorded", "resolution:founding")


def test_the_clock_is_set_by_the_newest_resolution_that_sets_it(league: None) -> None:
    assert queries.clock() is None
    resolve("other", commitments=[pilots(purpose="first_report")])
    assert queries.clock() is None
    resolve("founding", adopted_at=NOON.replace(month=1))
    resolve("extension", commitments=[pilots(due=DUE.replace(year=2028))])
    found_clock = queries.clock()
    assert found_clock is not None
    assert (found_clock[0].slug, found_clock[1].due_at.year) == ("extension", 2028)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"by": Actor("person:a", ((None, "indicators"),))}, "not_permitted"),
        ({"title": {"en": "Founding", "de": "Gründung"}}, "text_missing_in_language"),
        ({"text": text("")}, "text_missing_in_language"),
        ({"zone": "Europe/Lindhafen"}, "time_zone_unknown"),
        ({"adopted_at": NOON.replace(tzinfo=None)}, "instant_without_zone"),
        ({"commitments": [pilots(zone="Nowhere")]}, "time_zone_unknown"),
        ({"commitments": [pilots(due=DUE.replace(tzinfo=None))]}, "instant_without_zone"),
    ],
)
def test_what_the_record_does_not_take(league: None, change: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as refused:
        resolve(**change)
    assert refused.value.code == code
    assert models.Resolution.objects.count() == models.Commitment.objects.count() == 0
    assert events.newest()[0].kind == "league.founded"


def test_a_resolution_is_recorded_once(league: None) -> None:
    resolve()
    with pytest.raises(Refused) as refused:
        resolve()
    assert refused.value.code == "resolution_exists"


def test_an_unknown_resolution(league: None) -> None:
    with pytest.raises(Refused) as refused:
        queries.resolution("none")
    assert refused.value.code == "resolution_unknown"


def test_the_demonstrations_clock_runs(db: None) -> None:
    """A record of the secretariat sets it, marked as invented, and it is not over."""
    found_clock = queries.clock()
    assert found_clock is not None
    resolution, commitment = found_clock
    assert resolution.demonstration
    assert 0 < commitment.days_left(datetime.now(UTC)) < 366


@pytest.mark.parametrize("slug", ["", "Founding", "a b", "gründung", "a/b", "founding\n", "x" * 121])
def test_a_resolution_stands_at_an_address(league: None, slug: str) -> None:
    with pytest.raises(Refused) as refused:
        resolve(slug)
    assert refused.value.code == "slug_malformed"
