"""What an event must be called, and when it may be written."""

from __future__ import annotations

import pytest

from kontor.errors import Refused
from kontor.events import rules

# kind, by, subject, in a transaction -> refused with
EVENTS = [
    ("league.founded", "operator:cli", "league:1", True, None),
    ("observations.released", "person:ingrid", "release:demo-2", True, None),
    ("indicators.reservation_entered", "person:a.b/c-d_e", "indicator:road_death_rate", True, None),
    ("league.founded", "operator:cli", "league:1", False, "event_outside_transaction"),
    ("founded", "operator:cli", "league:1", True, "event_kind_malformed"),
    ("League.founded", "operator:cli", "league:1", True, "event_kind_malformed"),
    ("league.founded.twice", "operator:cli", "league:1", True, "event_kind_malformed"),
    ("league.founded", "Ingrid Falkenau", "league:1", True, "reference_malformed"),
    ("league.founded", "operator:cli", "league", True, "reference_malformed"),
    ("league.founded", "operator:cli", "league:", True, "reference_malformed"),
    ("league.founded", "operator:cli", "league:-1", True, "reference_malformed"),
    ("league.founded", "operator:cli", "league:1\n", True, "reference_malformed"),
    ("league.founded\n", "operator:cli", "league:1", True, "event_kind_malformed"),
]


@pytest.mark.parametrize(("kind", "by", "subject", "inside", "code"), EVENTS)
def test_which_events_may_be_recorded(
    kind: str, by: str, subject: str, inside: bool, code: str | None
) -> None:
    if code is None:
        rules.check_can_record(kind=kind, by=by, subject=subject, in_transaction=inside)
        return
    with pytest.raises(Refused) as refused:
        rules.check_can_record(kind=kind, by=by, subject=subject, in_transaction=inside)
    assert refused.value.code == code
