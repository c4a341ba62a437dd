"""`kontor audit`: what can be inferred from a protected table, by an attacker that knows it and its recipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kontor.errors import Refused

from . import terminal
from .stages import stage_words
from .terminal import AsJson

if TYPE_CHECKING:
    from kontor.audit import Leak, Result

SHOWN = 50  # leaks printed one by one; --json has them all
ATTACKERS = {"A": "attacker_a", "B": "attacker_b", "C": "attacker_c", "D": "attacker_d"}


def audit(
    safe: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The protected table, SAFE.csv.")],
    recipe: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="The recipe by which it was protected.")
    ],
    local: Annotated[
        Path | None,
        typer.Option(
            exists=True, file_okay=False, help="The office's own folder: its witnesses are checked instead."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Try to infer what a protected table hides. Exit 0: nothing can be inferred; 1: the cells are named."""
    from kontor.audit import audit as attack

    with Progress() as progress:
        result = attack(safe, recipe, local=local, told=progress.told)
    if as_json:
        terminal.print_json(result.as_dict())
    else:
        print_result(result)
    if not result.safe:
        raise Refused("table_leaks", file=safe.name, count=len(result.leaks))


class Progress:
    """One bar per attacker, on a terminal only."""

    def __enter__(self) -> Progress:
        self.stage, self.at, self.bar = "", 0, None
        return self

    def __exit__(self, *_error: Any) -> None:
        self._finish()

    def _finish(self) -> None:
        if self.bar is not None:
            self.bar.__exit__(None, None, None)

    bar: Any
    stage: str
    at: int

    def told(self, stage: str, done: int, of: int) -> None:
        """Attacker `stage` has looked at `done` of its `of` cells."""
        if stage != self.stage:
            self._finish()
            self.stage, self.at = stage, 0
            self.bar = terminal.progress(stage_words(f"audit_{stage}"), of).__enter__()
        if done > self.at:
            self.bar.update(done - self.at)
            self.at = done


def print_result(result: Result) -> None:
    """How many cells each attacker determines, which, and what was taken for granted."""
    typer.echo(terminal.words("audit_counted", cells=result.cells, hidden=result.hidden))
    for name, leaks in result.attackers.items():
        if leaks is not None:
            typer.echo(f"  {name}  {len(leaks):>6}  {terminal.words(ATTACKERS[name])}")
    if result.narrow is not None:
        typer.echo(f"     {len(result.narrow):>6}  {terminal.words('audit_narrow')}")
    typer.echo(f"     {len(result.open):>6}  {terminal.words('audit_open')}")
    for leak in result.leaks[:SHOWN]:
        typer.echo(f"  {place(leak)}: {interval(leak)}{seen_by(leak)}")
    if len(result.leaks) > SHOWN:
        typer.echo(terminal.words("more_leaks", count=len(result.leaks) - SHOWN))
    for code, facts in result.assumptions:
        typer.echo(f"- {terminal.words(code, **facts)}")
    typer.echo(terminal.words("audit_safe" if result.safe else "audit_unsafe"))


def place(leak: Leak) -> str:
    """A cell by its codes, and the table in which to look for it."""
    table = leak.table
    if leak.known:
        table = terminal.words("audit_known_table", file=table, number=leak.known)
    return " / ".join([*leak.codes.values(), *filter(None, [leak.response])]) + f" ({table})"


def interval(leak: Leak) -> str:
    """What is left for its value."""
    low, high = f"{leak.low:g}", f"{leak.high:g}"
    return low if low == high else f"{low}–{high}"


def seen_by(leak: Leak) -> str:
    """Whose respondents see it."""
    if not leak.by:
        return ""
    return " ← " + " + ".join(" / ".join(one["codes"].values()) for one in leak.by)
