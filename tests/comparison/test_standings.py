"""Who is compared with whom, what stays out, and that nothing computed earlier is shown after a change."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from kontor.comparison import rules
from kontor.comparison.queries import changes, peers, profile, standings
from kontor.comparison.queries.basis import Basis, basis
from kontor.indicators import queries as indicators
from kontor.league.models import City
from tests.cast import BERLIN, CAMDEN, LINDHAFEN, RIGA

ROAD = "road_death_rate"


def field(code: str = ROAD, period: str = "2019", ground: Basis | None = None) -> standings.Field:
    return standings.field(ground or basis(), indicators.definition(code), period)


# ---- peers


def test_peers_are_real_cities_of_the_same_class(db: None) -> None:
    ground = basis()
    similar = peers.similar(ground)
    assert set(similar) == set(peers.structures(ground))
    for code, listed in similar.items():
        assert code not in [peer.city for peer in listed]
        own_class = rules.CLASSES[ground.cities[code].unit]
        for peer in listed:
            assert ground.real(peer.city)
            assert rules.CLASSES[ground.cities[peer.city].unit] == own_class


def test_the_nearest_come_first_and_their_distance_is_explained(db: None) -> None:
    ground = basis()
    for code in (BERLIN, RIGA, CAMDEN, LINDHAFEN):
        listed = peers.similar(ground)[code]
        distances = [peer.distance for peer in listed]
        assert distances == sorted(distances)
        for peer in listed:
            assert set(peer.shares) <= set(rules.STRUCTURE)
            if peer.distance > 0:
                assert math.fsum(peer.shares.values()) == pytest.approx(1)


def test_a_peer_group_are_the_twenty_nearest_that_report(db: None) -> None:
    ground, shared = basis(), field()
    for code in (BERLIN, RIGA, LINDHAFEN):
        everybody = [peer.city for peer in peers.similar(ground)[code]]
        chosen = [peer.city for peer in peers.group(ground, code, shared.reporting)]
        assert chosen == [city for city in everybody if city in shared.reporting][: rules.PEERS]
        assert len(chosen) == rules.PEERS


def test_structure_is_worked_out_by_hand(db: None) -> None:
    riga = peers.structures(basis())[RIGA]
    assert (riga.population, riga.population_period) == (609_488, "2023")
    assert riga.density == pytest.approx(609_488 / 303.78)
    assert riga.growth == pytest.approx(((609_488 / 643_615) ** (1 / 10) - 1) * 100)


def test_an_indicator_never_chooses_its_own_peers(db: None) -> None:
    for definition in indicators.definitions():
        assert definition.code not in rules.STRUCTURE
        assert definition.code == "population_density" or not any(
            source in peers.AREA
            for item in definition.inputs
            for source in item.of
            if item.role == "numerator"
        )


# ---- what takes part


def test_implausible_figures_count_in_nothing(db: None) -> None:
    waste = field("municipal_waste_per_resident", "2020")
    assert RIGA in waste.values and RIGA not in waste.reporting
    assert waste.league_value is not None and waste.league_value < 1000
    assert RIGA in field("municipal_waste_per_resident", "2019").reporting


def test_invented_cities_have_values_and_count_in_nothing(db: None) -> None:
    shared = field()
    assert LINDHAFEN in shared.values
    assert not any(code.startswith("ZZ") for code in shared.reporting)
    assert all(shared.funnel is None or shared.places[code] for code in shared.values)


def test_too_few_cities_carry_no_funnel(db: None) -> None:
    definition = indicators.definition(ROAD)
    for period in standings.table(basis(), definition).by_period:
        shared = field(period=period)
        few = shared.funnel is None or shared.funnel.cities < rules.FEWEST_FOR_FUNNEL
        assert (set(shared.places.values()) == {""}) == few


def test_the_default_period_is_the_newest_shared_one(db: None) -> None:
    ground = basis()
    for definition in indicators.definitions():
        coverage = standings.coverage(ground, definition)
        period = standings.period_of(ground, definition)
        assert coverage[period] >= max(coverage.values()) / 2
        assert not any(coverage[later] >= max(coverage.values()) / 2 for later in coverage if later > period)


def test_a_profile_tells_of_periods_in_which_others_report(db: None) -> None:
    ground = basis()
    for code in (BERLIN, LINDHAFEN):
        entries = profile.profile(ground, code)
        assert len(entries) >= 10
        for entry in entries:
            assert [value.period for value in entry.series] == sorted(value.period for value in entry.series)
            assert entry.standing.value in entry.series
            assert len(field(entry.definition.code, entry.period).reporting) > rules.FEWEST_PEERS


def test_changes_are_counted_once_and_only_for_real_cities(db: None) -> None:
    found = changes.changes(basis())
    assert ROAD in [item.definition.code for item in found]
    for item in found:
        listed = [*item.better, *item.unclear, *item.worse]
        assert len(listed) == len(set(listed)) and not any(code.startswith("ZZ") for code in listed)
        assert int(item.period) - int(item.before) == changes.SPAN


def test_changes_pass_the_exact_test_at_a_false_discovery_rate(db: None) -> None:
    """Recomputed with scipy's binomial test on the same pairs and the step-up rule written out."""
    from scipy import stats

    for item in changes.changes(basis()):
        new, old = (field(item.definition.code, period) for period in (item.period, item.before))
        p_of = {}
        for code in [*item.better, *item.worse, *item.unclear]:
            now, then = new.values[code], old.values[code]
            assert now.numerator is not None and then.numerator is not None
            assert now.denominator and then.denominator
            total, share = (
                int(now.numerator + then.numerator),
                now.denominator / (now.denominator + then.denominator),
            )
            tails = (
                stats.binom.cdf(now.numerator, total, share),
                stats.binom.sf(now.numerator - 1, total, share),
            )
            p_of[code] = min(1.0, 2 * min(tails)) if total else 1.0
        ordered = sorted(p_of.values())
        lines = [p for rank, p in enumerate(ordered, start=1) if p <= 0.05 * rank / len(ordered)]
        clear = {code for code, p in p_of.items() if lines and p <= lines[-1]}
        assert clear == {*item.better, *item.worse}
        for code in clear:
            rose = new.values[code].value > old.values[code].value
            assert code in (item.better if rose == (item.definition.direction == "higher") else item.worse)


def test_a_change_across_a_break_is_not_told(db: None) -> None:
    for item in changes.changes(basis()):
        series = standings.table(basis(), item.definition).by_area
        for code in [*item.better, *item.worse, *item.unclear]:
            assert not any("b" in v.flags for v in series[code] if item.before < v.period <= item.period)


# ---- nothing old is shown


def test_a_new_release_is_seen_at_once(publish: Callable[..., object]) -> None:
    before = field().values[BERLIN].numerator
    publish(f"{BERLIN},road_deaths,2019,90,")
    assert (before, field().values[BERLIN].numerator) == (40, 90)
    assert field(ground=basis("r1")).values[BERLIN].numerator == 40
    assert field().league_value != field(ground=basis("r1")).league_value


def test_a_city_that_enters_the_league_is_seen_at_once(db: None) -> None:
    from tests.cast import admit, new_city

    before = basis()
    admit(new_city("X1", "Altstadt"))
    assert "X1" not in before.cities and "X1" in basis().cities


def test_a_renamed_city_is_not_renamed_behind_the_records_back(db: None) -> None:
    """What is computed holds as long as the record stands: tables change by operations alone."""
    before = basis()
    City.objects.filter(code=BERLIN).update(local_name="Atlantis")
    assert basis() is before


def test_a_definition_of_another_version_has_values_of_its_own(db: None, tmp_path: object) -> None:
    from pathlib import Path

    from django.conf import settings

    from kontor.indicators import operations
    from kontor.league.rules import OPERATOR
    from tests.cast import NOON

    assert isinstance(tmp_path, Path)
    before = field().values[BERLIN].value
    folder = tmp_path / ROAD
    folder.mkdir()
    text = (settings.DEFINITIONS / "indicators" / ROAD / "v1.toml").read_text(encoding="utf-8")
    (folder / "v1.toml").write_text(text, encoding="utf-8")
    second = text.replace("version = 1", "version = 2", 1).replace("scale = 100000", "scale = 1000000", 1)
    (folder / "v2.toml").write_text(second, encoding="utf-8")
    assert operations.load_definitions(folder=tmp_path, by=OPERATOR, at=NOON) == [f"{ROAD}/v2"]
    assert field().values[BERLIN].value == pytest.approx(10 * before)
    assert standings.field(basis(), indicators.definition(ROAD, 1), "2019").values[BERLIN].value == before
