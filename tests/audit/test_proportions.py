"""No part is larger than the whole, and everybody knows: also where the whole, or both of them, are hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from tests.audit.conftest import Made, cells, narrow

RECIPE = """
[table]
kind = "frequency"
variables = ["row", "column"]
count = "dead"
[primary]
threshold = 3
"""
LETHALITY = """[[rate]]
numerator = "dead"
denominator = "ill"
name = "lethality"
per = 100
decimals = 0
"""
INCIDENCE = """[[rate]]
numerator = "ill"
denominator = "people"
name = "incidence"
per = 1000
decimals = 0
"""
RATES = {"lethality": ("dead", "ill", 100), "incidence": ("ill", "people", 1000)}
PROTECTED = LETHALITY + "protect_denominator = true\n"
RATIO = "proportion = false\n"


def _safe(counts: Mapping[str, str], rows: Sequence[str], columns: Sequence[str] = ("x", "y", "_T")) -> str:
    """Cells row by row, `.` for hidden; rates of what is published."""
    places = list(product(rows, columns))
    shown = {name: dict(zip(places, text.split(), strict=True)) for name, text in counts.items()}
    lines = ["row,column,response,value,confidentiality"]
    for name, (part, whole, per) in RATES.items():
        if part in shown and whole in shown:
            pairs = {place: (shown[part][place], shown[whole][place]) for place in places}
            shown[name] = {
                place: "." if "." in pair else f"{int(pair[0]) / int(pair[1]) * per:.0f}"
                for place, pair in pairs.items()
            }
    for name, values in shown.items():
        for (row, column), value in values.items():
            lines.append(f"{row},{column},{name},,C" if value == "." else f"{row},{column},{name},{value},F")
    return "\n".join(lines) + "\n"


BOTH = {
    "dead": ". . 13  0 0 0    . . 7    50 50 100    61 59 120",
    "ill": " . . 14  . . 10   5 20 25  100 100 200  112 137 249",
}
PEOPLE = {"people": "7000 7000 14000 " * 2 + "9000 9000 18000 " * 2 + "32000 32000 64000"}
ROWS = ("a", "b", "d", "g", "_T")


def test_both_hidden(audited: Made) -> None:
    """Two squares that share a row: of 14 ill 13 died, and as many as can of those whom the other rows leave."""
    table = _safe(BOTH, ROWS)
    found = cells(audited(table, RECIPE + PROTECTED), "B")
    assert found == {"a/x", "a/y", "b/x", "b/y", "d/x", "d/y"}
    assert audited(table, RECIPE + PROTECTED + RATIO).safe


def test_a_chain_of_rates(audited: Made) -> None:
    """Who is part of the people may have a part himself."""
    table = _safe({**BOTH, **PEOPLE}, ROWS)
    result = audited(table, RECIPE + LETHALITY + INCIDENCE)
    assert {leak.response for leak in result.attackers["B"]} == {"dead", "ill"}
    assert audited(table, RECIPE + LETHALITY + RATIO + INCIDENCE).safe


def test_what_a_public_denominator_says_of_the_end_of_a_chain(audited: Made) -> None:
    """Two people, so at most two ill, so at most two dead."""
    one = {
        "dead": ". . 20   . . 30   10 40 50",
        "ill": " . . 60   . . 90   70 80 150",
        "people": "2 5000 5002  4000 5000 9000  4002 10000 14002",
    }
    table = _safe(one, ("a", "b", "_T"))
    seen = {
        (leak.codes["column"], leak.response)
        for leak in audited(table, RECIPE + LETHALITY + INCIDENCE).narrow
        if leak.codes["row"] == "a"
    }
    assert {("x", "ill"), ("x", "dead")} <= seen
    other = audited(table, RECIPE + LETHALITY + RATIO + INCIDENCE).narrow
    assert {leak.response for leak in other} == {"ill"}


def test_a_published_numerator_of_a_hidden_denominator(audited: Made) -> None:
    """Eight of nine died in a/x; whoever is ill in a/y is the ninth."""
    table = {
        "dead": "8 0 8   5 0 5    13 0 13",
        "ill": " . . 9   . . 30   18 21 39",
    }
    result = audited(_safe(table, ("a", "b", "_T")), RECIPE + PROTECTED)
    assert cells(result, "B") == {"a/x", "a/y", "b/x", "b/y"}
    assert not cells(result, "A")  # who does not know that zeros are published: eight or nine
    assert audited(_safe(table, ("a", "b", "_T")), RECIPE + PROTECTED + RATIO).safe


def test_an_earlier_table_with_hidden_denominators(audited: Made) -> None:
    """Its own inequalities hold as they did, whatever today's table publishes."""
    files = {
        "before.csv": _safe(BOTH, ROWS),
        "before.toml": RECIPE + PROTECTED,
    }
    today = RECIPE.replace('"row", "column"', '"row"').replace('count = "dead"\n', "")
    today += '[[known]]\nfile = "before.csv"\nrecipe = "before.toml"\n'
    table = "row,value,confidentiality\nu,40,F\nv,50,F\n_T,90,F\n"
    result = audited(table, today, files)
    assert {(leak.known, leak.response) for leak in result.attackers["B"]} == {(1, "dead"), (1, "ill")}
    files["before.toml"] += RATIO
    assert audited(table, today, files).safe


def test_the_only_ill_person_knows_whether_he_died(audited: Made) -> None:
    """Were a/x one ill person, he would be the dead one, too: he knows that from himself, and sees nobody else."""
    table = {
        "dead": ". . 40   . . 60   45 55 100",
        "ill": " . . 70   . . 90   75 85 160",
    }
    result = audited(_safe(table, ("a", "b", "_T")), RECIPE + PROTECTED + "[secondary]\nsuspected = true\n")
    assert not narrow(result)
    assert not {leak.by[0]["codes"]["row"] + leak.codes["row"] for leak in result.attackers["C"]} & {"aa"}
    assert result.safe


def test_a_denominator_of_which_there_is_a_rate_is_a_count_as_well(audited: Made) -> None:
    """How many are ill is no public population because a rate is of them: three of them in a/x are a small count."""
    table = {
        "dead": "0 0 0   20 30 50   20 30 50",
        "ill": " 3 57 60   67 23 90   70 80 150",
        "people": "5000 5000 10000 " * 2 + "10000 10000 20000",
    }
    result = audited(_safe(table, ("a", "b", "_T")), RECIPE + LETHALITY + INCIDENCE)
    assert [(leak.response, leak.low) for leak in result.open] == [("ill", 3)]
