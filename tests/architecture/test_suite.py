"""The suite itself: it never touches a real installation, and says what is missing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests import caches, cluster
from tests.architecture.source import PROJECT


def test_the_data_directory_is_thrown_away(settings: Any) -> None:
    assert PROJECT not in [settings.DATA, *settings.DATA.parents]
    assert settings.DATA.parent.name.startswith("kontor-tests-")
    assert str(os.environ["KONTOR_DATA"]) == str(settings.DATA)
    assert "DATABASE_URL" not in os.environ


def test_without_a_server_of_postgresql_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "programs", lambda: None)
    with pytest.raises(cluster.ServerMissing, match="PostgreSQL's server is not installed"):
        cluster.Cluster.start()


def test_a_test_leaves_nothing_behind(db: None) -> None:
    """What the next two tests do must not be seen here, in whichever order they run."""
    check_untouched()


def test_a_rolled_back_write_is_forgotten(db: None) -> None:
    from kontor.comparison.queries.basis import basis
    from tests.cast import admit, new_city

    check_untouched()
    admit(new_city("X1", "Altstadt"))
    assert "X1" in basis().cities


def test_and_another_one_at_the_same_place_of_the_record(db: None) -> None:
    from kontor.comparison.queries.basis import basis
    from tests.cast import admit, new_city

    check_untouched()
    admit(new_city("X2", "Neustadt"))
    assert "X1" not in basis().cities and "X2" in basis().cities


def check_untouched() -> None:
    from kontor.comparison.queries.basis import basis
    from kontor.events import queries as events

    assert not {"X1", "X2"} & set(basis().cities)
    assert events.verify().broken_at is None


def test_an_empty_database_is_empty_and_another_one(empty_database: Path, settings: Any) -> None:
    from kontor.league import queries

    assert queries.league() is None and queries.cities() == []
    assert empty_database == settings.DATA


def test_clearing_empties_every_cache(db: None) -> None:
    from kontor.comparison.queries import basis as ground
    from kontor.observations import store

    ground.basis()
    assert ground._basis.cache_info().currsize > 0
    caches.clear()
    assert ground._basis.cache_info().currsize == 0 and store.readers.shelf.open == {}
