"""Linked and earlier tables, each with rules of its own: every cell is judged by those of the tables it stands in."""

from __future__ import annotations

import pytest

from kontor.audit import Result
from kontor.errors import Invalid
from tests.audit.conftest import RECIPE, Made, cells, narrow

ROW = RECIPE.replace('["row", "column"]', '["row"]')
LINKED = '[[linked]]\nrecipe = "other.toml"\n'
TWO = ROW.replace('["row"]', '["kind"]')
PLAIN = "row,value,confidentiality\na,,C\nb,,C\nc,40,F\n_T,60,F\n"


def _linked(audited: Made, other: str, recipe: str = ROW, other_recipe: str = TWO, **how: object) -> Result:
    """A safe main table by rows, and a linked one by kinds; they share nothing but their total."""
    table = "kind,value,confidentiality\n" + "\n".join(other.split()) + "\n"
    files = {"other.toml": other_recipe, "SAFE.other.csv": table}
    return audited(PLAIN, recipe + LINKED, files, **how)


def test_a_linked_table_is_judged_by_its_own_threshold(audited: Made) -> None:
    """8 is small where the threshold is 10, whatever the main table says; and the other way round."""
    strict = TWO.replace("threshold = 3", "threshold = 10")
    found = _linked(audited, "k,8,F m,52,F _T,60,F", other_recipe=strict)
    assert [(leak.table, dict(leak.codes)) for leak in found.open] == [("SAFE.other.csv", {"kind": "k"})]
    assert _linked(audited, "k,8,F m,52,F _T,60,F").safe
    loose = TWO.replace("threshold = 3", "threshold = 1")
    assert _linked(audited, "k,3,F m,57,F _T,60,F", other_recipe=loose).safe


def test_a_linked_table_is_judged_by_its_own_width(audited: Made) -> None:
    """k and m hold 5 together: 1 to 4 is wide enough for 2, not for 4."""
    other = "k,,C m,,C n,55,F _T,60,F"
    assert _linked(audited, other).safe
    wide = TWO + "[secondary]\ninterval_width = 4\n"
    assert narrow(_linked(audited, other, other_recipe=wide)) == {"k", "m"}
    assert narrow(_linked(audited, other, recipe=ROW + "[secondary]\ninterval_width = 4\n")) == set()


def test_a_cell_of_two_tables_is_judged_by_the_stricter_one(audited: Made) -> None:
    """The total itself stands in both."""
    strict = TWO.replace("threshold = 3", "threshold = 80")
    assert {
        leak.codes["row"] for leak in _linked(audited, "k,,C m,,C _T,60,F", other_recipe=strict).open
    } == {"_T"}


def test_respondents_of_a_linked_table_see_what_is_small_there(audited: Made) -> None:
    """5 persons in k and m: who is alone in one knows that the other has 4, which is a small count by that recipe."""
    other = "k,,C m,,C n,55,F _T,60,F"
    assert cells(_linked(audited, other), "C") == set()
    four = TWO.replace("threshold = 3", "threshold = 4")
    assert cells(_linked(audited, other, other_recipe=four), "C") == {"k", "m"}
    nothing = ROW.replace("threshold = 3", "threshold = 0")
    assert cells(_linked(audited, other, recipe=nothing, other_recipe=four), "C") == {"k", "m"}


def test_the_largest_coalition_of_all_recipes_joins(audited: Made) -> None:
    """5 persons in k and m: two who share one know that the other has 3."""
    other = "k,,C m,,C n,55,F _T,60,F"
    two = TWO + "[secondary]\ncoalition = 2\n"
    found = _linked(audited, other, other_recipe=two)
    assert cells(found, "D") == {"k", "m"}
    assert ("coalition_of", {"persons": 2}) in found.assumptions


def test_one_recipe_that_suspects_everybody_is_enough(audited: Made) -> None:
    """k + m = 39 and m + n = 41: were k one person, m would be 38 and n 3."""
    grouped = TWO + '[[hierarchies]]\nvariable = "kind"\nname = "g"\nfile = "g.csv"\n'
    grouped += '[[hierarchies]]\nvariable = "kind"\nname = "h"\nfile = "h.csv"\n'
    files = {
        "other.toml": grouped + "[secondary]\nsuspected = true\n",
        "g.csv": "child,parent\nk,G\nm,G\nn,_T\no,_T\nG,_T\n",
        "h.csv": "child,parent\nm,H\nn,H\nk,_T\no,_T\nH,_T\n",
        "SAFE.other.csv": "kind,value,confidentiality\nk,,C\nm,,C\nn,,C\no,,C\nG,39,F\nH,41,F\n_T,60,F\n",
    }
    strict = audited(PLAIN, ROW + LINKED, files)
    assert "n" in cells(strict, "C")
    assert "suspected_single_persons" in dict(strict.assumptions)
    assert audited(PLAIN, ROW + LINKED, files | {"other.toml": grouped}).safe


def test_zeros_that_a_linked_table_publishes_are_known(audited: Made) -> None:
    """The linked table hides the same two cells and publishes zeros, so that neither is one: 2 persons are 1 and 1."""
    table = "row,value,confidentiality\na,,C\nb,,C\nc,58,F\n_T,60,F\n"
    hiding = ROW + "[publish]\nzeros = false\n"
    assert cells(audited(table, hiding), "B") == set()
    files = {"other.toml": ROW, "SAFE.other.csv": table}
    assert cells(audited(table, hiding + LINKED, files), "B") == {"a", "b"}


def test_rates_of_a_linked_table_with_its_variables_in_another_order(audited: Made) -> None:
    """1.0 per 1,000 of 2,000 people are 2 persons, wherever the columns stand."""
    rates = '[[rate]]\nnumerator = "n"\ndenominator = "p"\nname = "rate"\nper = 1000\ndecimals = 1\n'
    recipe = RECIPE.replace("[primary]", 'count = "n"\n[primary]') + '[publish]\nmargins = "none"\n' + rates
    other = recipe.replace('["row", "column"]', '["column", "row"]')
    head = "row,column,response,value,confidentiality\n"
    main = head + "a,x,n,,C\na,x,p,2000,F\na,x,rate,,C\na,y,n,30,F\na,y,p,500,F\na,y,rate,60.0,F\n"
    lines = "x,a,n,,C\nx,a,p,2000,F\nx,a,rate,1.0,F\ny,a,n,30,F\ny,a,p,500,F\ny,a,rate,60.0,F\n"
    files = {"other.toml": other, "SAFE.other.csv": head.replace("row,column", "column,row") + lines}
    found = audited(main, recipe + LINKED, files)
    assert cells(found, "A") == {"a/x"}
    assert (found.cells, found.hidden) == (12, 3)  # rows of both files


RATES = (
    ROW.replace("[primary]", 'count = "deaths"\n[primary]')
    + '[[rate]]\nnumerator = "deaths"\ndenominator = "people"\nname = "rate"\nper = 1000\ndecimals = 1\n'
)
KNOWN = '[[known]]\nfile = "before.csv"\nrecipe = "before.toml"\n'


def _release(deaths: dict[str, str], people: dict[str, int]) -> str:
    lines = ["row,response,value,confidentiality"]
    for code, count in people.items():
        shown = deaths[code]
        rate = f"{int(shown) / count * 1000:.1f}" if shown else ""
        mark = "F" if shown else "C"
        lines += [f"{code},deaths,{shown},{mark}", f"{code},people,{count},F", f"{code},rate,{rate},{mark}"]
    return "\n".join(lines) + "\n"


def test_new_denominators_leave_the_numerators_tied(audited: Made) -> None:
    """The population was counted anew, up here and down there; the deaths are those of the earlier release, which
    published one that is hidden now."""
    now = {"a": "", "b": "", "c": "40", "_T": "50"}
    people = {"a": 2000, "b": 3000, "c": 4000, "_T": 9000}
    corrected = {"a": 2100, "b": 2950, "c": 4000, "_T": 9050}
    before = {"before.toml": RATES, "before.csv": _release(now | {"a": "4", "b": "6"}, corrected)}
    assert audited(_release(now, people), RATES).safe
    found = audited(_release(now, people), RATES + KNOWN, before)
    assert cells(found, "A") == {"a", "b"}
    assert audited(
        _release(now, people), RATES + KNOWN, before | {"before.csv": _release(now, corrected)}
    ).safe


def test_each_response_is_asked_for_itself_which_way_it_was_corrected(audited: Made) -> None:
    """Deaths only rose, by one, while the population went both ways."""
    now = {"a": "", "b": "", "c": "50", "_T": "58"}
    then = {"a": "2", "b": "5", "c": "50", "_T": "57"}
    people = {"a": 2000, "b": 3000, "c": 4000, "_T": 9000}
    corrected = {"a": 2100, "b": 2800, "c": 4000, "_T": 8900}
    before = {"before.toml": RATES, "before.csv": _release(then, corrected)}
    found = audited(_release(now, people), RATES + KNOWN, before)
    assert narrow(found) == {"a"}
    assert ("revision_one_way", {"tables": 1}) in found.assumptions


def test_earlier_tables_of_one_vintage_are_solved_together(audited: Made) -> None:
    """Both were corrected since, and together they tell what one person in the old a and the old k was; by itself
    neither does."""
    known = RECIPE + "".join(
        f'[[known]]\nfile = "{name}.csv"\nrecipe = "{name}.toml"\n' for name in ("rows", "cross")
    )
    new = """
          x   y   _T
    a     30  40  70
    b     50  60  110
    _T    80  100 180
    """
    rows = "row,value,confidentiality\na,25,F\nb,100,F\n_T,125,F\n"
    cross = """row,column,value,confidentiality
a,x,,C\na,y,,C\na,_T,,C\nb,x,48,F\nb,y,,C\nb,_T,,C\n_T,x,70,F\n_T,y,55,F\n_T,_T,125,F
"""
    files = {"rows.toml": ROW, "rows.csv": rows, "cross.toml": RECIPE, "cross.csv": cross}
    alone = RECIPE + '[[known]]\nfile = "cross.csv"\nrecipe = "cross.toml"\n'
    assert "b/y" not in cells(audited(new, alone, files), "A")
    found = audited(new, known, files)
    assert {"b/y", "a/y"} <= cells(found, "A")
    assert {(leak.table, leak.known) for leak in found.attackers["A"]} == {("cross.csv", 2)}


def test_which_earlier_table_leaks_is_said_where_files_have_one_name(audited: Made, tmp_path: object) -> None:
    """Two releases in folders of their own, both called SAFE.csv like today's."""
    known = ROW + "".join(
        f'[[known]]\nfile = "{year}/SAFE.csv"\nrecipe = "before.toml"\n' for year in (2024, 2025)
    )
    for year in (2024, 2025):
        (tmp_path / str(year)).mkdir()  # type: ignore[operator]
    old = "row,value,confidentiality\na,,C\nb,,C\nc,31,F\n_T,43,F\n"
    files = {
        "before.toml": ROW,
        "2024/SAFE.csv": old,
        "2025/SAFE.csv": old.replace("31", "32").replace("b,,C", "b,9,F"),
    }
    found = audited(PLAIN, known, files)
    assert [(leak.table, leak.known, leak.codes["row"]) for leak in found.attackers["A"]] == [
        ("SAFE.csv", 2, "a")
    ]
    assert found.as_dict()["attackers"]["A"]["cells"][0]["known"] == 2


OLD = '[[known]]\nfile = "OLD.csv"\nrecipe = "old.toml"\n'
BESIDE = {
    "old.toml": TWO + LINKED,
    "other.toml": ROW,
    "OLD.csv": "kind,value,confidentiality\nk,20,F\nm,40,F\n_T,60,F\n",
    "OLD.other.csv": PLAIN.replace("a,,C\nb,,C", "a,8,F\nb,12,F"),
}


def test_what_was_linked_with_an_earlier_table_is_known_too(audited: Made) -> None:
    """OLD.csv tells nothing of the rows; the table published with it tells all of them."""
    found = audited(PLAIN, ROW + OLD, BESIDE)
    assert cells(found, "A") == {"a", "b"}
    again = '[[known]]\nfile = "OLD.other.csv"\nrecipe = "other.toml"\n'
    assert audited(PLAIN, ROW + OLD + again, BESIDE).as_dict() == found.as_dict()
    alone = {**BESIDE, "old.toml": TWO}
    assert audited(PLAIN, ROW + OLD, alone).safe


def test_an_earlier_table_without_what_was_linked_with_it(audited: Made) -> None:
    files = {name: text for name, text in BESIDE.items() if name != "OLD.other.csv"}
    with pytest.raises(Invalid) as caught:
        audited(PLAIN, ROW + OLD, files)
    assert [(row.code, row.facts) for row in caught.value.rows] == [
        ("known_linked_missing", {"file": "OLD.other.csv", "known": "OLD.csv", "recipe": "old.toml"})
    ]
