"""The tour walks the real programme: its commands exist, its addresses answer, its numbers are right."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.docs import prose
from tests.docs.prose import name_of, text_of

WITH_COMMANDS = [
    path for path in prose.prose() if list(prose.command_lines(path.read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("path", WITH_COMMANDS, ids=name_of)
def test_commands_that_prose_names_exist_with_these_options(path: Path) -> None:
    wrong = [
        " ".join(["kontor", *words])
        for words in prose.command_lines(path.read_text(encoding="utf-8"))
        if not _is_a_command(words)
    ]
    assert not wrong


def _is_a_command(words: list[str]) -> bool:
    command = prose.root_command()
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    context = command.context_class(command, info_name="kontor")
    options = {name for parameter in command.get_params(context) for name in parameter.opts}
    if getattr(command, "commands", {}) and words and not words[0].startswith("-"):
        return False
    return all(word.split("=")[0] in options for word in words if word.startswith("--"))


def test_a_command_that_does_not_exist_would_be_found() -> None:
    assert _is_a_command(["compare", "road_death_rate", "--period", "2019"])
    assert not _is_a_command(["compare", "--perod", "2019"])
    assert not _is_a_command(["release", "burn"])
    assert not _is_a_command(["allocate"])


def _addresses() -> list[str]:
    tour = text_of("docs/tour.md")
    found = [code for code in prose.inline_code(tour) if re.match(r"^/(en|api)\b[^ …<]*$", code)]
    return sorted({*found, *re.findall(r"127\.0\.0\.1:8000(/[^' )>]+)", tour)})


@pytest.mark.parametrize("address", _addresses())
def test_addresses_of_the_tour_answer(address: str, client: Any) -> None:
    assert client.get(address, follow=True).status_code == 200


def test_the_figures_of_the_tour_are_right(db: None) -> None:
    from kontor.comparison.queries import contract

    shown = [body for kind, body in prose.FENCED.findall(text_of("docs/tour.md")) if kind == "json"]
    assert len(shown) == 1
    told = json.loads(shown[0])
    [berlin] = contract.comparison("road_death_rate", period="2019", as_of="r1", cities=["DE001C"])["cities"]
    assert told == {key: berlin[key] for key in told}
    assert berlin["funnel"] == "below_95"
    [later] = contract.comparison("road_death_rate", period="2021", as_of="r1", cities=["DE001C"])["cities"]
    assert (later["funnel"], later["comparability_reasons"]) == ("inside", ["flag:e"])


def test_the_counts_of_the_tour_are_right(db: None) -> None:
    from kontor.comparison.queries.basis import basis
    from kontor.comparison.queries.changes import changes
    from kontor.observations.queries import releases

    tour = text_of("docs/tour.md")
    first, manifest = releases.release("r1"), releases.manifest("r1")
    assert f"{first.rows:,} figures, {manifest['cities']} cities, {'–'.join(manifest['periods'])}" in tour
    [roads] = [item for item in changes(basis()) if item.definition.code == "road_death_rate"]
    clear = len(roads.better) + len(roads.worse)
    assert (
        f"between {roads.before} and {roads.period} that is {clear} of {clear + len(roads.unclear)} cities"
        in tour
    )


def test_the_row_and_the_correction_of_the_tour_are_there(db: None) -> None:
    from kontor.observations.queries import figures, releases

    tour = text_of("docs/tour.md")
    cell = figures.cell("starter:road_deaths", "DE001C", "2019")
    assert cell is not None
    line = text_of("starter/figures.csv").splitlines()[cell.row - 1]
    assert f"row {cell.row}: `{line}`" in tour
    shown = re.search(r"revised +(\S+) +(\S+) +(\d{4}) +(\S+) -> (\S+)", tour)
    assert shown
    revised = [change for change in releases.diff("demo-2") if change.kind == "revised"]
    assert "three figures revised" in tour
    assert len(revised) == 3
    assert shown.groups() in [
        (c.variable, c.area, c.period, c.before + c.flags_before, c.after + c.flags_after) for c in revised
    ]


def test_the_people_of_the_tour_are_in_the_story(loaded: datetime, db: None) -> None:
    from kontor.league import queries as league

    tour = text_of("docs/tour.md")
    for reference in ("demo-lindhafen-statistics", "demo-office-secretariat"):
        assert league.person(reference, on=loaded.date()).name in tour
