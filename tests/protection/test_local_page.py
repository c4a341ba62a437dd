"""LOCAL.html: what it says beside LOCAL.json."""

from __future__ import annotations

from kontor.protection.local import WARNING
from kontor.protection.local_page import local_page

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
