"""`kontor release withdraw`: figures that no longer hold, named one by one, by a series or in a file."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kontor.errors import BadRow, Invalid, Refused

from . import terminal
from .release import listed, overruled_by, print_changes, print_overruled, title_in_all_languages
from .terminal import AsJson

if TYPE_CHECKING:
    from kontor.observations.queries.releases import Change
    from kontor.observations.rules import FigureKey

HEADER = ("city_code", "variable", "period")


def withdraw(
    reason: Annotated[str, typer.Option(help="Why, in one sentence; it is published.")] = "",
    variable: Annotated[str, typer.Option(help="For example starter:road_deaths.")] = "",
    city: Annotated[str, typer.Option(help="The city's code.")] = "",
    period: Annotated[str, typer.Option(help="One year; without it all, or those of --from and --to.")] = "",
    first: Annotated[str, typer.Option("--from", help="The first year.")] = "",
    last: Annotated[str, typer.Option("--to", help="The last year.")] = "",
    file: Annotated[
        Path | None, typer.Option("--from-file", help=f"A CSV file with the columns {','.join(HEADER)}.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title of the release.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be withdrawn; publish nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Withdraw published figures: the next release says which and why, earlier ones still hold them."""
    terminal.open_league()
    from kontor.league.rules import OPERATOR
    from kontor.observations import operations

    cells = _in_file(file) if file else _of_series(variable, city, period or first, period or last)
    invented = _invented(cells)
    if dry_run:
        changes = operations.preview_withdrawal(cells, reason=reason, demonstration=invented)
        _show_preview(changes, as_json=as_json)
        return
    record = operations.withdraw(
        cells=cells,
        reason=reason,
        title=title_in_all_languages(title) if title else _title(cells),
        by=OPERATOR,
        at=terminal.now(),
        demonstration=invented,
    )
    overruled = overruled_by(record)
    if as_json:
        terminal.print_json({"release": record.id, "rows": record.rows, "overruled": listed(overruled)})
    else:
        typer.echo(terminal.words("figures_withdrawn", release=record.id, rows=record.rows))
        print_overruled(overruled)


def _show_preview(changes: Sequence[Change], *, as_json: bool) -> None:
    from kontor.observations.queries import siblings

    overruled = siblings.overruled(changes)
    if as_json:
        shown = [asdict(change) for change in changes]
        terminal.print_json({"release": None, "changes": shown, "overruled": listed(overruled)})
        return
    print_changes(changes)
    typer.echo(terminal.words("withdrawal_previewed", count=len(changes)))
    print_overruled(overruled)


def _of_series(variable: str, city: str, first: str, last: str) -> list[FigureKey]:
    """What is published of a series between two years, both included; an empty one is no bound."""
    from kontor.observations.queries import figures
    from kontor.observations.rules import FigureKey

    if not variable or not city:
        raise Refused("withdrawal_unnamed")
    if first and last and first > last:
        raise Refused("period_range_reversed", first=first, last=last)
    found = figures.series(variable, city)
    periods = [
        cell.period for cell in found if (first or cell.period) <= cell.period <= (last or cell.period)
    ]
    if first and first == last and not periods:
        periods = [first]  # so that it is refused by its name
    return [FigureKey(city, variable, period) for period in periods]


def _in_file(path: Path) -> list[FigureKey]:
    """The figures that a file names, each with its row."""
    from kontor.observations.rules import FigureKey, file_name

    if not path.is_file():
        raise Refused("file_missing", file=file_name(path.name))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except UnicodeDecodeError:
        facts = {"file": file_name(path.name), "expected": "UTF-8"}
        raise Invalid([BadRow("encoding_wrong", None, None, facts)]) from None
    if not rows or tuple(rows[0][:3]) != HEADER:
        found = ",".join(rows[0]) if rows else ""
        facts = {"file": file_name(path.name), "expected": ",".join(HEADER), "found": found[:200]}
        raise Invalid([BadRow("header_wrong", 1, None, facts)])
    return [
        FigureKey(area.strip(), variable.strip(), period.strip(), number)
        for number, row in enumerate(rows[1:], start=2)
        for area, variable, period in [[*row, "", "", ""][:3]]
        if row
    ]


def _invented(cells: Sequence[FigureKey]) -> bool:
    from kontor.league import queries as league

    invented = {city.code for city in league.cities() if city.demonstration}
    return any(cell.area in invented for cell in cells)


def _title(cells: Sequence[FigureKey]) -> dict[str, str]:
    from kontor.sentences import sentence

    facts: dict[str, Any] = {"count": len(cells)}
    return {language: sentence("withdrawal_title", facts, language) for language in ("en", "de", "zh-hans")}
