"""Loading definitions: all or none, never twice, and every fault named with its file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from django.conf import settings

from kontor.errors import Invalid, Refused
from kontor.events import queries as events
from kontor.indicators import codelists, operations, queries
from kontor.indicators.models import Definition
from kontor.league.rules import OPERATOR, Actor
from tests.cast import NOON

ROAD = "road_death_rate"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a copy of one real definition."""
    (tmp_path / ROAD).mkdir()
    shutil.copyfile(settings.DEFINITIONS / "indicators" / ROAD / "v1.toml", tmp_path / ROAD / "v1.toml")
    return tmp_path


def change(folder: Path, before: str, after: str, *, code: str = ROAD) -> None:
    path = folder / code / "v1.toml"
    content = path.read_text(encoding="utf-8")
    assert before in content
    path.write_text(content.replace(before, after, 1), encoding="utf-8")


def another(folder: Path, code: str, *changes: tuple[str, str]) -> None:
    """A second definition, made from the first."""
    shutil.copytree(folder / ROAD, folder / code)
    change(folder, f'code = "{ROAD}"', f'code = "{code}"', code=code)
    for before, after in changes:
        change(folder, before, after, code=code)


def load(folder: Path) -> list[str]:
    return operations.load_definitions(folder=folder, by=OPERATOR, at=NOON)


def faults(folder: Path) -> list[tuple[str, str]]:
    """(code, file) of everything that is wrong; nothing of it was loaded."""
    before = events.head(), Definition.objects.count()
    with pytest.raises(Invalid) as invalid:
        load(folder)
    assert (events.head(), Definition.objects.count()) == before
    return [
        (fault.code, str(fault.facts.get("file", fault.facts.get("cycle")))) for fault in invalid.value.rows
    ]


def test_the_leagues_own_definitions_are_loaded_once(db: None) -> None:
    before = events.head()
    assert load(settings.DEFINITIONS / "indicators") == []
    assert events.head() == before
    assert len(queries.definitions()) == len(list((settings.DEFINITIONS / "indicators").iterdir())) >= 14


def test_a_new_definition_is_loaded_with_its_hash_in_the_record(empty_database: Path, folder: Path) -> None:
    assert load(folder) == [f"{ROAD}/v1"]
    definition = queries.definition(ROAD)
    assert (definition.key, definition.kind, definition.scale) == (
        f"{ROAD}/v1",
        "count_over_exposure",
        100_000,
    )
    event = events.newest()[0]
    assert event.kind == "indicators.definitions_loaded"
    assert event.facts == {"definitions": {f"{ROAD}/v1": definition.sha256}}
    assert load(folder) == []


def test_the_hash_is_of_the_content_and_not_of_its_spacing(empty_database: Path, folder: Path) -> None:
    load(folder)
    path = folder / ROAD / "v1.toml"
    path.write_text("# A comment\n\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert load(folder) == []


def test_a_published_version_never_changes(empty_database: Path, folder: Path) -> None:
    load(folder)
    before = events.head()
    change(folder, "within 30 days", "within 31 days")
    with pytest.raises(Refused) as refused:
        load(folder)
    assert refused.value.code == "definition_changed" and refused.value.facts == {"key": f"{ROAD}/v1"}
    assert events.head() == before
    assert "31 days" not in queries.definition(ROAD).text("short", "en")


def test_a_changed_wording_is_a_new_version(empty_database: Path, folder: Path) -> None:
    load(folder)
    text = (folder / ROAD / "v1.toml").read_text(encoding="utf-8")
    (folder / ROAD / "v2.toml").write_text(
        text.replace("version = 1", "version = 2", 1).replace("within 30 days", "within 31 days"),
        encoding="utf-8",
    )
    assert load(folder) == [f"{ROAD}/v2"]
    assert [item.version for item in queries.versions(ROAD)] == [2, 1]
    assert queries.definition(ROAD).version == 2
    assert "30 days" in queries.definition(ROAD, 1).text("short", "en")
    assert [item.key for item in queries.definitions()] == [f"{ROAD}/v2"]


# What is done to a good definition -> what is said. The file is named by folder and name.
WORDING = {
    "a missing translation": ('zh-hans = "道路交通死亡率"\n', "", "definition_translation_missing"),
    "an empty translation": ('de = "Verkehrstote"', 'de = " "', "definition_malformed"),
    "another language": ('de = "Verkehrstote"', 'de = "Verkehrstote"\nfr = "Morts"', "definition_malformed"),
    "an unknown key": ("decimals = 1", "decimals = 1\ncolour = 'red'", "definition_malformed"),
    "an unknown kind": ('kind = "count_over_exposure"', 'kind = "guess"', "definition_malformed"),
    "a number as text": ("scale = 100000", 'scale = "100000"', "definition_malformed"),
    "no TOML": ("version = 1", "version = = 1", "definition_unreadable"),
}


@pytest.mark.parametrize("case", WORDING)
def test_a_fault_of_wording_is_named_with_its_file(case: str, empty_database: Path, folder: Path) -> None:
    before, after, code = WORDING[case]
    change(folder, before, after)
    assert faults(folder) == [(code, f"{ROAD}/v1.toml")]


def test_a_file_that_is_not_utf8_is_named(empty_database: Path, folder: Path) -> None:
    path = folder / ROAD / "v1.toml"
    path.write_bytes(
        path.read_text(encoding="utf-8").replace("Verkehrstote", "Getötete").encode("latin-1", "replace")
    )
    assert faults(folder) == [("definition_unreadable", f"{ROAD}/v1.toml")]


@pytest.mark.parametrize(
    ("before", "after"), [(f'code = "{ROAD}"', 'code = "road_deaths"'), ("version = 1", "version = 2")]
)
def test_a_file_in_the_wrong_place_is_named(
    before: str, after: str, empty_database: Path, folder: Path
) -> None:
    change(folder, before, after)
    assert faults(folder) == [("definition_misplaced", f"{ROAD}/v1.toml")]


FORMULAS = {
    "not a formula": ('formula = "deaths / residents"', 'formula = "deaths / / residents"', "formula_syntax"),
    "a function": ('formula = "deaths / residents"', 'formula = "deaths / residents (1)"', "formula_syntax"),
    "a name without input": (
        'formula = "deaths / residents"',
        'formula = "deaths / people"',
        "formula_name_without_input",
    ),
    "an input without name": ('formula = "deaths / residents"', 'formula = "deaths"', "input_not_in_formula"),
    "an unknown variable": ('"starter:road_deaths"', '"starter:road_births"', "input_unknown"),
    "an unknown indicator": ('"starter:road_deaths"', '"indicator:road_births"', "input_unknown"),
    "an unknown topic": ('topic = "road_safety"', 'topic = "road_rage"', "topic_unknown"),
    "another dimension": ('unit = "death / resident"', 'unit = "death / car"', "unit_mismatch"),
    "an unknown unit": ('unit = "death / resident"', 'unit = "furlong / resident"', "unit_unknown"),
    "the inverse": ('formula = "deaths / residents"', 'formula = "residents / deaths"', "unit_mismatch"),
    "a sum of unlike things": (
        'formula = "deaths / residents"',
        'formula = "deaths + residents"',
        "unit_sum_mismatch",
    ),
}


@pytest.mark.parametrize("case", FORMULAS)
def test_a_fault_of_the_formula_is_named_with_its_definition(
    case: str, empty_database: Path, folder: Path
) -> None:
    before, after, code = FORMULAS[case]
    change(folder, before, after)
    assert (code, f"{ROAD}/v1") in faults(folder)


@pytest.mark.parametrize(
    ("unit", "repair"),
    [("megapersn", "megaperson"), ("kg / residnt", "kg / resident"), ("furlong", None), ("", None)],
)
def test_a_unit_of_a_variable_that_nothing_uses_is_checked_too(
    empty_database: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, unit: str, repair: str | None
) -> None:
    variables = {**codelists.variables(), "own:visitors": {"unit": unit}}
    monkeypatch.setattr(codelists, "variables", lambda: variables)
    with pytest.raises(Invalid) as invalid:
        load(folder)
    (fault,) = invalid.value.rows
    assert (fault.code, fault.facts["variable"]) == ("unit_of_variable_unknown", "own:visitors")
    assert fault.facts.get("repair") == repair


def test_two_sources_of_one_input_in_different_units(empty_database: Path, folder: Path) -> None:
    change(folder, '"starter:road_deaths"', '"starter:registered_cars"')
    assert ("unit_mismatch", f"{ROAD}/v1") in faults(folder)


def test_a_definition_computed_from_itself(empty_database: Path, folder: Path) -> None:
    change(folder, '"starter:road_deaths"', f'"indicator:{ROAD}"')
    assert faults(folder) == [("definition_cycle", f"{ROAD} → {ROAD}")]


def test_definitions_computed_from_each_other(empty_database: Path, folder: Path) -> None:
    another(folder, "second", ('"starter:road_deaths"', f'"indicator:{ROAD}"'))
    another(folder, "third", ('"starter:road_deaths"', '"indicator:second"'))
    change(folder, '"starter:road_deaths"', '"indicator:third"')
    assert faults(folder) == [("definition_cycle", f"{ROAD} → third → second → {ROAD}")]


def test_every_fault_of_every_file_at_once(empty_database: Path, folder: Path) -> None:
    another(folder, "second", ('de = "Verkehrstote"', ""))
    change(folder, "scale = 100000", "scale = 0")
    assert sorted(faults(folder)) == [
        ("definition_malformed", f"{ROAD}/v1.toml"),
        ("definition_translation_missing", "second/v1.toml"),
    ]


def test_one_bad_definition_keeps_the_good_ones_out(empty_database: Path, folder: Path) -> None:
    another(folder, "second", ('unit = "death / resident"', 'unit = "kg"'))
    assert faults(folder) == [("unit_mismatch", "second/v1")]
    assert queries.definitions() == []


def test_an_empty_folder(empty_database: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(Refused) as refused:
        load(tmp_path / "none")
    assert refused.value.code == "definitions_missing"


def test_the_office_alone_loads(empty_database: Path, folder: Path) -> None:
    for actor in (
        Actor("person:a"),
        Actor("person:b", (("DE001C", "indicators"),)),
        Actor("person:c", ((None, "league"),)),
    ):
        with pytest.raises(Refused) as refused:
            operations.load_definitions(folder=folder, by=actor, at=NOON)
        assert refused.value.code == "not_permitted"
    officer = Actor("person:d", ((None, "indicators"),))
    assert operations.load_definitions(folder=folder, by=officer, at=NOON) == [f"{ROAD}/v1"]


FACTORS = {
    # From the units of the inputs to the shown one, times the scale.
    "road_death_rate": Fraction(100_000),
    "infant_mortality": Fraction(1000),
    "municipal_waste_per_resident": Fraction(1_000_000),  # kilotonnes to kilograms
    "cycle_network_per_km2": Fraction(1),
    "cycle_network_per_100000_residents": Fraction(100_000),
    "household_energy_per_resident": Fraction(1),
    "daycare_places_per_1000_children": Fraction(1),  # the source gives places per 1,000 children
    "commute_active_transit_share": Fraction(1),
    "no2_annual_mean": Fraction(1),
}


@pytest.mark.parametrize("code", FACTORS)
def test_the_factor_of_a_definition(db: None, code: str) -> None:
    assert Fraction(Definition.objects.get(indicator__code=code, version=1).factor) == FACTORS[code]
    assert queries.definition(code).factor == float(FACTORS[code])


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda: queries.definition("road_births"), "indicator_unknown"),
        (lambda: queries.definition(ROAD, 9), "definition_version_unknown"),
    ],
)
def test_unknown_definitions(db: None, ask: Callable[[], object], code: str) -> None:
    with pytest.raises(Refused) as refused:
        ask()
    assert refused.value.code == code


def test_the_fingerprint_changes_with_the_wording_in_use(empty_database: Path, folder: Path) -> None:
    assert queries.fingerprint() == ()
    load(folder)
    one = queries.fingerprint()
    assert one == ((f"{ROAD}/v1", queries.definition(ROAD).sha256),)
    another(folder, "second")
    load(folder)
    assert set(one) < set(queries.fingerprint())
    assert queries.definition("second").loaded_at == datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_there_is_no_version_zero(db: None) -> None:
    with pytest.raises(Refused) as refused:
        queries.definition("road_death_rate", 0)
    assert refused.value.code == "definition_version_unknown"
