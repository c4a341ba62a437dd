"""Every kind of leak, each in a table that shows it at a glance, with a safe twin beside it."""

from __future__ import annotations

from kontor.audit import Result
from tests.audit.conftest import RECIPE, Made, cells, narrow

SAFE = """
      x   y   z   _T
a     .   .   20  40
b     .   .   30  50
_T    30  10  50  90
"""


def test_a_square_of_four_hidden_cells_is_safe(audited: Made) -> None:
    result = audited(SAFE)
    assert result.safe
    assert result.as_dict()["attackers"] == {name: {"exact": 0, "cells": []} for name in "ABC"}
    assert (result.cells, result.hidden) == (12, 4)


def test_margin(audited: Made) -> None:
    """One hidden cell in a row: its total gives it away."""
    result = audited("""
          x   y   _T
    a     .   17  20
    b     5   6   11
    _T    8   23  31
    """)
    assert cells(result, "A") == cells(result, "B") == {"a/x"}
    assert [(leak.low, leak.high) for leak in result.attackers["A"]] == [(3, 3)]
    assert not result.safe


def test_published_small_count(audited: Made) -> None:
    """A primary cell that was given back stands there for everybody."""
    result = audited(SAFE.replace("20  40", "2   22").replace("50  90", "32  72"))
    assert {leak.codes["column"] for leak in result.open} == {"z"}
    assert not result.safe


def test_zero(audited: Made) -> None:
    """Two hidden cells with 2 persons between them: only who knows that zeros are published knows 1 and 1."""
    table = """
          x   y   z   _T
    a     .   .   20  22
    b     .   .   30  50
    _T    12  10  50  72
    """
    result = audited(table)
    assert cells(result, "A") == set()
    assert cells(result, "B") == {"a/x", "a/y", "b/x", "b/y"}
    assert not cells(audited(table, RECIPE + "[publish]\nzeros = false\n"), "B")


def test_narrow_interval(audited: Made) -> None:
    """Three persons in two cells: 1 or 2 each."""
    table = """
          x   y   z   _T
    a     .   .   20  23
    b     .   .   30  50
    _T    13  10  50  73
    """
    result = audited(table)
    assert narrow(result) == {"a/x", "a/y"}
    assert not cells(result, "B")
    assert audited(table, RECIPE + "[secondary]\ninterval_width = 1\n").narrow == ()


def test_singleton(audited: Made) -> None:
    """Four persons in two cells: who is alone in one knows that the other has 3, which is a small count."""
    leaking = """
          x   y   z   _T
    a     .   .   20  24
    b     .   .   30  50
    _T    14  10  50  74
    """
    result = audited(leaking)
    assert cells(result, "A") == cells(result, "B") == set()
    assert cells(result, "C") == {"a/x", "a/y"}
    assert result.attackers["C"][0].by[0]["persons"] == 1
    five = leaking.replace("20  24", "20  25").replace("14  10  50  74", "15  10  50  75")
    assert audited(five).safe


def test_a_single_person_that_only_might_be_one(audited: Made) -> None:
    """Were a/x one person, b/y would be 2; but a/x can be anything from 1 to 39, and who is alone is not published."""
    square = """
          x   y   z   _T
    a     .   .   20  60
    b     .   .   30  70
    _T    39  41  50  130
    """
    plain, strict = audited(square), audited(square, RECIPE + "[secondary]\nsuspected = true\n")
    assert plain.safe and "told_single_persons" in dict(plain.assumptions)
    assert not strict.safe and "suspected_single_persons" in dict(strict.assumptions)
    assert "b/y" in cells(strict, "C")


def test_sums_that_nobody_shows_and_that_must_be_zero_keep_nobody_apart(audited: Made) -> None:
    """All of row a is in a/x/u; that nobody is in a/y is a sum of published zeros, which is not published itself."""
    recipe = RECIPE.replace('["row", "column"]', '["row", "column", "kind"]')
    recipe += '[publish]\nmargins = [["row"], []]\n[secondary]\nsuspected = true\n'
    table = "row,column,kind,value,confidentiality\n"
    table += "a,x,u,,C\na,x,v,0,F\na,y,u,0,F\na,y,v,0,F\na,_T,_T,,C\n"
    table += "b,x,u,,C\nb,x,v,0,F\nb,y,u,0,F\nb,y,v,0,F\nb,_T,_T,,C\n_T,_T,_T,40,F\n"
    assert audited(table, recipe).safe


PAIRS = RECIPE + "[secondary]\nsuspected = true\ncoalition = 2\n"
OF_TWO = """
          x   y   z   _T
    a     .   .   0   .
    b     .   .   20  .
    c     9   9   5   23
    _T    40  40  25  105
"""


def test_a_total_that_a_coalition_fills_is_theirs(audited: Made) -> None:
    """Two who are alone in a/x and a/y are all of row a; and two who are all of row a know who is in its cells."""
    assert audited(OF_TWO, PAIRS).safe
    with_another = OF_TWO.replace(".   .   0 ", ".   .   1 ").replace("25  105", "26  106")
    assert cells(audited(with_another, PAIRS), "D") == {"a/_T"}


def test_who_is_the_whole_total_sees_only_himself(audited: Made) -> None:
    """All else in the row is a published zero: the cell and its total are the same person."""
    result = audited("""
          x   y   z   _T
    a     .   0   0   .
    b     .   9   8   .
    c     11  9   8   28
    _T    30  18  16  64
    """)
    assert cells(result, "C") == set()


def test_published_codes(audited: Made) -> None:
    """With C and D told apart, secondary cells are 4 or more: what is left for the primary one is 1."""
    table = """
          x   y   z   _T
    a     .   .D  20  25
    b     .D  .D  30  50
    _T    15  10  50  75
    """
    result = audited(table, RECIPE + "[publish]\ncodes = true\n")
    assert cells(result, "B") >= {"a/x", "a/y"}
    assert audited(table.replace("D", " ")).attackers["B"] == ()
    roomy = table.replace("25", "32").replace("15  10  50  75", "15  17  50  82")
    assert audited(roomy, RECIPE + "[publish]\ncodes = true\n").safe


def test_linked_table(audited: Made) -> None:
    """Safe by itself, but a second table publishes the same row total split otherwise."""
    linked = RECIPE + '[[linked]]\nrecipe = "other.toml"\n'
    other = RECIPE.replace('["row", "column"]', '["row", "kind"]')
    hiding = """
          x   y   z   _T
    a     .   .   20  .
    b     .   .   30  .
    _T    30  10  50  90
    """
    files = {
        "other.toml": other,
        "SAFE.other.csv": "row,kind,value,confidentiality\na,k,17,F\na,m,6,F\na,_T,23,F\n"
        "b,k,10,F\nb,m,57,F\nb,_T,67,F\n_T,k,27,F\n_T,m,63,F\n_T,_T,90,F\n",
    }
    assert audited(hiding).safe
    result = audited(hiding, linked, files)
    assert cells(result, "A") == {"a/_T", "b/_T"}
    assert narrow(result) == {"a/x", "a/y"}


def test_differencing_against_an_earlier_release(audited: Made) -> None:
    """Last year's table published the rows that this one hides."""
    known = RECIPE + '[[known]]\nfile = "before.csv"\nrecipe = "before.toml"\n'
    before = RECIPE.replace('["row", "column"]', '["row"]')
    hiding = """
          x   y   _T
    a     .   6   .
    b     .   30  .
    c     9   9   18
    _T    20  45  65
    """
    published = "row,value,confidentiality\na,8,F\nb,39,F\nc,18,F\n_T,65,F\n"
    hidden = "row,value,confidentiality\na,,C\nb,,C\nc,18,F\n_T,65,F\n"
    assert audited(hiding).safe
    result = audited(hiding, known, {"before.toml": before, "before.csv": published})
    assert {"a/_T", "b/_T", "a/x", "b/x"} == cells(result, "A")
    assert audited(hiding, known, {"before.toml": before, "before.csv": hidden}).safe


def test_nested_areas_of_an_earlier_release(audited: Made) -> None:
    """The earlier table published the old area a+b, the new one hides the part b: the difference is b."""
    recipe = RECIPE.replace('["row", "column"]', '["row"]')
    known = recipe + '[[known]]\nfile = "before.csv"\nrecipe = "before.toml"\n'
    before = recipe + '[hierarchy.row]\na = "old"\nb = "old"\nc = "_T"\nd = "_T"\nold = "_T"\n'
    new = "row,value,confidentiality\na,40,F\nb,,C\nc,,C\nd,50,F\n_T,102,F\n"
    old = "row,value,confidentiality\na,40,F\nb,,C\nc,,C\nd,50,F\nold,42,F\n_T,102,F\n"
    assert audited(new, recipe).safe
    result = audited(new, known, {"before.toml": before, "before.csv": old})
    assert cells(result, "A") == {"b", "c"}
    hidden = old.replace("old,42,F", "old,,C")
    assert audited(new, known, {"before.toml": before, "before.csv": hidden}).safe


def test_a_revision_that_only_adds(audited: Made) -> None:
    """The total grew by one and no other cell changed: what was hidden before is tied to what is hidden now."""
    recipe = RECIPE.replace('["row", "column"]', '["row"]')
    known = recipe + '[[known]]\nfile = "before.csv"\nrecipe = "before.toml"\n'
    new = "row,value,confidentiality\na,,C\nb,,C\nc,50,F\n_T,58,F\n"
    old = "row,value,confidentiality\na,2,F\nb,5,F\nc,50,F\n_T,57,F\n"
    assert audited(new, recipe).safe
    result = audited(new, known, {"before.toml": recipe, "before.csv": old})
    assert narrow(result) == {"a"}
    assert ("revision_one_way", {"tables": 1}) in result.assumptions


def test_a_revision_that_went_both_ways_ties_nothing_and_takes_nothing_for_granted(audited: Made) -> None:
    recipe = RECIPE.replace('["row", "column"]', '["row"]')
    known = recipe + '[[known]]\nfile = "before.csv"\nrecipe = "before.toml"\n'
    new = "row,value,confidentiality\na,,C\nb,,C\nc,50,F\nd,20,F\n_T,78,F\n"
    old = "row,value,confidentiality\na,2,F\nb,5,F\nc,49,F\nd,21,F\n_T,77,F\n"
    result = audited(new, known, {"before.toml": recipe, "before.csv": old})
    assert result.safe
    assert "revision_one_way" not in dict(result.assumptions)


def test_who_sees_the_cell_in_which_he_is_alone_in_an_earlier_table_sees_himself(audited: Made) -> None:
    """Nothing but c grew, so a, b and d are what they were: one person in a tells only of himself, two of the other."""
    recipe = RECIPE.replace('["row", "column"]', '["row"]') + "[secondary]\nsuspected = true\n"
    known = recipe + '[[known]]\nfile = "before.csv"\nrecipe = "before.toml"\n'
    new = "row,value,confidentiality\na,,C\nb,,C\nc,51,F\nd,,C\n_T,60,F\n"
    old = "row,value,confidentiality\na,,C\nb,,C\nc,50,F\nd,,C\n_T,59,F\n"
    result = audited(new, known, {"before.toml": recipe, "before.csv": old})
    assert result.safe
    assert "respondents_see_themselves" in dict(result.assumptions)
    assert "respondents_see_themselves" not in dict(audited(new, recipe).assumptions)
    tight = (
        old.replace("59", "53").replace("\nd,,C", "\nd,0,F"),
        new.replace("60", "54").replace("\nd,,C", "\nd,0,F"),
    )
    assert not audited(tight[1], known, {"before.toml": recipe, "before.csv": tight[0]}).safe


RATES = """
[table]
kind = "frequency"
variables = ["row"]
count = "deaths"
[primary]
threshold = 3
[[rate]]
numerator = "deaths"
denominator = "people"
name = "rate"
per = 1000
decimals = 1
"""


def _rates(rate: str, mark: str) -> str:
    people = {"a": 2000, "b": 3000, "c": 4000, "_T": 9000}
    deaths = {"a": "", "b": "", "c": 40, "_T": 50}
    lines = ["row,response,value,confidentiality"]
    for code in people:
        lines += [
            f"{code},deaths,{deaths[code]},{'F' if deaths[code] else 'C'}",
            f"{code},people,{people[code]},F",
        ]
        shown = (
            round(int(deaths[code]) / people[code] * 1000, 1) if deaths[code] else rate if code == "a" else ""
        )
        lines.append(f"{code},rate,{shown},{mark if code == 'a' else 'F' if shown else 'C'}")
    return "\n".join(lines) + "\n"


def test_rate_times_denominator(audited: Made) -> None:
    """1.0 per 1,000 of 2,000 people are 2 persons."""
    result = audited(_rates("1.0", "F"), RATES)
    assert [leak.response for leak in result.attackers["A"]] == ["deaths", "deaths"]
    assert cells(result, "A") == {"a", "b"}
    hiding = audited(_rates("", "C"), RATES)
    assert hiding.safe
    assert (hiding.cells, hiding.hidden) == (12, 4)  # rows without a value, those of rates too


def test_no_part_is_larger_than_the_whole(audited: Made) -> None:
    """Of two people it is one or two, of one it is he; where it counts no part of them, that says nothing."""
    few = _rates("", "C").replace("a,people,2000", "a,people,2").replace("_T,people,9000", "_T,people,7002")
    few = few.replace("_T,rate,5.6", "_T,rate,7.1")
    result = audited(few, RATES)
    assert {leak.codes["row"] for leak in result.narrow} == {"a"}
    assert audited(few, RATES + "proportion = false\n").safe
    one = few.replace("a,people,2,", "a,people,1,").replace("7002", "7001")
    assert cells(audited(one, RATES), "B") == {"a", "b"}


def test_a_coarse_rate_leaves_an_interval(audited: Made) -> None:
    """Rounded to whole numbers per 1,000, the same rate leaves 1 to 3: wide enough."""
    coarse = _rates("1", "F").replace(",rate,10.0,", ",rate,10,").replace(",rate,5.6,", ",rate,6,")
    result = audited(coarse, RATES.replace("decimals = 1", "decimals = 0"))
    assert result.safe


COALITION = """
      x   y   z   u   _T
a     .   .   .   20  25
b     .   .   .   30  70
_T    15  15  15  50  95
"""


def test_coalition_of_two_singletons(audited: Made) -> None:
    """Five persons in three cells: two who are alone in theirs know that the third has 3."""
    assert audited(COALITION).safe
    result = audited(COALITION, RECIPE + "[secondary]\ncoalition = 2\n")
    assert cells(result, "D") == {"a/x", "a/y", "a/z"}
    assert cells(result, "C") == set()
    assert len(result.attackers["D"][0].by) == 2
    more = COALITION.replace("20  25", "20  27").replace("15  15  15  50  95", "17  15  15  50  97")
    assert audited(more, RECIPE + "[secondary]\ncoalition = 2\n").safe


def test_two_persons_in_one_cell_are_a_coalition_too(audited: Made) -> None:
    """Five persons in two cells: two who share one know that the other has 3."""
    five = """
          x   y   z   _T
    a     .   .   20  25
    b     .   .   30  60
    _T    20  15  50  85
    """
    assert audited(five).safe
    result = audited(five, RECIPE + "[secondary]\ncoalition = 2\n")
    assert cells(result, "D") == {"a/x", "a/y"}
    assert [one["persons"] for one in result.attackers["D"][0].by] == [2]


def test_hierarchy(audited: Made) -> None:
    """Within the city all is well; the group to which both rows belong gives the third row away."""
    recipe = (
        RECIPE.replace('["row", "column"]', '["row"]')
        + '[hierarchy.row]\na = "G"\nb = "G"\nc = "H"\nd = "H"\nG = "_T"\nH = "_T"\n'
    )
    table = "row,value,confidentiality\na,,C\nb,30,F\nc,,C\nd,25,F\nG,32,F\nH,33,F\n_T,65,F\n"
    assert cells(audited(table, recipe), "A") == {"a", "c"}
    assert audited(table.replace("G,32,F", "G,,C").replace("H,33,F", "H,,C"), recipe).safe


def test_several_hierarchies_that_do_not_nest(audited: Made) -> None:
    """Two ways to add up the same rows: together they are solved, each alone is not."""
    short = '[hierarchy.row]\na = "N"\nb = "N"\nc = "S"\nd = "S"\nN = "_T"\nS = "_T"\n'
    long = '[[hierarchies]]\nvariable = "row"\nname = "police"\nfile = "police.csv"\n'
    recipe = RECIPE.replace('["row", "column"]', '["row"]') + short
    table = "row,value,confidentiality\na,,C\nb,,C\nc,,C\nd,40,F\nN,10,F\nS,47,F\n_T,57,F\n"
    assert cells(audited(table, recipe), "A") == {"c"}
    hidden = table.replace("S,47,F", "S,,C").replace("N,10,F", "N,,C")
    assert audited(hidden, recipe).safe
    police = {"police.csv": "child,parent\na,P1\nc,P1\nb,P2\nd,P2\nP1,_T\nP2,_T\n"}
    both = hidden.replace("_T,57,F", "P1,12,F\nP2,45,F\n_T,57,F")
    assert cells(audited(both, recipe + long, police), "A") == {"b"}


def test_margins_that_are_not_published(audited: Made) -> None:
    """Without margins there is nothing to subtract from."""
    table = "row,column,value,confidentiality\na,x,,C\na,y,17,F\nb,x,5,F\nb,y,6,F\n"
    recipe = RECIPE + '[publish]\nmargins = "none"\n'
    assert audited(table, recipe).safe
    rows = table + "a,_T,19,F\nb,_T,11,F\n"
    assert cells(audited(rows, RECIPE + '[publish]\nmargins = [["row"]]\n'), "A") == {"a/x"}


def test_the_result_is_the_contract(audited: Made) -> None:
    found: Result = audited(SAFE)
    assert {"cells", "hidden", "attackers", "narrow", "safe"} <= found.as_dict().keys()
    assert found.as_dict()["narrow"] == 0
    assert found.as_dict()["safe"] is True


def test_groups_that_overlap_and_leave_nothing_open(audited: Made) -> None:
    """Three pairs of three hidden counts: the equations alone settle them."""
    recipe = RECIPE.replace('["row", "column"]', '["row"]')
    files = {}
    for name, one, other, alone in (("x", "a", "b", "c"), ("y", "b", "c", "a"), ("z", "a", "c", "b")):
        group = one + other
        files[f"{name}.csv"] = f"child,parent\n{one},{group}\n{other},{group}\n{group},_T\n{alone},_T\n"
        recipe += f'[[hierarchies]]\nvariable = "row"\nname = "{name}"\nfile = "{name}.csv"\n'
    table = "row,value,confidentiality\na,,C\nb,,C\nc,,C\nab,10,F\nbc,10,F\nac,10,F\n_T,15,F\n"
    result = audited(table, recipe, files)
    assert not result.safe
    assert {leak.codes["row"] for leak in result.attackers["B"]} == {"a", "b", "c"}
