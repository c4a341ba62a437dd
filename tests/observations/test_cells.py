"""What a broken cell was perhaps meant to be, and that nothing of it is ever taken by itself."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontor.errors import BadRow
from kontor.observations.importers import eurostat, starter
from kontor.observations.importers.cells import (
    Values,
    in_points,
    nearest_flags,
    nearest_period,
    nearest_value,
    nearest_whole,
)
from kontor.observations.importers.layouts import Dialect
from kontor.sentences import explain, sentence
from tests.observations.layouts import CONTEXT

POINT = Dialect(missing=frozenset({":"}))
GROUPED = Dialect(thousands=",")
GERMAN = Dialect(decimal=",", thousands=".")


@pytest.mark.parametrize(
    ("text", "repair"),
    [
        ("12 ", "12"),
        (" 12.50", "12.50"),
        ("\u00a012", "12"),
        ("１２．５", "12.5"),
        ("12,5", "12.5"),
        ("1,234", ""),  # 1.234 or 1234: nobody knows
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("1,234,567", "1234567"),
        ("1 234", "1234"),
        ("1\u202f234\u202f567", "1234567"),
        ("1'234", "1234"),
        ("1e5", "100000"),
        ("1.5E-3", "0.0015"),
        ("2,5e2", "250"),
        ("+7", "7"),
        ("\u22127", "-7"),
        ("40 b", ""),
        ("40bx", ""),
        ("40%", "40"),
        ("NaN", ":"),
        ("inf", ":"),
        ("n/a", ":"),
        ("-", ":"),
        ("", ""),
        ("five", ""),
        ("1..2", ""),
        ("12 34", ""),
        ("1e999", ""),
        ("1" * 30, ""),
    ],
)
def test_the_nearest_value(text: str, repair: str) -> None:
    assert nearest_value(text, POINT) == repair
    assert Values(POINT)[text] is None


def test_where_a_layout_has_no_mark_for_missing_none_is_proposed() -> None:
    assert nearest_value("NaN", Dialect()) == ""


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,048,491", "1048491"),
        ("1,048,491.50", "1048491.50"),
        ("-1,048", "-1048"),
        ("48", "48"),
        ("1048491", "1048491"),
        ("1.5", "1.5"),
        ("1,23", None),
        ("1234,567", None),
        ("1,2345", None),
        (",123", None),
        ("1,,123", None),
        ("1.5,000", None),
        ("1,048,49", None),
    ],
)
def test_thousands_separators_count_only_where_they_are_well_formed(text: str, number: str | None) -> None:
    value = Values(GROUPED)[text]
    assert (None if value is None else str(value)) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("12,5", "12.5"), ("1.234,50", "1234.50"), ("12.5", None), ("12", "12"), ("1.234", "1234")],
)
def test_a_decimal_comma_where_the_layout_has_one(text: str, number: str | None) -> None:
    value = Values(GERMAN)[text]
    assert (None if value is None else str(value)) == number


def test_a_repair_is_written_as_the_layout_writes() -> None:
    assert nearest_value("12.5", GERMAN) == "12,5"
    assert nearest_value("1,23", GROUPED) == "1.23"


@given(st.text(max_size=12) | st.from_regex(r"[0-9.,:e -]{1,10}", fullmatch=True))
def test_a_repair_is_always_right_itself(text: str) -> None:
    """Whoever follows the proposal is not told the same again."""
    for dialect in (POINT, GROUPED, GERMAN):
        if repair := nearest_value(text, dialect):
            assert repair == ":" or isinstance(Values(dialect)[repair], Decimal)
            assert repair != text


@given(st.decimals(-(10**9), 10**9, places=3, allow_nan=False))
def test_every_dialect_keeps_the_digits(value: Decimal) -> None:
    for dialect in (POINT, GROUPED, GERMAN):
        text = str(value).replace(".", dialect.decimal)
        assert in_points(text, dialect) == str(value)
        assert str(Values(dialect)[text]) == str(value)


@pytest.mark.parametrize(
    ("text", "repair"), [("1.234", "1234"), ("12.345.678", "12345678"), ("5.5", ""), ("1234.5", "")]
)
def test_a_fraction_of_a_count_that_is_none(text: str, repair: str) -> None:
    assert nearest_whole(text) == repair


@pytest.mark.parametrize(
    ("text", "repair"),
    [
        ("2019-01-01", "2019"),
        ("2019-12-31T00:00:00", "2019"),
        ("31.12.2019", "2019"),
        ("1/1/2019", "2019"),
        ("2019.0", "2019"),
        ("Dec 19", "2019"),
        ("Dez 2019", "2019"),
        ("März-98", "1998"),
        ("2o19", "2019"),
        ("２０１９", "2019"),
        (" 2019", "2019"),
        ("43466", "2019"),
        ("2019Q1", ""),
        ("2019-01", ""),
        ("19", ""),
        ("2031-01-01", ""),
        ("20190", ""),
        ("2019", ""),
        ("", ""),
    ],
)
def test_the_nearest_year(text: str, repair: str) -> None:
    assert nearest_period(text, latest=2026) == repair


@pytest.mark.parametrize(
    ("text", "repair"), [("B", "b"), ("b, e", "be"), ("E;B", "be"), ("x", ""), ("be", "")]
)
def test_the_nearest_flags(text: str, repair: str) -> None:
    assert nearest_flags(text, "bdepu") == repair


# ---- the way of a repair to a person


def test_a_sentence_ends_with_the_repair_in_three_languages() -> None:
    facts = {"value": "12,5", "repair": "12.5"}
    assert sentence("value_malformed", facts, "en").endswith(" Perhaps meant: “12.5”.")
    assert sentence("value_malformed", facts, "de").endswith(" Vielleicht gemeint: „12.5“.")
    assert sentence("value_malformed", facts, "zh-hans").endswith("。可能应为“12.5”。")
    assert "12.5" not in sentence("value_malformed", {"value": "x"}, "en")
    (row,) = explain(_invalid(BadRow("value_malformed", 3, "value", facts)), "de")["rows"]
    assert row["message"].endswith("gemeint: „12.5“.")


def _invalid(*rows: BadRow) -> Exception:
    from kontor.errors import Invalid

    return Invalid(list(rows))


@pytest.mark.parametrize(
    ("row", "column", "repair"),
    [
        ("ber,EN4008V,2019,5,", "city_code", "BER"),
        ("BER ,EN4008V,2019,5,", "city_code", "BER"),
        ("BER,EN4008,2019,5,", "variable", "EN4008V"),
        ("BER,en4008v,2019,5,", "variable", "EN4008V"),
        ("BER,EN4008V,31.12.2019,5,", "period", "2019"),
        ('BER,EN4008V,2019,"5,5",', "value", "5.5"),
        ("BER,TT1060V,2019,1.234,", "value", "1234"),
        ("BER,EN4008V,2019,5,B", "flag", "b"),
    ],
)
def test_every_kind_of_cell_proposes_its_repair(row: str, column: str, repair: str, tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    path.write_text(f"city_code,variable,period,value,flag\n{row}\n")
    (fault,) = starter.read(path, CONTEXT).faults
    assert (fault.column, fault.facts["repair"]) == (column, repair)


def test_flags_of_older_eurostat_files_are_read_as_they_were_meant(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    rows = "".join(
        f"EN4008V;DE001C;{2000 + number};5;{flag}\n" for number, flag in enumerate(("eb", "s", "r"))
    )
    path.write_text("indic_ur;cities;TIME_PERIOD;OBS_VALUE;OBS_FLAG\n" + rows)
    assert [figure.flags for figure in eurostat.read(path, CONTEXT).figures] == ["be", "i", ""]
