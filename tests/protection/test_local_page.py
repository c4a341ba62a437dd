"""LOCAL.html: what it says beside LOCAL.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kontor.engines.disclosure.suppress import suppress
from kontor.protection.comparing import compared
from kontor.protection.local import WARNING
from kontor.protection.local_page import local_page
from tests.protection.inputs import SIMPLE, prepared, recipe, rows
from tests.protection.test_earlier import BEFORE, KNOWN

PATTERN = {
    "primaries": {"threshold": 2},
    "secondaries": 3,
    "lower_bound": 3.0,
    "ratio": 1.0,
    "cost": 3.0,
    "cost_bound": 3.0,
    "optimal": True,
    "hidden_value": {"primary": 4, "secondary": 30},
}
CONTENT = {
    "warning": WARNING,
    "input": {"name": "a.csv", "sha256": "0" * 64, "rows": 240, "dropped": []},
    "notes": [],
    "cells": [],
    "change": None,
    "advice": None,
}


def test_a_step_that_changes_nothing_shown_stands_there_once() -> None:
    again = {"stage": "round", "done": 1, "of": 0, "best": 7.0, "bound": 2.5}
    steps = [
        again,
        {**again, "done": 2},
        {**again, "best": 6.0, "done": 3},
        {**again, "best": 6.0, "done": 4},
    ]
    page = local_page({**CONTENT, "pattern": {**PATTERN, "steps": steps}}, "en").decode()
    folded = page[page.index("<details>") :].partition("</details>")[0]
    assert folded.count("<tr>") == 1 + 2


COUNTS = {("d1", "a"): 2, ("d1", "b"): 10, ("d2", "a"): 13, ("d2", "b"): 6}


@pytest.fixture
def beside(tmp_path: Path) -> dict[str, Any]:
    """What the office is told beside a table of before, in which two figures were others."""
    recipe(tmp_path, SIMPLE, "before.toml")
    (tmp_path / "before.csv").write_text(BEFORE)
    found = prepared(tmp_path, KNOWN, rows(COUNTS))
    notes = [{"code": note.code, **note.facts} for note in found.notes]
    return {
        **CONTENT,
        "pattern": None,
        "notes": notes,
        "advice": compared(found, suppress(found.problem)),
    }


def test_figures_that_differ_from_a_table_of_before_are_listed(beside: dict[str, Any]) -> None:
    page = local_page(beside, "en").decode()
    assert "before.csv: figures published there that are the same today: 3; that differ: 2." in page
    cells = ('<th scope="row">district d1</th>', '<td class="n">11</td>', '<td class="n">12</td>')
    assert "".join(cells) in page
    assert "though the rules would hide them today" not in page


def test_no_method_is_advised_that_is_refused_beside_earlier_tables(beside: dict[str, Any]) -> None:
    page = local_page(beside, "en").decode()
    assert page.count("refused beside earlier tables") == 3
    assert "Nothing else meets what the table is for." in page and "loses least here" not in page


def test_what_loses_least_does_not_contradict_the_report(tmp_path: Path) -> None:
    """It also says what speaks for the method that was used, and with which settings the others were compared."""
    counts = {(f"d{row}", kind): 2 + row for row in range(6) for kind in "abc"}
    found = prepared(tmp_path, SIMPLE, rows(counts))
    advice = compared(found, suppress(found.problem))
    assert advice is not None and advice["method"] != "suppress" and not advice["only"]
    page = local_page({**CONTENT, "pattern": None, "advice": advice}, "en").decode()
    assert "For suppression, which was used here, speaks that every figure it shows is right" in page
    assert "every count is off, the largest sum by about" in page
    assert "changes of at most 5, variance 3, no figure of 1 to 2; noise at ε = 1." in page
