"""What comes before the engine: finished tables, margins, rates, linked and earlier tables, and slipped rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kontor.engines.disclosure.merging import merged
from kontor.engines.disclosure.problem import Step
from kontor.protection.preparing import prepare
from kontor.protection.recipe_file import read_recipe
from kontor.protection.records import prepare_records
from tests.protection.inputs import SIMPLE, cell, codes, faults, prepared, recipe, rows, value

COUNTS = {("d1", "a"): 2, ("d1", "b"): 9, ("d2", "b"): 5, ("d3", "a"): 4, ("d3", "b"): 6}
TABLE = """
[table]
kind = "frequency"
input = "table"
variables = ["district", "severity"]
count = "n"
[hierarchy.district]
d1 = "north"
d2 = "north"
d3 = "south"
[primary]
threshold = 3
"""
INNER = "district,severity,n\nd1,a,2\nd1,b,9\nd2,b,5\nd3,a,4\nd3,b,6\n"


# ---- finished tables


def test_a_finished_table_with_margins_that_add_up(tmp_path: Path) -> None:
    margins = "d1,_T,11\nnorth,_T,16\n_T,_T,26\nnorth,b,14\n"
    found = prepared(tmp_path, TABLE, INNER + margins)
    assert [value(found, *codes) for codes in (("d1", "a"), ("north", "_T"), ("_T", "_T"))] == [2, 16, 26]
    assert [note.facts for note in found.notes if note.code == "margins_add_up"] == [{"count": 4}]
    assert found.tables[0].responses == ("n",)


def test_a_table_that_does_not_add_up_is_named_cell_by_cell(tmp_path: Path) -> None:
    margins = "d1,_T,12\nnorth,_T,16\n_T,_T,27\neast,_T,1\n"
    text = TABLE.replace('d3 = "south"', 'd3 = "south"\nd4 = "east"')
    found = faults(lambda: prepared(tmp_path, text, INNER + margins))
    assert [(row.code, row.row, row.facts.get("cell"), row.facts.get("sum")) for row in found] == [
        ("margin_off", 7, "d1, _T", "11"),
        ("margin_off", 9, "_T, _T", "26"),
        ("margin_without_members", 10, "east, _T", None),
    ]


@pytest.mark.parametrize(
    ("content", "code", "row"),
    [
        (INNER + "d1,a,2\n", "table_cell_twice", 7),
        (INNER + ",a,2\n,a,3\n", "codes_only_once", None),
        ("district,severity,n\nd1,_T,2\n", "inner_cells_missing", None),
        (INNER + "d2,a,1.5\n", "count_not_whole", 7),
        (INNER + "d2,a,NaN\n", "value_malformed", 7),
        (INNER + "d2,a,-1\n", "amount_negative", 7),
        (INNER + "d2,a,\n", "count_missing", 7),
        (INNER + "Total,a,6\n", "code_means_total", 7),
        (INNER + "d4,a,6\n", "code_outside_hierarchy", 7),
        ("district,severity\nd1,a\n", "input_column_missing", 1),
    ],
)
def test_finished_tables_that_are_none(tmp_path: Path, content: str, code: str, row: int | None) -> None:
    [fault] = faults(lambda: prepared(tmp_path, TABLE, content))
    assert (fault.code, fault.row) == (code, row)


def test_a_finished_table_of_amounts_says_how_many_stand_behind_a_cell(tmp_path: Path) -> None:
    text = TABLE.replace('kind = "frequency"', 'kind = "magnitude"\nresponse = "kwh"')
    content = "district,severity,kwh,n\nd1,a,0.1,2\nd2,a,0.2,3\nd3,a,1000,9\n_T,a,1000.3,14\n"
    found = prepared(tmp_path, text, content)
    assert value(found, "_T", "a") == pytest.approx(1000.3)
    rules = [found.rules[cell(found, code, "a")] for code in ("d1", "d2", "d3", "north")]
    assert rules == ["threshold", "threshold", "", ""]
    assert found.tables[0].responses == ("kwh",)
    [fault] = faults(lambda: prepared(tmp_path, text.replace('count = "n"', ""), content))
    assert (fault.code, fault.column) == ("recipe_key_missing", "table.count")
    [fault] = faults(lambda: prepared(tmp_path, text, content.replace("14", "15")))
    assert (fault.code, fault.row, fault.column) == ("margin_off", 5, "n")


# ---- codes that are none


def test_a_row_that_slipped_is_named(tmp_path: Path) -> None:
    content = "a,b\n" + "1,2\n" * 150 + "Hellersdorfer Promenade,2\n"
    text = '[table]\nkind = "frequency"\nvariables = ["a", "b"]\n[primary]\nthreshold = 3\n'
    [fault] = faults(lambda: prepared(tmp_path, text, content))
    assert (fault.code, fault.row, fault.column) == ("code_unlike_others", 152, "a")
    named = text + '[hierarchy.a]\n1 = "_T"\n"Hellersdorfer Promenade" = "_T"\n'
    assert value(prepared(tmp_path, named, content), "Hellersdorfer Promenade", "_T") == 1


def test_totals_do_not_belong_among_records(tmp_path: Path) -> None:
    assert codes(lambda: prepared(tmp_path, SIMPLE, rows({("Insgesamt", "a"): 1, ("d", "_T"): 2}))) == [
        "code_means_total",
        "code_means_total",
    ]


# ---- what is published


def test_margins_that_are_not_published_are_absent(tmp_path: Path) -> None:
    found = prepared(tmp_path, SIMPLE + '[publish]\nmargins = [["district"]]\n', rows(COUNTS))
    absent = {tuple(codes) for codes in (("_T", "a"), ("_T", "b"), ("_T", "_T"))}
    assert set(np.flatnonzero(found.problem.absent)) == {cell(found, *codes) for codes in absent}
    none = prepared(tmp_path, SIMPLE + '[publish]\nmargins = "none"\n', rows(COUNTS))
    assert none.problem.absent.sum() == 6
    assert not none.problem.primary[none.problem.absent].any()


RATES = """
[table]
kind = "frequency"
variables = ["district"]
[primary]
threshold = 3
[[rate]]
numerator = "deaths"
denominator = "population"
per = 1000
decimals = 1
"""


def test_rates_are_numerator_and_denominator_side_by_side(tmp_path: Path) -> None:
    found = prepared(tmp_path, RATES, "district,deaths,population\na,2,1000.5\nb,7,900\nc,0,2\n")
    [table] = found.tables
    assert (table.responses, [rate.name for rate in table.rates]) == (
        ("deaths", "population"),
        ["deaths_per_population"],
    )
    assert found.rules[cell(found, "a")] == "threshold"
    # the denominator counts a population: everybody has it, small or not
    assert all(found.problem.known[cell(found, code, response=1)] for code in ("a", "b", "c", "_T"))
    assert len(found.problem.cubes) == 1
    also = prepared(
        tmp_path, RATES + "protect_denominator = true\n", "district,deaths,population\na,2,1000\nc,0,2\n"
    )
    assert also.rules[cell(also, "c", response=1)] == "threshold"


def test_what_counts_part_of_a_denominator_is_never_larger(tmp_path: Path) -> None:
    found = prepared(tmp_path, RATES, "district,deaths,population\na,2,40\nb,3,3\nc,7,900\n")
    assert [found.problem.high[cell(found, code)] for code in ("a", "b", "c")] == [40, 3, 900]
    ratio = prepared(
        tmp_path, RATES + "proportion = false\n", "district,deaths,population\na,2,1\nb,3,3\nc,7,900\n"
    )
    assert np.isinf(ratio.problem.high[cell(ratio, "a")])


def test_a_denominator_that_tells_its_numerator_is_named(tmp_path: Path) -> None:
    """Of one person who is there one is ill: hiding the one tells nobody less."""
    content = "district,deaths,population\na,1,1\nb,2,2\nc,7,900\n"
    found = faults(lambda: prepared(tmp_path, RATES, content))
    assert [(fault.code, fault.facts["cell"]) for fault in found] == [
        ("denominator_tells_numerator", "a"),
        ("denominator_tells_numerator", "b"),
    ]
    prepared(tmp_path, RATES + "protect_denominator = true\n", content)


def test_more_than_can_be_part_of_a_denominator_is_named(tmp_path: Path) -> None:
    [fault] = faults(lambda: prepared(tmp_path, RATES, "district,deaths,population\na,5,4\nc,7,900\n"))
    assert (fault.code, fault.facts["cell"]) == ("numerator_above_denominator", "a")
    [fault] = faults(lambda: prepared(tmp_path, RATES, "district,deaths,population\na,5,\nc,7,900\n"))
    assert (fault.code, fault.facts["cell"]) == ("denominator_empty", "a")


def test_rates_of_a_finished_table(tmp_path: Path) -> None:
    text = RATES.replace("variables", 'input = "table"\ncount = "deaths"\nvariables')
    content = "district,deaths,population\na,2,1000\nb,7,900\n_T,9,1900\n"
    found = prepared(tmp_path, text, content)
    assert found.tables[0].responses == ("deaths", "population")
    assert [value(found, "_T", response=place) for place in (0, 1)] == [9, 1900]
    [fault] = faults(lambda: prepared(tmp_path, text, content.replace("1900", "1901")))
    assert (fault.code, fault.row, fault.column) == ("margin_off", 4, "population")


# ---- linked tables


LINKED = SIMPLE + '[[linked]]\nrecipe = "other.toml"\n'


def test_codes_tell_of_the_table_that_publishes_them_alone(tmp_path: Path) -> None:
    """District and month tell which cells are small, up to 4; district and severity do not, and mean up to 3."""
    other = SIMPLE.replace('"severity"', '"month"').replace("threshold = 3", "threshold = 4")
    recipe(tmp_path, other + "[publish]\ncodes = true\n", "other.toml")
    content = "district,severity,month\n" + "d1,a,1\n" * 2 + "d1,b,2\n" * 9 + "d2,b,1\n" * 4 + "d2,a,2\n" * 6
    found = prepared(tmp_path, LINKED, content)
    high, low = found.problem.high, found.problem.low
    assert [high[cell(found, *codes, table=1)] for codes in (("d1", "1"), ("d2", "1"))] == [4, 4]
    assert low[cell(found, "d1", "2", table=1)] == 5
    assert low[cell(found, "d1", "_T")] == 5
    assert np.isinf(high[cell(found, "d1", "a")])
    assert low[cell(found, "d1", "b")] == 1


def test_linked_tables_share_the_cells_that_are_the_same(tmp_path: Path) -> None:
    recipe(tmp_path, SIMPLE.replace('"severity"', '"month"'), "other.toml")
    content = "district,severity,month\n" + "d1,a,1\n" * 2 + "d1,b,2\n" * 9 + "d2,b,1\n" * 5
    found = prepared(tmp_path, LINKED, content)
    assert [table.recipe.path.name for table in found.tables] == ["recipe.toml", "other.toml"]
    for code in ("d1", "d2", "_T"):
        assert cell(found, code, "_T") == cell(found, code, "_T", table=1)
    assert cell(found, "_T", "a") != cell(found, "_T", "1", table=1)
    assert len(found.problem.values) == 9 + 9 - 3
    assert not np.any(found.problem.equations @ found.problem.values)


def test_linked_finished_tables_share_the_inner_cells_of_both(tmp_path: Path) -> None:
    """Inner cells are those of all variables; totals of a table stand where the variables of the other have theirs."""
    finished = SIMPLE.replace("variables", 'input = "table"\ncount = "n"\nvariables')
    recipe(tmp_path, finished.replace('"severity"', '"month"'), "other.toml")
    text = finished + '[[linked]]\nrecipe = "other.toml"\n'
    inner = "district,severity,month,n\nd1,a,1,2\nd1,b,1,9\nd1,b,2,4\nd2,a,2,6\n"
    margins = "d1,b,_T,13\nd1,_T,1,11\nd2,_T,_T,6\n_T,_T,_T,21\n"
    found = prepared(tmp_path, text, inner + margins)
    assert [note.facts for note in found.notes if note.code == "margins_add_up"] == [{"count": 4}]
    assert value(found, "d1", "b") == 13
    assert value(found, "d1", "1", table=1) == 11
    assert cell(found, "d2", "_T") == cell(found, "d2", "_T", table=1)
    [fault] = faults(lambda: prepared(tmp_path, text, inner + margins.replace("1,11", "1,12")))
    assert (fault.code, fault.row) == ("margin_off", 7)
    [fault] = faults(lambda: prepared(tmp_path, text, inner + "d1,b,2,4\n"))
    assert (fault.code, fault.row) == ("table_cell_twice", 6)


def test_a_cell_is_small_by_the_threshold_of_its_own_table(tmp_path: Path) -> None:
    """4 is no small count where the threshold is 3, and so near to it that hidden it could be taken for one."""
    recipe(tmp_path, SIMPLE.replace('"severity"', '"month"'), "other.toml")
    content = "district,severity,month\n" + "d1,a,1\n" * 4 + "d1,b,2\n" * 9 + "d2,b,1\n" * 30
    found = prepared(tmp_path, LINKED.replace("threshold = 3", "threshold = 5"), content)
    classes = merged(found.problem)
    four = classes.of[cell(found, "d1", "1", table=1)]
    assert (classes.value[four], classes.protected[four], classes.asks[four]) == (4, False, 2)


def test_a_margin_that_one_linked_table_publishes_is_not_absent(tmp_path: Path) -> None:
    recipe(tmp_path, SIMPLE.replace('"severity"', '"month"'), "other.toml")
    content = "district,severity,month\n" + "d1,a,1\n" * 5 + "d2,b,2\n" * 9
    found = prepared(tmp_path, LINKED + '[publish]\nmargins = "none"\n', content)
    assert not found.problem.absent[cell(found, "d1", "_T")]
    assert found.problem.absent[cell(found, "_T", "a")]


def test_a_group_must_mean_the_same_in_linked_tables(tmp_path: Path) -> None:
    for_both = '[hierarchy.district]\nd1 = "north"\nd2 = "{}"\nd3 = "south"\n'
    recipe(tmp_path, SIMPLE + for_both.format("south"), "other.toml")
    found = faults(lambda: prepared(tmp_path, LINKED + for_both.format("north"), rows(COUNTS)))
    assert {(fault.code, fault.facts["value"]) for fault in found} == {
        ("group_of_two_meanings", "north"),
        ("group_of_two_meanings", "south"),
    }


def test_groups_that_linked_tables_do_not_name_are_told(tmp_path: Path) -> None:
    recipe(tmp_path, SIMPLE.replace('"district"', '"borough"'), "other.toml")
    content = "district,borough,severity\n" + "d1,north,a\nd2,north,b\nd3,south,a\n" * 9
    found = prepared(tmp_path, LINKED, content)
    assert [note.facts for note in found.notes] == [{"fine": "district", "coarse": "borough"}]
    assert not prepared(tmp_path, LINKED, content + "d1,south,a\n").notes


# ---- tables published before


# ---- the rest


def test_progress_and_the_facts_of_the_input(tmp_path: Path) -> None:
    path = tmp_path / "input.csv"
    path.write_text(rows(COUNTS))
    told: list[Step] = []
    found = prepare(path, read_recipe(recipe(tmp_path, SIMPLE)), told=told.append)
    assert [step.stage for step in told] == ["reading", "tabulating"]
    assert (found.input.name, found.input.rows, len(found.input.sha256)) == ("input.csv", 26, 64)


def test_cancelling_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "input.csv"
    path.write_text(rows(COUNTS))

    def cancel() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(path, read_recipe(recipe(tmp_path, SIMPLE)), cancelled=cancel)


def test_cell_keys_add_up(tmp_path: Path) -> None:
    (tmp_path / "league.key").write_bytes(b"0123456789abcdef0123456789abcdef")
    method = '[alternative]\nmethod = "cellkey"\nsecret = "league.key"\nrecord = "id"\n'
    text = '[table]\nkind = "frequency"\nvariables = ["d"]\n' + method
    found = prepared(tmp_path, text, "id,d\n1,a\n2,a\n3,b\n")
    assert found.keys is not None
    a, b, total = found.keys.tolist()
    assert (a + b) % 2**64 == total
    again = prepared(tmp_path, text, "id,d\n3,b\n2,a\n1,a\n")
    assert again.keys is not None
    assert again.keys.tolist() == [a, b, total]
    assert codes(lambda: prepared(tmp_path, text, "id,d\n1,a\n1,b\n")) == ["record_twice"]


def test_records_of_micro_data(tmp_path: Path) -> None:
    text = '[table]\nkind = "microdata"\nvariables = ["age", "sex"]\n[microdata]\nquasi = ["age", "sex"]\nk = 2\n'
    path = tmp_path / "input.csv"
    path.write_text("name,age,sex\nA,30,f\nB,31,\n")
    found = prepare_records(path, read_recipe(recipe(tmp_path, text)))
    assert found.columns == {"age": ["30", "31"], "sex": ["f", "_U"]}
    assert found.input.dropped == ("name",)
