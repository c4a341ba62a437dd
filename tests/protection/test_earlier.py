"""Tables published before: what is the same, what was revised, and what old and new say together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from kontor.engines.disclosure.problem import Problem
from kontor.protection.preparing import Prepared
from tests.protection.inputs import SIMPLE, cell, codes, prepared, recipe, rows

Counts = Mapping[tuple[str, ...], int]

KNOWN = SIMPLE + '[[known]]\nfile = "before.csv"\nrecipe = "before.toml"\n'
BEFORE = """district,severity,value,confidentiality
d1,a,,C
d1,b,,C
d1,_T,11,F
d2,a,,C
d2,b,,C
d2,_T,20,F
_T,a,15,F
_T,b,16,F
_T,_T,31,F
"""


def known(folder: Path, counts: Counts, before: str = BEFORE) -> Prepared:
    recipe(folder, SIMPLE, "before.toml")
    (folder / "before.csv").write_text(before)
    return prepared(folder, KNOWN, rows(counts))


def told(found: Prepared) -> list[dict[str, int]]:
    """How many figures are the same, differ, and would be hidden, per earlier table."""
    facts = [note.facts for note in found.notes if note.code == "known_before"]
    return [{name: one[name] for name in ("same", "revised", "open")} for one in facts]


def test_what_was_published_with_the_same_value_is_known_and_stays_public(tmp_path: Path) -> None:
    found = known(tmp_path, {("d1", "a"): 2, ("d1", "b"): 9, ("d2", "a"): 13, ("d2", "b"): 7})
    problem = found.problem
    assert problem.known[[cell(found, *codes) for codes in (("d1", "_T"), ("_T", "a"), ("_T", "_T"))]].all()
    assert not problem.known[cell(found, "d1", "a")]
    assert told(found) == [{"same": 5, "revised": 0, "open": 0}]
    assert len(problem.values) == 9
    assert not np.any(problem.equations @ problem.values)


WITH_D3: Counts = {
    ("d1", "a"): 2,
    ("d1", "b"): 9,
    ("d2", "a"): 13,
    ("d2", "b"): 7,
    ("d3", "a"): 1,
    ("d3", "b"): 4,
}


def test_a_new_district_leaves_the_old_districts_and_their_sums_what_they_were(tmp_path: Path) -> None:
    """Old a: d1 + d2 = 15, new a: 16. Whoever has both tables knows what d3 has, as soon as he has the new sum."""
    found = known(tmp_path, WITH_D3)
    assert told(found) == [{"same": 2, "revised": 0, "open": 0}]
    problem, old = found.problem, found.before[0].cube.cells
    assert old[:2, :2].tolist() == [[cell(found, d, s) for s in ("a", "b")] for d in ("d1", "d2")]
    assert not np.isin(old[-1], found.tables[0].cubes[0].cells).any()
    assert problem.known[old[-1]].all()
    assert _rows(problem, *old[:, 0].tolist())
    assert not np.any(problem.equations @ problem.values)


def test_of_a_corrected_table_what_nobody_needs_to_have_changed_is_the_same(tmp_path: Path) -> None:
    """One person more in d1, and as many of a in both districts: only d1/b changed. The sums over districts cover d3
    today, so they are other cells and were not corrected."""
    found = known(tmp_path, {**WITH_D3, ("d1", "b"): 10})
    assert told(found) == [{"same": 1, "revised": 1, "open": 0}]
    problem, old = found.problem, found.before[0].cube.cells
    assert old[1].tolist() == [cell(found, "d2", code) for code in ("a", "b", "_T")]
    assert old[0, 0] == cell(found, "d1", "a")
    assert not np.isin([*old[0, 1:], *old[2]], found.tables[0].cubes[0].cells).any()
    assert not np.any(problem.equations @ problem.values)


def test_where_all_figures_grew_hidden_ones_did_not_fall(tmp_path: Path) -> None:
    found = known(tmp_path, {("d1", "a"): 2, ("d1", "b"): 10, ("d2", "a"): 13, ("d2", "b"): 7})
    problem, then = found.problem, int(found.before[0].cube.cells[0, 1])
    at = cell(found, "d1", "b")
    (tie,) = (set(problem.equations[[row], :].indices) for row in _rows(problem, at, then))
    assert {at, then} < tie
    assert problem.values[then] == 9
    assert not np.any(problem.equations @ problem.values)


def _rows(problem: Problem, *cells: int) -> list[int]:
    """The equations in which all of these cells stand."""
    return [
        row
        for row in range(problem.equations.shape[0])
        if set(cells) <= set(problem.equations[[row], :].indices)
    ]


TOLD = BEFORE.replace("d1,a,,C", "d1,a,2,F").replace("d1,b,,C", "d1,b,9,F")


def test_a_figure_that_a_correction_did_not_touch_is_known(tmp_path: Path) -> None:
    """Something was corrected in d2, and d1 has what it had."""
    found = known(tmp_path, {("d1", "a"): 2, ("d1", "b"): 9, ("d2", "a"): 13, ("d2", "b"): 8}, TOLD)
    at = cell(found, "d1", "a")
    assert (found.problem.known[at], found.problem.primary[at]) == (True, False)
    assert told(found)[0]["open"] == 1


def test_a_corrected_figure_may_be_hidden(tmp_path: Path) -> None:
    found = known(tmp_path, {("d1", "a"): 3, ("d1", "b"): 9, ("d2", "a"): 13, ("d2", "b"): 7}, TOLD)
    at, then = cell(found, "d1", "a"), int(found.before[0].cube.cells[0, 0])
    assert at != then
    assert (found.problem.known[at], found.problem.primary[at]) == (False, True)
    assert (found.problem.known[then], found.problem.values[then]) == (True, 2)


def test_where_figures_went_both_ways_the_others_are_the_same(tmp_path: Path) -> None:
    """b is one more in d1 and one less in d2: each sum says where, so all of a is what it was."""
    found = known(tmp_path, {("d1", "a"): 2, ("d1", "b"): 10, ("d2", "a"): 13, ("d2", "b"): 6})
    problem, old = found.problem, found.before[0].cube.cells
    assert told(found) == [{"same": 3, "revised": 2, "open": 0}]
    assert cell(found, "_T", "a") == old[2, 0]
    assert not _rows(problem, cell(found, "d1", "b"), int(old[0, 1]))
    assert problem.low[cell(found, "d1", "_T")] == 1


def test_what_a_correction_touched_may_be_hidden_with_it(tmp_path: Path) -> None:
    """The total of d1 was corrected, and b is shown as it was: if it is hidden now, either of a and b may have changed."""
    found = known(tmp_path, {("d1", "a"): 3, ("d1", "b"): 9, ("d2", "a"): 13, ("d2", "b"): 7}, TOLD)
    beside = cell(found, "d1", "b")
    assert found.looser is not None
    looser = found.looser()
    assert (found.problem.known[beside], looser.problem.known[beside]) == (True, False)
    assert not np.any(looser.problem.equations @ looser.problem.values)
    assert known(tmp_path, {("d1", "a"): 2, ("d1", "b"): 9, ("d2", "a"): 13, ("d2", "b"): 7}).looser is None


def test_what_was_hidden_before_must_stay_so(tmp_path: Path) -> None:
    # the old table has counts of its own: 2 in d1, and 3 where another 8 are
    before = BEFORE.replace("d2,_T,20", "d2,_T,9").replace("_T,a,15", "_T,a,6").replace("_T,b,16", "_T,b,14")
    found = known(
        tmp_path, {("d1", "a"): 2, ("d1", "b"): 19}, before.replace("31", "20").replace("d1", "old")
    )
    problem = found.problem
    small = problem.absent & problem.primary
    assert small.any()
    assert (problem.width[small] == 2).all()
    assert (problem.values[small] <= 3).all()


def test_what_everybody_has_cannot_be_hidden_any_more(tmp_path: Path) -> None:
    before = BEFORE.replace("d1,a,,C", "d1,a,2,F").replace("d1,b,,C", "d1,b,9,F")
    found = known(tmp_path, {("d1", "a"): 2, ("d1", "b"): 9, ("d2", "a"): 13, ("d2", "b"): 7}, before)
    at = cell(found, "d1", "a")
    assert (found.problem.known[at], found.problem.primary[at]) == (True, False)
    assert told(found)[0]["open"] == 1


def test_what_was_hidden_where_zeros_were_published_is_none(tmp_path: Path) -> None:
    """Today zeros are hidden too, so only the old table says that there is somebody in d1/a."""
    recipe(tmp_path, SIMPLE, "before.toml")
    (tmp_path / "before.csv").write_text(BEFORE)
    text = KNOWN.replace("[primary]", "[publish]\nzeros = false\n[primary]")
    counts: Counts = {("d1", "a"): 2, ("d1", "b"): 9, ("d2", "a"): 13, ("d2", "b"): 7}
    found = prepared(tmp_path, text, rows({**counts, ("d3", "a"): 4}))
    low = found.problem.low
    assert (low[cell(found, "d1", "a")], low[cell(found, "d3", "b")]) == (1, 0)


def test_hidden_cells_that_were_revised_are_not_taken_for_the_same(tmp_path: Path) -> None:
    # one record less in d2/b, and in no published figure of d1
    found = known(tmp_path, {("d1", "a"): 2, ("d1", "b"): 9, ("d2", "a"): 13, ("d2", "b"): 6})
    problem = found.problem
    assert not np.any(problem.equations @ problem.values)
    assert problem.values[cell(found, "d2", "b")] == 6
    assert (problem.values[problem.absent] >= 1).all()


def test_cells_of_the_old_table_alone_get_values_that_fit(tmp_path: Path) -> None:
    before = BEFORE.replace("d2", "old")
    found = known(tmp_path, {("d1", "a"): 2, ("d1", "b"): 9, ("d3", "a"): 13}, before)
    problem = found.problem
    hidden = found.before[0].cube.cells[1, :2]
    assert problem.absent[hidden].all()
    assert problem.values[hidden].sum() == 20
    assert not np.any(problem.equations @ problem.values)


def test_two_tables_published_before_are_taken_together(tmp_path: Path) -> None:
    # what the first hides the second tells; neither counts what the new table does
    text = KNOWN + '[[known]]\nfile = "second.csv"\nrecipe = "before.toml"\n'
    recipe(tmp_path, SIMPLE, "before.toml")
    (tmp_path / "before.csv").write_text(BEFORE.replace("d2", "old"))
    second = BEFORE.replace("d2", "old").replace("old,a,,C", "old,a,13,F").replace("old,b,,C", "old,b,7,F")
    (tmp_path / "second.csv").write_text(second)
    found = prepared(tmp_path, text, rows({("d1", "a"): 2, ("d1", "b"): 10, ("d3", "a"): 13}))
    first, other = (before.cube.cells for before in found.before)
    assert np.array_equal(first, other)
    assert found.problem.known[first].ravel()[1:].all()
    assert first[0, 0] == cell(found, "d1", "a")  # both say that it was 2: it still is
    assert not np.any(found.problem.equations @ found.problem.values)


@pytest.mark.parametrize(
    ("before", "code"),
    [
        (BEFORE.replace("value", "n"), "header_wrong"),
        (BEFORE + "d1\n", "known_row_wrong"),
        (BEFORE.replace("31", "many"), "known_row_wrong"),
        (BEFORE.replace("31", "inf"), "known_row_wrong"),
        (BEFORE.replace("d2,_T,20", "d2,_T,1"), "known_table_contradicts"),
        ("", "input_empty"),
    ],
)
def test_files_that_were_not_published_so(tmp_path: Path, before: str, code: str) -> None:
    assert codes(lambda: known(tmp_path, {("d1", "a"): 5, ("x", "b"): 9}, before)) == [code]


@pytest.mark.parametrize("sign", ["\u2028", "\x85", "\f", "\x1c"])
def test_what_some_take_for_the_end_of_a_line_within_a_code(tmp_path: Path, sign: str) -> None:
    code = f"d{sign}2"
    counts = {("d1", "a"): 2, ("d1", "b"): 10, (code, "a"): 13, (code, "b"): 7}
    found = known(tmp_path, counts, BEFORE.replace("d2", code))
    assert found.before


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    recipe(tmp_path, SIMPLE, "before.toml")
    (tmp_path / "before.csv").write_bytes(BEFORE.replace("d2", "süd").encode("latin-1"))
    assert codes(lambda: prepared(tmp_path, KNOWN, rows({("d1", "a"): 5}))) == ["encoding_wrong"]


YEARS = """
[table]
kind = "frequency"
variables = ["year", "district"]
[publish]
margins = [["year"]]
[primary]
threshold = 3
"""
FIRST_YEAR = "year,district,value,confidentiality\n2024,d1,,C\n2024,d2,,C\n2024,d3,20,F\n2024,_T,31,F\n"


def test_a_sum_over_years_that_nobody_published_is_none_over_the_years_of_another_table(
    tmp_path: Path,
) -> None:
    recipe(tmp_path, YEARS, "before.toml")
    (tmp_path / "before.csv").write_text(FIRST_YEAR)
    counts: Counts = {
        ("2024", "d1"): 2,
        ("2024", "d2"): 9,
        ("2024", "d3"): 20,
        ("2025", "d1"): 5,
        ("2025", "d2"): 8,
    }
    text = YEARS + '[[known]]\nfile = "before.csv"\nrecipe = "before.toml"\n'
    found = prepared(tmp_path, text, rows(counts, "year,district"))
    assert told(found) == [{"same": 2, "revised": 0, "open": 0}]
    problem, then = found.problem, found.before[0].cube.cells
    assert then[0].tolist() == [cell(found, "2024", code) for code in ("d1", "d2", "d3", "_T")]
    assert problem.values[then[1]].tolist() == [2, 9, 20, 31]
    assert problem.values[cell(found, "_T", "d1")] == 7
    assert not np.any(problem.equations @ problem.values)


RATES = SIMPLE.replace("[primary]", 'count = "cases"\ninput = "table"\n[primary]') + (
    '[[rate]]\nnumerator = "cases"\ndenominator = "people"\nname = "rate"\nper = 1000\ndecimals = 1\n'
)


def test_each_response_is_asked_for_itself_whether_it_was_revised(tmp_path: Path) -> None:
    """The population was counted anew, the cases are those of before."""
    recipe(tmp_path, RATES, "before.toml")
    lines = ["district,severity,response,value,confidentiality"]
    for row in BEFORE.splitlines()[1:]:
        codes_, value, mark = row.rsplit(",", 2)
        people = 1000 * 2 ** codes_.count("_T")
        lines += [f"{codes_},cases,{value},{mark}", f"{codes_},people,{people},F", f"{codes_},rate,,{mark}"]
    (tmp_path / "before.csv").write_text("\n".join(lines) + "\n")
    text = RATES + '[[known]]\nfile = "before.csv"\nrecipe = "before.toml"\n'
    now = "district,severity,cases,people\nd1,a,2,1010\nd1,b,9,990\nd2,a,13,1000\nd2,b,7,1000\n"
    found = prepared(tmp_path, text, now)
    (cases,) = found.before
    assert np.array_equal(cases.cube.cells, found.tables[0].cubes[0].cells)
    assert told(found) == [{"same": 5 + 5, "revised": 4, "open": 0}]
