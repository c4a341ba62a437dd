"""Rows that are not for us: what is wrong with their other cells is noted; and zeros that stand before a number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kontor.observations.importers import eurostat, judging
from tests.observations.layouts import CONTEXT

HEADER = "indic_ur;cities;TIME_PERIOD;OBS_VALUE;OBS_FLAG\n"
Write = Callable[[str], Path]


@pytest.fixture
def file(tmp_path: Path) -> Write:
    def write(content: str) -> Path:
        path = tmp_path / "figures.csv"
        path.write_text(content)
        return path

    return write


def test_faults_of_rows_that_are_passed_over_are_noted_with_their_rows(file: Write) -> None:
    rows = [
        "TT1060V;XX001C;2018;4,5;",  # 2: a city of nobody
        "TT1060V;XX001C;18;45;",
        "TT1060V;XX001C;2018;45;?",
        "TT1060V;XX001C;2018;-45;",
        "TT1060V;XX001C;2018;4.5;",
        "TT1060V;DE;2018;4,5;",  # 7: a country
        "ZZ0000V;DE001C;2018;x;",  # 8: a variable of nobody
        "ZZ0000V;DE001C;2018;-4.5;",  # may be below zero, or a share
        "TT1060V;XX001C;2018;:;",  # 10: empty cells are no faults
        "TT1060V;XX001C;2018;;q",
        "TT1060V;XX001C;2018;45;b",
    ]
    found = eurostat.read(file(HEADER + "\n".join(rows) + "\n"), CONTEXT)
    assert found.figures == [] == found.faults and found.wrong == 0
    assert len(found.skipped) == found.read == len(rows)
    assert [(note.row, note.column, note.code) for note in found.notes] == [
        (2, "OBS_VALUE", "value_malformed"),
        (3, "TIME_PERIOD", "period_malformed"),
        (4, "OBS_FLAG", "flag_unknown"),
        (5, "OBS_VALUE", "value_negative"),
        (6, "OBS_VALUE", "value_not_whole"),
        (7, "OBS_VALUE", "value_malformed"),
        (8, "OBS_VALUE", "value_malformed"),
    ]
    malformed = next(reason for reason in found.notes.reasons() if reason.code == "value_malformed")
    assert malformed.facts() == {"value": "4,5, x", "repair": "4.5"}


def test_noted_faults_are_all_counted_and_not_all_kept(file: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "MOST_NOTED", 2)
    rows = "".join(f"TT1060V;XX001C;2018;x{number};\n" for number in range(9))
    (reason,) = eurostat.read(file(HEADER + rows), CONTEXT).notes.reasons()
    assert list(reason.rows) == list(range(2, 11)) and dict(reason.values) == {"x0": 1, "x1": 1, "…": 7}


@pytest.mark.parametrize(
    ("text", "repair"),
    [("007", "7"), ("-01", "-1"), ("00", "0"), ("007.50", "7.50"), ("0", None), ("-0.5", None)],
)
def test_leading_zeros_are_no_number(file: Write, text: str, repair: str | None) -> None:
    """They belong to a code, or are what a shifted or cut cell has left."""
    found = eurostat.read(file(HEADER + f"EN1003V;DE001C;2018;{text};\n"), CONTEXT)
    assert [fault.facts.get("repair") for fault in found.faults] == ([repair] if repair else [])
    assert [str(figure.value) for figure in found.figures] == ([] if repair else [text])
