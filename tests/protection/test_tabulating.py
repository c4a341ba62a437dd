"""From records to cells: counts and sums, hierarchies of any depth, and who stands behind which cell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kontor.errors import Refused
from tests.protection.inputs import SIMPLE, cell, codes, faults, prepared, rows, value

COUNTS = {
    ("d1", "killed"): 2,
    ("d1", "hurt"): 9,
    ("d2", "hurt"): 5,
    ("d3", "killed"): 1,
    ("d3", "hurt"): 3,
}
NESTED = (
    SIMPLE
    + """
[hierarchy.district]
d1 = "north"
d2 = "north"
d3 = "south"
north = "land"
"""
)


def test_counts_margins_and_primary_cells(tmp_path: Path) -> None:
    found = prepared(tmp_path, SIMPLE, rows(COUNTS))
    problem = found.problem
    assert [axis.codes for axis in found.tables[0].cubes[0].axes] == [
        ("d1", "d2", "d3", "_T"),
        ("hurt", "killed", "_T"),
    ]
    assert [value(found, *codes) for codes in (("d1", "hurt"), ("_T", "killed"), ("_T", "_T"))] == [9, 3, 20]
    small = {("d1", "killed"), ("d3", "killed"), ("d3", "hurt"), ("_T", "killed")}
    assert set(np.flatnonzero(problem.primary)) == {cell(found, *codes) for codes in small}
    assert {found.rules[cell(found, *codes)] for codes in small} == {"threshold"}
    assert problem.known[cell(found, "d2", "killed")]
    assert problem.known.sum() == 1
    assert not np.any(problem.equations @ problem.values)


@pytest.mark.parametrize("column", ["count", "cases"])
def test_records_with_a_number_of_cases(tmp_path: Path, column: str) -> None:
    text = SIMPLE.replace("variables", f'response = "{column}"\nvariables')
    found = prepared(tmp_path, text, f"district,severity,{column}\na,x,4\na,x,3\nb,y,2\n")
    assert [value(found, code, "_T") for code in ("a", "b", "_T")] == [7, 2, 9]


def test_what_an_attacker_knows_beforehand(tmp_path: Path) -> None:
    problem = prepared(tmp_path, SIMPLE, rows(COUNTS)).problem
    assert set(problem.low[~problem.known]) == {1.0}
    assert (problem.integral, problem.threshold, problem.default_width) == (True, 3.0, 2.0)
    told = prepared(tmp_path, SIMPLE + "[publish]\ncodes = true\n", rows(COUNTS)).problem
    hidden = ~told.known
    assert set(told.high[hidden & told.primary]) == {3.0}
    assert set(told.low[hidden & ~told.primary]) == {4.0}


def test_zeros_that_are_not_published_are_hidden_themselves(tmp_path: Path) -> None:
    text = (
        SIMPLE + '[publish]\nzeros = false\n[hierarchy.severity]\nkilled = "_T"\nhurt = "_T"\nnone = "_T"\n'
    )
    found = prepared(tmp_path, text, rows(COUNTS))
    at = cell(found, "d2", "killed")
    assert (found.problem.primary[at], found.problem.known[at], found.problem.low[at], found.rules[at]) == (
        True,
        False,
        0.0,
        "zero",
    )
    # a code without any case shows up all the same: its absence would say that it is 0
    assert found.rules[cell(found, "_T", "none")] == "zero"


def test_the_person_alone_in_a_cell_is_known_again_in_its_sums(tmp_path: Path) -> None:
    counts = {("d1", "killed"): 1, ("d1", "hurt"): 4, ("d2", "hurt"): 5}
    found = prepared(tmp_path, SIMPLE, rows(counts))
    who = found.problem.contributor
    assert who[cell(found, "d1", "killed")] == who[cell(found, "_T", "killed")] >= 0
    assert (
        np.flatnonzero(who >= 0) == sorted((cell(found, "d1", "killed"), cell(found, "_T", "killed")))
    ).all()


def test_hierarchies_of_any_depth(tmp_path: Path) -> None:
    found = prepared(tmp_path, NESTED, rows(COUNTS))
    assert found.tables[0].cubes[0].axes[0].codes == ("d1", "d2", "d3", "north", "land", "south", "_T")
    assert [value(found, group, "_T") for group in ("north", "land", "south", "_T")] == [16, 16, 4, 20]
    assert not np.any(found.problem.equations @ found.problem.values)


def test_several_hierarchies_need_not_nest(tmp_path: Path) -> None:
    (tmp_path / "police.csv").write_text("child,parent\nd1,east\nd3,east\nd2,west\n")
    text = NESTED + '[[hierarchies]]\nvariable = "district"\nname = "police"\nfile = "police.csv"\n'
    found = prepared(tmp_path, text, rows(COUNTS))
    assert [value(found, group, "hurt") for group in ("north", "east", "west")] == [14, 12, 5]
    assert not np.any(found.problem.equations @ found.problem.values)


def test_a_code_that_is_misspelt_stands_beside_the_line_that_nothing_has(tmp_path: Path) -> None:
    content = "district\n" + "Hafen\nd10\nd9\nd2\n" * 5
    text = '[table]\nkind = "frequency"\nvariables = ["district"]\n[primary]\nthreshold = 3\n'
    lines = '[hierarchy.district]\nd2 = "a"\nHafn = "a"\nd30 = "b"\na = "_T"\n'
    found = faults(lambda: prepared(tmp_path, text + lines, content))
    assert [fault.facts["value"] for fault in found[:-1]] == ["Hafen", "d9", "d10"]
    assert (found[-1].code, found[-1].facts["values"]) == ("hierarchy_lines_unused", "Hafn, d30")


@pytest.mark.parametrize(
    ("hierarchy", "code", "row"),
    [
        (
            'd1 = "north"\nd2 = "north"\nd3 = "south"\nnorth = "south"\nsouth = "north"',
            "hierarchy_cyclic",
            None,
        ),
        ('d1 = "north"\nd2 = "north"', "code_outside_hierarchy", 18),
        ('d1 = "d2"\nd2 = "north"\nd3 = "north"', "group_is_inner_code", 13),
    ],
)
def test_hierarchies_that_do_not_fit(tmp_path: Path, hierarchy: str, code: str, row: int | None) -> None:
    found = faults(lambda: prepared(tmp_path, SIMPLE + f"[hierarchy.district]\n{hierarchy}\n", rows(COUNTS)))
    assert {fault.code for fault in found} == {code}
    assert found[0].column == "district"
    assert row is None or found[0].row == row


OWNERS = "state,owner,group,kwh\n" + "".join(
    f"{state},{owner},{group},{kwh}\n"
    for state, owner, group, kwh in [
        *(("A", "o1", "g1", 60), ("A", "o1", "g1", 40), ("A", "o2", "g1", 5), ("A", "o3", "g2", 5)),
        *(("B", "o1", "g1", 10), ("B", "o4", "g4", 10), ("B", "o5", "g5", 10), ("B", "o6", "g6", 10)),
        *(("C", "o7", "g7", 7), ("C", "o7", "g7", 8)),
    ]
)
MAGNITUDE = '[table]\nkind = "magnitude"\nvariables = ["state"]\nresponse = "kwh"\ncontributor = "owner"\n'


def test_dominance_looks_at_whole_contributors(tmp_path: Path) -> None:
    found = prepared(tmp_path, MAGNITUDE + "[primary]\ndominance = {n = 1, k = 85}\n", OWNERS)
    # o1 has 100 of 110 in A, in two rows; 110 of 165 in all; C is o7 alone
    assert [found.rules[cell(found, code)] for code in "ABC"] == ["dominance", "", "dominance"]
    assert found.rules[cell(found, "_T")] == ""
    problem = found.problem
    assert problem.contributor[cell(found, "C")] >= 0
    assert problem.up[cell(found, "A")] == pytest.approx(100 / 0.85 - 110)
    assert (problem.integral, problem.threshold, set(problem.low)) == (False, -1.0, {0.0})


def test_holdings_count_contributors_that_belong_together_once(tmp_path: Path) -> None:
    by_owner = prepared(tmp_path, MAGNITUDE + "[primary]\nholdings = 3\n", OWNERS)
    assert [by_owner.rules[cell(by_owner, code)] for code in "ABC"] == ["", "", "holdings"]
    text = MAGNITUDE.replace('contributor = "owner"', 'contributor = "owner"\nholding = "group"')
    by_group = prepared(tmp_path, text + "[primary]\nholdings = 3\n", OWNERS)
    assert [by_group.rules[cell(by_group, code)] for code in "ABC"] == ["holdings", "", "holdings"]


def test_counts_with_contributors_are_judged_by_both(tmp_path: Path) -> None:
    text = (
        '[table]\nkind = "frequency"\nvariables = ["state"]\ncontributor = "owner"\n[primary]\nholdings = 3\n'
    )
    found = prepared(tmp_path, text, OWNERS)
    assert [value(found, code) for code in "ABC"] == [4, 4, 2]
    assert [found.rules[cell(found, code)] for code in "ABC"] == ["", "", "holdings"]
    # o7 alone stands behind both records of C
    assert found.problem.contributor[cell(found, "C")] >= 0


def test_amounts_with_a_decimal_comma(tmp_path: Path) -> None:
    content = "state;kwh\nA;1,5\nA;2,25\nB;3\n"
    text = '[table]\nkind = "magnitude"\nvariables = ["state"]\nresponse = "kwh"\n[primary]\nthreshold = 1\n'
    found = prepared(tmp_path, text, content)
    assert (value(found, "A"), found.tables[0].decimals) == (3.75, (2,))


def test_amounts_are_rounded_before_they_are_added(tmp_path: Path) -> None:
    text = (
        '[table]\nkind = "magnitude"\nvariables = ["state"]\nresponse = "kwh"\ndecimals = 1\n'
        "[primary]\nthreshold = 1\n"
    )
    found = prepared(tmp_path, text, "state,kwh\nA,1.04\nA,1.04\nB,2.06\n")
    assert [value(found, code) for code in ("A", "B", "_T")] == pytest.approx([2.0, 2.1, 4.1])
    assert found.tables[0].decimals == (1,)


@pytest.mark.parametrize(
    ("cells", "code", "row"),
    [
        ("5\nNaN", "value_malformed", 3),
        ("5\ninf", "value_malformed", 3),
        ("1.5\n1.000,5", "decimal_other", 2),
        ("5\n-0.5", "amount_negative", 3),
    ],
)
def test_amounts_that_are_none(tmp_path: Path, cells: str, code: str, row: int) -> None:
    content = "state;kwh\n" + "".join(f"A;{kwh}\n" for kwh in cells.split("\n"))
    text = '[table]\nkind = "magnitude"\nvariables = ["state"]\nresponse = "kwh"\n[primary]\nthreshold = 1\n'
    [fault] = faults(lambda: prepared(tmp_path, text, content))
    assert (fault.code, fault.row, fault.column) == (code, row, "kwh")


def test_a_missing_amount_is_not_zero_and_is_told(tmp_path: Path) -> None:
    content = "state,kwh\nA,1\nA,\nB,2\nB,2\n,4\n"
    text = '[table]\nkind = "magnitude"\nvariables = ["state"]\nresponse = "kwh"\n[primary]\nthreshold = 1\n'
    found = prepared(tmp_path, text, content)
    assert [found.rules[cell(found, code)] for code in ("A", "B", "_U")] == ["threshold", "", "threshold"]
    assert {(note.code, note.facts["count"]) for note in found.notes} == {
        ("amounts_missing_in_records", 1),
        ("codes_missing_in_records", 1),
    }


def test_a_table_can_be_too_large(tmp_path: Path) -> None:
    content = "a,b,c\n" + "".join(f"{n % 200},{n % 199},{n % 197}\n" for n in range(500))
    text = '[table]\nkind = "frequency"\nvariables = ["a", "b", "c"]\n[primary]\nthreshold = 3\n'
    with pytest.raises(Refused) as caught:
        prepared(tmp_path, text, content)
    assert caught.value.code == "table_too_large"
    assert caught.value.facts["variable"] == "a"


def test_ten_thousand_codes(tmp_path: Path) -> None:
    content = "a,b\n" + "".join(f"c{n:05d},{n % 2}\n" * 3 for n in range(10_000))
    text = '[table]\nkind = "frequency"\nvariables = ["a", "b"]\n[primary]\nthreshold = 3\n'
    found = prepared(tmp_path, text, content)
    assert len(found.problem.values) == 10_001 * 3
    assert value(found, "_T", "_T") == 30_000


def test_one_cell(tmp_path: Path) -> None:
    text = '[table]\nkind = "frequency"\nvariables = ["a"]\n[primary]\nthreshold = 3\n'
    found = prepared(tmp_path, text, "a\nx\nx\n")
    assert [value(found, code) for code in ("x", "_T")] == [2, 2]
    assert found.problem.primary.all()
    assert codes(lambda: prepared(tmp_path, text, "a\n")) == ["rows_missing"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz")), min_size=1, max_size=60))
def test_cells_are_what_a_person_counts(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("counted")
    found = prepared(folder, SIMPLE, "district,severity\n" + "".join(f"{a},{b}\n" for a, b in records))
    [cube] = found.tables[0].cubes
    for i, district in enumerate(cube.axes[0].codes):
        for j, severity in enumerate(cube.axes[1].codes):
            expected = sum((district in (a, "_T")) and (severity in (b, "_T")) for a, b in records)
            number = cube.cells[i, j]
            assert found.problem.values[number] == expected
            assert found.problem.primary[number] == (1 <= expected <= 3)


def test_one_person_has_one_number_in_all_tables_of_the_same_records(tmp_path: Path) -> None:
    """Whatever the table counts by: contributors in the first one, records in the second."""
    modes = tmp_path / "modes.toml"
    modes.write_text('[table]\nkind = "frequency"\nvariables = ["mode"]\n[primary]\nthreshold = 3\n')
    text = (
        '[table]\nkind = "frequency"\nvariables = ["state"]\ncontributor = "owner"\n[primary]\nholdings = 3\n'
    )
    given = "state,mode,owner\nA,x,o2\nB,y,o1\nC,z,\n"
    found = prepared(tmp_path, text + '[[linked]]\nrecipe = "modes.toml"\n', given)
    main, linked = (found.problem.contributor[table.cubes[0].cells] for table in found.tables)
    assert main.tolist() == linked.tolist() == [0, 1, 2, -1]
