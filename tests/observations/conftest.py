"""Releases of all kinds, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.cast import BERLIN, RIGA, text


@pytest.fixture
def four(publish: Callable[..., Any]) -> None:
    """r1 of the starter, r2 and r3 that add and revise, r4 that withdraws."""
    from kontor.league.rules import OPERATOR
    from kontor.observations import operations
    from kontor.observations.rules import FigureKey

    publish(f"{BERLIN},road_deaths,2019,41,b", f"{BERLIN},road_deaths,2025,3,p")
    publish(f"{BERLIN},road_deaths,2019,42,", f"{RIGA},population,2026,600000,")
    operations.withdraw(
        cells=[FigureKey(BERLIN, "starter:road_deaths", "2019")],
        reason="Counted twice.",
        title=text(),
        by=OPERATOR,
        at=datetime.now(UTC),
    )
