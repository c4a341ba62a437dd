"""`kontor findings`: which published figures are not plausible, why, and what is proposed. Nothing is corrected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kontor.errors import Refused

from . import terminal
from .terminal import AsJson

if TYPE_CHECKING:
    from kontor.engines.quality import Finding
    from kontor.observations.queries.findings import FindingRecord

SHOWN = 50  # findings printed one by one; --json has them all


def findings(
    variable: Annotated[
        str | None, typer.Option(help="Only of this variable, for example starter:road_deaths.")
    ] = None,
    city: Annotated[str | None, typer.Option(help="Only of this city, by its code.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only of this kind, for example unit_switch.")] = None,
    treatment: Annotated[
        str | None, typer.Option(help="Only with this proposal: keep, exclude or ask.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="What was known at this release, for example r1.")] = None,
    as_json: AsJson = False,
) -> None:
    """What is not plausible among the published figures, and what is proposed about it."""
    terminal.open_league()
    from kontor.observations.queries import findings as queries
    from kontor.observations.queries import releases

    _check(variable, city)
    _check_among("kind", kind, queries.KINDS)
    _check_among("treatment", treatment, queries.TREATMENTS)
    known = releases.as_of(as_of)
    found = queries.findings(variable, city, kind, treatment, known=known)
    if as_json:
        terminal.print_json({"as_of": known.label, "count": len(found), "findings": listed(found)})
    else:
        print_findings(found)


def _check(variable: str | None, city: str | None) -> None:
    """Refused("variable_unknown") or ("city_unknown") for what is not there at all."""
    from kontor.indicators import codelists
    from kontor.league import queries as league

    if variable and variable not in codelists.variables():
        raise Refused("variable_unknown", value=variable)
    if city:
        league.city(city)


def _check_among(name: str, value: str | None, choices: Sequence[str]) -> None:
    if value and value not in choices:
        raise Refused("filter_unknown", name=name, value=value, known=", ".join(choices))


def listed(found: Sequence[Finding | FindingRecord]) -> list[dict[str, Any]]:
    """The findings as plain values, each with its sentence."""
    return [
        {
            "area": one.area,
            "variable": one.variable,
            "period": one.period,
            "kind": one.kind,
            "confidence": one.confidence,
            "treatment": one.treatment,
            "facts": dict(one.facts),
            "message": message(one),
        }
        for one in found
    ]


def message(one: Finding | FindingRecord) -> str:
    """Why the figure is not plausible, in the terminal's language."""
    from kontor.sentences import finding

    return finding(one.kind, one.facts, terminal.language())


def print_findings(found: Sequence[Finding | FindingRecord]) -> None:
    """How many of each kind, then the first ones with their sentences."""
    typer.echo(terminal.words("findings_counted", count=len(found)))
    for kind, count in sorted(Counter(one.kind for one in found).items()):
        typer.echo(f"  {count:>7}  {kind}")
    for one in found[:SHOWN]:
        place = f"{one.variable}  {one.area}  {one.period}"
        typer.echo(f"  {place}  {one.kind} {one.confidence:.2f} {one.treatment}: {message(one)}")
    if len(found) > SHOWN:
        typer.echo(terminal.words("more_findings", count=len(found) - SHOWN))
