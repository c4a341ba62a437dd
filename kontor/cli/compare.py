"""`kontor compare`: one indicator, all cities."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from . import terminal
from .terminal import AsJson

COLUMNS = ("city", "name", "value", "low", "high", "peer_median", "gap", "funnel", "comparability", "flags")


def compare(
    indicator: Annotated[str, typer.Argument(help="Its code, for example road_death_rate.")],
    period: Annotated[
        str | None, typer.Option(help="A year; without it the newest that enough cities report.")
    ] = None,
    city: Annotated[
        list[str] | None, typer.Option(help="Show only this city; may be given several times.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="What was known at this release, for example r1.")] = None,
    as_json: AsJson = False,
) -> None:
    """The comparison of an indicator: values with exact limits, peers, gaps, funnel, comparability."""
    terminal.open_league()
    from kontor.comparison.queries import contract

    found = contract.comparison(indicator, period=period, as_of=as_of, cities=city or ())
    if as_json:
        terminal.print_json(found)
    else:
        _print_table(found)


def _print_table(found: dict[str, Any]) -> None:
    language = terminal.language()
    typer.echo(f"{found['definition']}  {found['period']}  {found['unit'][language]}  ({found['as_of']})")
    rows = [_cells(city, language) for city in found["cities"]]
    terminal.print_table(COLUMNS, rows, right=("value", "low", "high", "peer_median", "gap"))


def _cells(city: dict[str, Any], language: str) -> list[str]:
    cells = {name: city[name] for name in COLUMNS}
    cells["name"] = city["name"].get(language) or city["name"].get("en") or city["city"]
    cells["name"] += " *" if city.get("demonstration") else ""
    # With what carries them: e:population.
    cells["flags"] = " ".join(
        f"{''.join(letters)}:{variable.partition(':')[2]}"
        for variable, letters in city["flags_of_inputs"].items()
    )
    return [_cell(cells[name]) for name in COLUMNS]


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
