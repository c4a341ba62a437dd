"""Every layout with every quirk, made from observations and read back: the same figures, and exactly the planted faults."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kontor.observations.importers import Importer, eurostat, sdmx_csv, starter
from kontor.observations.rules import Reading
from tests.observations import layouts
from tests.observations.layouts import CONTEXT, FORMS, LONG, TOWNS, VARIABLES, Form, Line, Observation

READERS: dict[str, Importer] = dict.fromkeys(FORMS, eurostat.read) | {"starter": starter.read}
SDMX = [name for name in FORMS if name.startswith("sdmx")]


def reading_of(content: bytes, reader: Importer) -> Reading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figures.dat"
        path.write_bytes(content)
        return reader(path, CONTEXT, name="cited as.csv")


# ---- what a file may be made of


@st.composite
def observations(draw: st.DrawFn, form: Form) -> list[Observation]:
    """At least one; of one variable in the wide layouts. Whole numbers where the variable counts."""
    variables = [draw(st.sampled_from(sorted(VARIABLES)))] if form.wide else sorted(VARIABLES)
    keys = draw(
        st.lists(
            st.tuples(
                st.sampled_from(TOWNS),
                st.sampled_from(variables),
                st.integers(1989, 2026).map(str),
            ),
            min_size=1,
            max_size=25,
            unique=True,
        )
    )
    return [Observation(*key, draw(values(*VARIABLES[key[1]][1:])), draw(FLAGS)) for key in keys]


FLAGS = st.sampled_from(["", "", "", "b", "e", "be", "bep", "d", "u"])


def values(whole: bool, signed: bool) -> st.SearchStrategy[str]:
    sign = st.sampled_from(["", "-"]) if signed else st.just("")
    digits = st.integers(0, 99_999_999).map(str)
    rest = st.sampled_from(["", ".00"] if whole else ["", ".0", ".50", ".6125", ".10"])
    return st.tuples(sign, digits, rest).map("".join)


Damage = Callable[[Form, dict[str, str]], dict[str, str] | list[str] | str]


def cell(role: str, text: str) -> Damage:
    return lambda form, roles: {**roles, role: text}


def other_area(code: str, label: str) -> Damage:
    def damage(form: Form, roles: dict[str, str]) -> dict[str, str]:
        return {**roles, "area": f"{code}: {label}" if form.both else label if form.labels else code}

    return damage


def lower_case(form: Form, roles: dict[str, str]) -> dict[str, str]:
    return {**roles, "area": f" {roles['area'].lower()}"}


def shifted(form: Form, roles: dict[str, str]) -> list[str]:
    cells, place = form.cells(roles), list(form.columns.values()).index("area")
    return [*cells[:place], "", *cells[place:-1]]


def too_long(form: Form, roles: dict[str, str]) -> list[str]:
    return [*form.cells(roles), "and more"]


def too_short(form: Form, roles: dict[str, str]) -> list[str]:
    return form.cells(roles)[:-2]


def open_quote(form: Form, roles: dict[str, str]) -> str:
    text = layouts.to_text([Line(form.cells(roles))], form.delimiter, ends=lambda _: "")
    return '"' + text.replace('"', "")


Said = tuple[str, str]
UNKNOWN_CITY = {"starter": ("fault", "city_unknown")}
# Name -> what is done to a row, and what the reader must say; another answer in some layouts.
PLANTED: dict[str, tuple[Damage, Said, dict[str, Said]]] = {
    "nan": (
        cell("value", "NaN"),
        ("fault", "value_malformed"),
        dict.fromkeys(SDMX, ("skipped", "value_missing")),
    ),
    "infinity": (cell("value", "inf"), ("fault", "value_malformed"), {}),
    "exponent": (cell("value", "1e5"), ("fault", "value_malformed"), {}),
    "blank behind": (cell("value", "12 "), ("fault", "value_malformed"), {}),
    "blank inside": (cell("value", "1 234"), ("fault", "value_malformed"), {}),
    "wide digits": (cell("value", "１２"), ("fault", "value_malformed"), {}),
    "decimal comma": (cell("value", "12,5"), ("fault", "value_malformed"), {}),
    "words": (cell("value", "twelve"), ("fault", "value_malformed"), {}),
    "negative": (cell("value", "-5"), ("fault", "value_negative"), {}),
    "fraction": (cell("value", "5.5"), ("fault", "value_not_whole"), {}),
    "date": (cell("period", "2019-01-01"), ("fault", "period_malformed"), {}),
    "quarter": (cell("period", "2019Q1"), ("fault", "period_malformed"), {}),
    "future": (cell("period", "2031"), ("fault", "period_in_future"), {}),
    "unknown flag": (cell("flag", "B"), ("fault", "flag_unknown"), {}),
    "lower case": (lower_case, ("fault", "area_malformed"), UNKNOWN_CITY),
    "no area": (cell("area", ""), ("fault", "area_malformed"), UNKNOWN_CITY),
    "shifted": (shifted, ("fault", "row_shifted"), {}),
    "too long": (too_long, ("fault", "row_length"), {}),
    "too short": (too_short, ("fault", "row_length"), {}),
    "open quote": (open_quote, ("fault", "cells_unreadable"), {}),
    "country": (other_area("DE", "Germany"), ("skipped", "country_row"), UNKNOWN_CITY),
    "other city": (other_area("FR001C", "Paris"), ("skipped", "city_not_in_league"), UNKNOWN_CITY),
    "other variable": (
        cell("variable", "ZZ1"),
        ("skipped", "variable_not_used"),
        {"starter": ("fault", "variable_unknown")},
    ),
    "missing": (
        cell("value", ""),
        ("skipped", "value_missing"),
        {"starter": ("fault", "value_malformed")},
    ),
}


def planted(form: Form, name: str) -> Line:
    """A row of a variable that counts, damaged."""
    damage, usual, special = PLANTED[name]
    roles = form.roles(Observation(TOWNS[0], "TT1060V", "1985", "40"))
    made = damage(form, roles)
    expected = [special.get(form.name, usual)]
    if isinstance(made, str):
        return Line([], expected, raw=made)
    return Line(form.cells(made) if isinstance(made, dict) else made, expected)


# ---- what the reader must make of it


def check(lines: Sequence[Line], reading: Reading) -> None:
    expected = [(row, said) for row, line in enumerate(lines, start=1) for said in line.expected]
    figures = [(row, *said[1:]) for row, said in expected if said[0] == "figure"]
    assert [(f.row, f.area, f.variable, f.period, str(f.value), f.flags) for f in reading.figures] == figures
    for figure in reading.figures:
        assert (figure.file, figure.source) == ("cited as.csv", f"{figure.variable} {figure.area}")
    assert [(fault.row, fault.code) for fault in reading.faults] == [
        (row, said[1]) for row, said in expected if said[0] == "fault"
    ]
    assert Counter((bad.row, bad.code) for bad in reading.skipped) == Counter(
        (row, said[1]) for row, said in expected if said[0] == "skipped"
    )
    assert reading.wrong == sum(said[0] == "fault" for _, said in expected)
    assert reading.read == len(expected) == len(reading.figures) + len(reading.skipped) + reading.wrong


@pytest.mark.parametrize("name", LONG)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_long_layouts(name: str, data: st.DataObject) -> None:
    form = FORMS[name]
    lines = layouts.long_lines(form, data.draw(observations(form)))
    for damage in data.draw(st.lists(st.sampled_from(sorted(PLANTED)), max_size=4, unique=True)):
        lines.insert(data.draw(st.integers(0, len(lines))), planted(form, damage))
    for _ in range(data.draw(st.integers(0, 2))):
        lines.insert(data.draw(st.integers(0, len(lines))), Line([""] * len(form.columns)))
    lines.insert(0, layouts.header(form))
    content = layouts.to_bytes(
        form,
        lines,
        ends=data.draw(st.sampled_from(sorted(layouts.ENDS))),
        encoding=data.draw(st.sampled_from(sorted(layouts.ENCODINGS))),
        packed=data.draw(st.booleans()),
        quote_all=data.draw(st.booleans()) and not form.both,
        last_end=data.draw(st.booleans()),
    )
    check(lines, reading_of(content, READERS[name]))
    if name in SDMX:
        check(lines, reading_of(content, sdmx_csv.read))


@pytest.mark.parametrize("name", sorted(set(FORMS) - set(LONG)))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_wide_layouts(name: str, data: st.DataObject) -> None:
    form = FORMS[name]
    lines = layouts.wide_lines(form, data.draw(observations(form)), gap=data.draw(st.sampled_from([":", ""])))
    content = layouts.to_bytes(
        form,
        lines,
        ends=data.draw(st.sampled_from(sorted(layouts.ENDS))),
        packed=data.draw(st.booleans()),
        last_end=data.draw(st.booleans()),
    )
    reading = reading_of(content, READERS[name])
    check(lines, reading)
    assert {(f.column, f.period) for f in reading.figures} == {(f.period, f.period) for f in reading.figures}
    assert {bad.column for bad in reading.skipped} <= set(lines[5].cells[1:])


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("damage", sorted(PLANTED))
def test_each_quirk_in_each_layout(name: str, damage: str) -> None:
    form = FORMS[name]
    good = [Observation(town, "EN4008V", "2019", "12.50") for town in TOWNS]
    lines = [layouts.header(form), *layouts.long_lines(form, good)]
    lines.insert(3, planted(form, damage))
    check(lines, reading_of(layouts.to_bytes(form, lines), READERS[name]))
