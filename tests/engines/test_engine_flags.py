"""Flags: what each source writes, read into one set; one order; one precedence."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kontor.engines import flags

LISTED = tomllib.loads(
    (Path(__file__).resolve().parents[2] / "definitions" / "flags.toml").read_text("utf-8")
)
SETS = st.frozensets(st.sampled_from(flags.PRECEDENCE))

READ = [
    # kontor: as releases store them
    ("kontor", "", "", ""),
    ("kontor", "be", "be", ""),
    ("kontor", "bb", "b", ""),
    ("kontor", "b e", "be", " "),
    ("kontor", "E", "", "E"),
    ("kontor", ":", "", ":"),
    # Eurostat, before and after January 2025
    ("eurostat", "bep", "bep", ""),
    ("eurostat", "b, e", "be", ""),
    ("eurostat", "m", "m", ""),
    ("eurostat", ":", "o", ""),
    ("eurostat", "c", "q", ""),
    ("eurostat", "z", "m", ""),
    ("eurostat", "s", "i", ""),
    ("eurostat", "r", "", ""),
    ("eurostat", "ex", "e", "x"),
    ("eurostat", "E", "", "E"),
    # SDMX
    ("sdmx", "A", "", ""),
    ("sdmx", "B", "b", ""),
    ("sdmx", "E;P", "ep", ""),
    ("sdmx", "e", "", "e"),
    ("sdmx", "_U", "", ""),
    ("sdmx", "R", "", "R"),
    # German statistical offices
    ("regionalstatistik", ".", "o", ""),
    ("regionalstatistik", "...", "o", ""),
    ("regionalstatistik", "…", "o", ""),
    ("regionalstatistik", "/", "ou", ""),
    ("regionalstatistik", "x", "m", ""),
    ("regionalstatistik", "()", "u", ""),
    ("regionalstatistik", "p", "p", ""),
    ("regionalstatistik", "r", "", ""),
    ("regionalstatistik", "s", "e", ""),
    ("regionalstatistik", "-", "", ""),
    ("regionalstatistik", "k. A.", "o", "kA"),
    # United Kingdom
    ("uk", "NA", "o", ""),
    ("uk", "[x]", "o", ""),
    ("uk", "[c]", "q", ""),
    ("uk", "[z]", "m", ""),
    ("uk", "[low]", "n", ""),
    ("uk", "[r][e]", "e", ""),
    ("uk", "[b] [p]", "bp", ""),
    ("uk", "[u]", "u", ""),
    ("uk", "e", "", "e"),
    ("uk", "[ns]", "", "[ns]"),
]


@pytest.mark.parametrize(("dialect", "text", "letters", "unknown"), READ)
def test_what_a_source_writes(dialect: str, text: str, letters: str, unknown: str) -> None:
    assert flags.read(text, dialect) == (frozenset(letters), unknown)


CELLS = [
    ("eurostat", "123 e", "123", "e", ""),
    ("eurostat", "123e", "123", "e", ""),
    ("eurostat", "5.30 bep", "5.30", "bep", ""),
    ("eurostat", "-3.5 ", "-3.5", "", ""),
    ("eurostat", "1e5", "1e5", "", ""),
    ("eurostat", "1,048,491", "1,048,491", "", ""),
    ("eurostat", "0 n", "0", "n", ""),
    ("eurostat", ":", "", "o", ""),
    ("eurostat", ": c", "", "q", ""),
    ("eurostat", ": z", "", "m", ""),
    ("eurostat", ": u", "", "ou", ""),
    ("eurostat", "", "", "", ""),
    ("eurostat", "12 t", "12", "", "t"),
    ("regionalstatistik", "-", "0", "", ""),
    ("regionalstatistik", "-5", "-5", "", ""),
    ("regionalstatistik", ".", "", "o", ""),
    ("regionalstatistik", "/", "", "ou", ""),
    ("regionalstatistik", "(12,5)", "12,5", "u", ""),
    ("regionalstatistik", "1 234 p", "1 234", "p", ""),
    ("regionalstatistik", "1\u202f234 s", "1\u202f234", "e", ""),
    ("regionalstatistik", "12r", "12", "", ""),
    ("uk", "12 [p][e]", "12", "ep", ""),
    ("uk", "[c]", "", "q", ""),
    ("uk", "[low]", "", "n", ""),
    ("uk", "NaN", "", "", "NaN"),
    ("kontor", "12", "12", "", ""),
]


@pytest.mark.parametrize(("dialect", "cell", "number", "letters", "unknown"), CELLS)
def test_a_cell_with_number_and_flags(
    dialect: str, cell: str, number: str, letters: str, unknown: str
) -> None:
    assert flags.split(cell, dialect) == (number, frozenset(letters), unknown)


def test_an_unknown_dialect_is_not_guessed() -> None:
    with pytest.raises(KeyError):
        flags.read("e", "klingon")


def test_every_letter_is_listed_with_its_texts_and_every_dialect_keeps_to_them() -> None:
    assert sorted(flags.PRECEDENCE) == sorted(LISTED)
    assert len(set(flags.PRECEDENCE)) == len(flags.PRECEDENCE)
    written = {letter for marks in flags.DIALECTS.values() for mark in marks.values() for letter in mark}
    assert written <= set(flags.PRECEDENCE)
    assert flags.NIL.keys() <= flags.DIALECTS.keys()


# The pairs of the guideline's own examples and of the flags that Eurostat's city tables put together.
PRIMARY = [
    ("", ""),
    ("e", "e"),
    ("bq", "b"),
    ("be", "b"),
    ("bep", "b"),
    ("bu", "b"),
    ("ep", "e"),
    ("pu", "p"),
    ("de", "d"),
    ("mo", "o"),
    ("lq", "l"),
    ("js", "j"),
    ("kw", "k"),
    ("fi", "i"),
    ("nu", "n"),
    ("gv", "v"),
    ("abcdefghijklmnopqrstuvwxyz", "b"),
]


@pytest.mark.parametrize(("letters", "first"), PRIMARY)
def test_one_flag_where_a_format_holds_only_one(letters: str, first: str) -> None:
    assert flags.primary(frozenset(letters) & frozenset(flags.PRECEDENCE)) == first


def test_a_letter_that_is_no_flag_has_no_rank() -> None:
    with pytest.raises(ValueError, match="substring"):
        flags.primary({"e", "x"})


@given(SETS)
def test_written_and_read_is_the_same_set(found: frozenset[str]) -> None:
    assert flags.read(flags.write(found), "kontor") == (found, "")
    assert flags.read(flags.write(found).upper(), "sdmx") == (found, "")


@given(SETS, st.randoms())
def test_the_order_of_the_letters_says_nothing(found: frozenset[str], chance: object) -> None:
    shuffled = sorted(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert flags.write(shuffled + shuffled) == flags.write(found) == "".join(sorted(found))
    assert flags.primary(shuffled) == flags.primary(found)


@given(st.lists(SETS, max_size=5))
def test_merging_loses_nothing_and_adds_nothing(sets: list[frozenset[str]]) -> None:
    merged = flags.merge(sets)
    assert all(found <= merged for found in sets)
    assert all(any(letter in found for found in sets) for letter in merged)
    # The weightiest of all is the weightiest of the weightiest.
    assert flags.primary(merged) == flags.primary([flags.primary(found) for found in sets if found])


TEXTS = st.text(alphabet=":beps()[]./-xNAclow 0123,.\u2026\u202f", max_size=14)


@given(TEXTS, st.sampled_from(sorted(flags.DIALECTS)))
@settings(max_examples=300, deadline=None)
def test_no_text_is_lost_and_none_brings_a_foreign_letter(text: str, dialect: str) -> None:
    found, unknown = flags.read(text, dialect)
    assert found <= set(flags.PRECEDENCE)
    marks = flags.DIALECTS[dialect]
    assert unknown or not text.strip() or any(mark in text for mark in marks)
    assert len(unknown) <= len(text) and set(unknown) <= set(text)
    number, _, _ = flags.split(text, dialect)
    assert number in text or text.strip() == flags.NIL[dialect]


@given(st.decimals(0, 10**9, places=2), SETS)
def test_a_number_with_flags_behind_it_is_taken_apart(value: object, found: frozenset[str]) -> None:
    letters = flags.write(found - flags.ABSENT - {"s"})  # s is another flag at Eurostat
    assert flags.split(f"{value} {letters}", "eurostat") == (str(value), frozenset(letters), "")
