"""A recipe file: what it says, and everything that is wrong with it at once, with the key and what may stand there."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from kontor.protection.recipe import Alternative, Primary, Publish, Rate, Secondary
from kontor.protection.recipe_file import read_recipe
from kontor.protection.recipe_keys import LISTS, SECTIONS, Key
from tests.protection.inputs import SIMPLE, codes, faults, recipe

CONTRACT = """
[table]
kind = "frequency"
input = "table"
variables = ["district", "severity"]
count = "freq"
[hierarchy.district]
d001 = "dG01"
dG01 = "_T"
[[hierarchies]]
variable = "district"
name = "police"
file = "police.csv"
[publish]
zeros = true
margins = "all"
codes = false
[primary]
threshold = 3
[secondary]
method = "auto"
interval_width = 2
coalition = 1
time_limit = 60
[identifiers]
birth_date = "year"
[[rate]]
numerator = "freq"
denominator = "population"
per = 1000
[[linked]]
recipe = "months.toml"
[[known]]
file = "last-year-SAFE.csv"
recipe = "other.toml"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "police.csv").write_text("child,parent\nd001,north\nnorth,_T\n")
    (tmp_path / "last-year-SAFE.csv").write_text("district,severity,value,confidentiality\n")
    recipe(tmp_path, SIMPLE, "other.toml")
    table = 'input = "table"\ncount = "freq"\nvariables'
    recipe(tmp_path, SIMPLE.replace("variables", table).replace("severity", "month"), "months.toml")
    return tmp_path


def test_everything_that_the_contract_has(folder: Path) -> None:
    found = read_recipe(recipe(folder, CONTRACT))
    assert found.variables == ("district", "severity")
    assert found.hierarchies_of("district") == (
        {"d001": "dG01", "dG01": "_T"},
        {"d001": "north", "north": "_T"},
    )
    assert [hierarchy.name for hierarchy in found.hierarchies] == ["", "police"]
    assert (found.publish, found.primary) == (Publish(), Primary(threshold=3))
    assert found.secondary == Secondary("auto", 2, 1, 60)
    assert found.identifiers == {"birth_date": "year"}
    assert found.rates == (Rate("freq_per_population", "freq", "population", per=1000),)
    assert found.responses == ("freq", "population")
    assert [other.path.name for other in found.linked] == ["months.toml"]
    assert [(known.file.name, known.recipe.variables) for known in found.known] == [
        ("last-year-SAFE.csv", found.variables)
    ]


def test_a_short_recipe_has_the_defaults_of_the_contract(folder: Path) -> None:
    found = read_recipe(folder / "other.toml")
    assert (found.input, found.responses, found.alternative) == ("records", ("count",), None)
    assert found.publish == Publish(zeros=True, margins=None, codes=False)
    assert found.secondary == Secondary("auto", 2.0, 1, 60.0)


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        ("[tabel]\nx = 1", "table"),
        ("[primary]\ntreshold = 3", "threshold"),
        ("zeros = true", "publish"),
        ("[microdata]\nK = 5", "k"),
        ("[microdata]\nQUASI = []", "quasi"),
    ],
)
def test_an_unknown_key_names_the_nearest_one(folder: Path, written: str, nearest: str) -> None:
    text = (
        written
        + "\n"
        + SIMPLE.replace(
            "[primary]\nthreshold = 3", "" if "[primary]" in written else "[primary]\nthreshold = 3"
        )
    )
    [fault] = [
        row for row in faults(lambda: read_recipe(recipe(folder, text))) if row.code == "recipe_key_unknown"
    ]
    assert fault.facts["nearest"] == nearest


def test_all_faults_at_once_with_key_and_remedy(folder: Path) -> None:
    text = """
        [table]
        kind = "freqency"
        variabels = ["a"]
        [primary]
        threshold = "3"
        dominance = {n = 1}
        [secondary]
        interval_width = 0
        [identifiers]
        birth_date = "hide"
        [[rate]]
        numerator = "deaths"
    """
    found = {row.column: row.code for row in faults(lambda: read_recipe(recipe(folder, text)))}
    assert found == {
        "table.kind": "recipe_value_wrong",
        "table.variabels": "recipe_key_unknown",
        "table.variables": "recipe_key_missing",
        "primary.threshold": "recipe_value_wrong",
        "primary.dominance": "recipe_value_wrong",
        "secondary.interval_width": "recipe_value_wrong",
        "birth_date": "identifier_fate_unknown",
        "rate.denominator": "recipe_key_missing",
    }


@pytest.mark.parametrize(
    "key", [key for keys in (*SECTIONS.values(), *LISTS.values()) for key in keys.items()]
)
def test_every_example_may_stand_there(key: tuple[str, Key]) -> None:
    name, rule = key
    assert rule.fits(tomllib.loads(rule.example)[name])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ('variables = ["a", "value"]', "recipe_name_taken"),
        ('variables = ["count"]', "recipe_name_taken"),
        ('variables = ["a", "a"]', "recipe_variable_twice"),
        ('variables = ["a"]\n[publish]\nmargins = [["b"]]', "recipe_not_a_variable"),
        ('variables = ["a"]\n[hierarchy.b]\nx = "_T"', "recipe_not_a_variable"),
        ('variables = ["a"]\n[hierarchy.a]\n_T = "b"', "hierarchy_total_has_parent"),
        ('variables = ["a"]\n[identifiers]\na = "drop"', "identifier_dropped_but_used"),
        ('variables = ["a"]\n[[linked]]\nrecipe = "recipe.toml"', "recipe_links_itself"),
        ('variables = ["a"]\n[[linked]]\nrecipe = "nowhere.toml"', "recipe_file_missing"),
        ('variables = ["a"]\n[[known]]\nfile = "nowhere.csv"\nrecipe = "other.toml"', "recipe_file_missing"),
        ('variables = ["a"]\ninput = "table"', "recipe_key_missing"),
    ],
)
def test_what_contradicts_itself(folder: Path, change: str, code: str) -> None:
    text = f'[table]\nkind = "frequency"\n{change}\n[primary]\nthreshold = 3\n'
    assert codes(lambda: read_recipe(recipe(folder, text))) == [code]


@pytest.mark.parametrize(
    ("kind", "rules", "code"),
    [
        ('"frequency"', "dominance = {n = 1, k = 80}", "rule_needs_records_of_amounts"),
        ('"frequency"', "p_percent = 10", "rule_needs_records_of_amounts"),
        ('"frequency"', "threshold = 0", "recipe_without_rule"),
        ('"frequency"', "threshold = 3\nholdings = 2", "recipe_key_missing"),
        ('"magnitude"', "threshold = 3", "recipe_key_missing"),
    ],
)
def test_rules_that_cannot_be_applied(folder: Path, kind: str, rules: str, code: str) -> None:
    text = f'[table]\nkind = {kind}\nvariables = ["a"]\n[primary]\n{rules}\n'
    assert codes(lambda: read_recipe(recipe(folder, text))) == [code]


def test_a_hierarchy_file_is_read_row_by_row(folder: Path) -> None:
    text = SIMPLE + '[[hierarchies]]\nvariable = "district"\nname = "p"\nfile = "bad.csv"\n'
    (folder / "bad.csv").write_text("child,parent\na,north\na,south\nb\n\nc,north\n")
    found = faults(lambda: read_recipe(recipe(folder, text)))
    assert [(row.code, row.row) for row in found] == [
        ("hierarchy_two_parents", 3),
        ("hierarchy_row_wrong", 4),
    ]
    (folder / "bad.csv").write_text("code;group\n")
    assert codes(lambda: read_recipe(recipe(folder, text))) == ["hierarchy_header_wrong"]


def test_files_that_are_no_recipe(folder: Path) -> None:
    [fault] = faults(lambda: read_recipe(folder / "nowhere.toml"))
    assert (fault.code, fault.facts["file"]) == ("input_missing", "nowhere.toml")
    (folder / "latin.toml").write_bytes("[table]\nkind = 'ü'".encode("latin-1"))
    assert codes(lambda: read_recipe(folder / "latin.toml")) == ["encoding_wrong"]


def test_linked_recipes_that_name_each_other_are_followed_once(folder: Path) -> None:
    recipe(folder, SIMPLE + '[[linked]]\nrecipe = "b.toml"\n', "a.toml")
    recipe(folder, SIMPLE + '[[linked]]\nrecipe = "a.toml"\n', "b.toml")
    found = read_recipe(folder / "a.toml")
    assert [other.path.name for other in found.linked] == ["b.toml"]
    assert found.linked[0].linked == ()


@pytest.mark.parametrize(
    ("written", "margins"),
    [('"all"', None), ('"none"', ()), ('[["district"], []]', (("district",), ()))],
)
def test_margins(folder: Path, written: str, margins: tuple[tuple[str, ...], ...] | None) -> None:
    found = read_recipe(recipe(folder, SIMPLE + f"[publish]\nmargins = {written}\n"))
    assert found.publish.margins == margins


def test_alternatives_need_no_rule(folder: Path) -> None:
    text = '[table]\nkind = "frequency"\nvariables = ["a"]\n[alternative]\nmethod = "round"\nbase = 5\n'
    assert read_recipe(recipe(folder, text)).alternative == Alternative("round", {"base": 5})
    text = text.replace("frequency", "magnitude").replace("variables", 'response = "kwh"\nvariables')
    assert codes(lambda: read_recipe(recipe(folder, text))) == ["alternative_needs_counts"]


def test_microdata(folder: Path) -> None:
    text = '[table]\nkind = "microdata"\nvariables = ["age", "sex", "job"]\n[microdata]\nquasi = ["age", "sex"]\nk = 5\n'
    found = read_recipe(recipe(folder, text))
    assert (found.microdata.quasi, found.microdata.k, found.microdata.l) == (("age", "sex"), 5, 1)
    assert codes(lambda: read_recipe(recipe(folder, text.replace("k = 5", "")))) == ["recipe_key_missing"]
    assert codes(lambda: read_recipe(recipe(folder, text.replace('"sex"]\nk', '"sexx"]\nk')))) == [
        "recipe_not_a_variable"
    ]
    owned = text.replace("[microdata]", 'contributor = "owner"\n[microdata]')
    assert codes(lambda: read_recipe(recipe(folder, owned))) == ["microdata_counts_records"]
    rules = text + "[primary]\nthreshold = 3\n"
    assert codes(lambda: read_recipe(recipe(folder, rules))) == ["microdata_has_no_rules"]
    [fault] = faults(lambda: read_recipe(recipe(folder, text + "l = 3.0\n")))
    assert (fault.code, fault.facts["example"]) == ("recipe_value_wrong", "l = 3")


def test_linked_tables_are_of_one_kind(folder: Path) -> None:
    text = '[table]\nkind = "magnitude"\nvariables = ["a"]\nresponse = "kwh"\n[primary]\nthreshold = 3\n'
    recipe(folder, SIMPLE + '[[linked]]\nrecipe = "kwh.toml"\n', "a.toml")
    recipe(folder, text, "kwh.toml")
    assert codes(lambda: read_recipe(folder / "a.toml")) == ["linked_of_other_kind"]


@pytest.mark.parametrize("changed", ["a.toml", "old.toml"])
def test_a_changed_table_and_an_earlier_one_do_not_go_together(folder: Path, changed: str) -> None:
    """Rounded figures that are exact, subtracted from a table with hidden cells, give small counts away."""
    known = '[[known]]\nfile = "old.csv"\nrecipe = "old.toml"\n'
    rounding = '[alternative]\nmethod = "round"\nbase = 5\n'
    (folder / "old.csv").write_text("", encoding="utf-8")
    recipe(folder, SIMPLE + (rounding if changed == "old.toml" else ""), "old.toml")
    recipe(folder, SIMPLE + (rounding if changed == "a.toml" else "") + known, "a.toml")
    assert codes(lambda: read_recipe(folder / "a.toml")) == ["known_and_alternative"]


@pytest.mark.parametrize(("threshold", "base"), [(0, 3), (1, 3), (3, 4), (5, 6)])
def test_rounding_covers_the_threshold(folder: Path, threshold: int, base: int) -> None:
    text = f'[table]\nkind = "frequency"\nvariables = ["a"]\n[primary]\nthreshold = {threshold}\n'
    found = read_recipe(recipe(folder, text + '[alternative]\nmethod = "round"\n'))
    assert found.alternative == Alternative("round", {"base": base})


@pytest.mark.parametrize("base", [2, 3])
def test_rounding_does_not_leave_what_the_threshold_protects(folder: Path, base: int) -> None:
    text = (
        '[table]\nkind = "frequency"\nvariables = ["a"]\n[primary]\nthreshold = 3\n'
        f'[alternative]\nmethod = "round"\nbase = {base}\n'
    )
    assert codes(lambda: read_recipe(recipe(folder, text))) == ["rounding_base_in_threshold"]
    smaller = text.replace("threshold = 3", f"threshold = {base - 1}")
    assert read_recipe(recipe(folder, smaller)).alternative is not None
