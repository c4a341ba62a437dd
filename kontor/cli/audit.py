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
    from collections.abc import Callable, Sequence

    from kontor.audit import Leak, Result

    Told = tuple[Callable[[Leak], str], str]  # how a leak is said, and the code of the last line

SHOWN, FOLLOWING = (
    50,
    10,
)  # leaks printed one by one: of each kind that stands there, that follows; --json has all
LEAKING = {"suppression": "table_leaks", "k_anonymity": "records_leak"}  # guarantee -> code
KINDS = {"A": "leak_a", "B": "leak_b", "C": "leak_c", "D": "leak_d"}
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
    if result.safe:
        return
    code = LEAKING.get(result.guarantee, "changed_table_leaks")
    raise Refused(code, file=safe.name, count=len(result.leaks))


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
    """What was looked for, what was found and where, and what was taken for granted."""
    tell = {"suppression": _hidden, "k_anonymity": _records}.get(result.guarantee, _changed)
    leaking, verdict = tell(result)
    if result.guarantee == "suppression":
        _print_kinds(result)
    else:
        _print_leaks([leaking(leak) for leak in result.leaks], SHOWN)
    for code, facts in result.assumptions:
        typer.echo(f"- {terminal.words(code, **facts)}")
    typer.echo(terminal.words(verdict))


def _print_leaks(lines: list[str], most: int) -> None:
    for line in lines[:most]:
        typer.echo(f"  {line}")
    if len(lines) > most:
        typer.echo("  " + terminal.words("more_leaks", count=len(lines) - most))


def _print_kinds(result: Result) -> None:
    """Every cell once, below how it becomes known: first what stands there openly, then what follows from it."""
    kinds: list[tuple[str, Sequence[Leak]]] = [("leak_open", result.open)]
    kinds += [(KINDS[name], leaks or ()) for name, leaks in result.attackers.items()]
    seen: set[str] = set()
    for kind, leaks in (*kinds, ("leak_narrow", result.narrow or ())):
        lines = {place(leak): _cell(leak) for leak in leaks if place(leak) not in seen}
        seen |= lines.keys()
        if lines:
            typer.echo(terminal.words(kind, count=len(lines)))
            _print_leaks(list(lines.values()), SHOWN if kind == "leak_open" else FOLLOWING)


def _hidden(result: Result) -> Told:
    """How many hidden cells each attacker determines."""
    typer.echo(terminal.words("audit_counted", cells=result.cells, hidden=result.hidden))
    for name, leaks in result.attackers.items():
        if leaks is not None:
            typer.echo(f"  {name}  {len(leaks):>6}  {terminal.words(ATTACKERS[name])}")
    if result.narrow is not None:
        typer.echo(f"     {len(result.narrow):>6}  {terminal.words('audit_narrow')}")
    typer.echo(f"     {len(result.open):>6}  {terminal.words('audit_open')}")
    return _cell, "audit_safe" if result.safe else "audit_unsafe"


def _changed(result: Result) -> Told:
    """A table that hides nothing: what its method promises and can be seen."""
    typer.echo(terminal.words("audit_counted_changed", cells=result.cells))
    if result.guarantee == "rounding":
        typer.echo(f"     {len(result.open):>6}  {terminal.words('audit_unrounded')}")
    elif result.guarantee == "cell_key":
        determined = result.attackers["A"] or ()
        typer.echo(f"     {len(determined):>6}  {terminal.words('audit_determined')}")
        typer.echo(f"     {len(result.open):>6}  {terminal.words('audit_never_shown')}")
    else:
        return _cell, "audit_nothing_checked"
    return _cell, "audit_checked_holds" if result.safe else "audit_unsafe"


def _records(result: Result) -> Told:
    """Records: the smallest group and the least mixed one, as asked for and as found."""
    asked = result.facts
    facts = {"smallest": asked["k"], "k": asked["k_asked"]}
    typer.echo(terminal.words("audit_counted_records", cells=result.cells, **facts))
    entropy = asked["diversity"] == "entropy"
    for column, fewest in asked["l"].items():
        told = {"column": column, "fewest": f"{fewest:g}", "l": asked["l_asked"]}
        typer.echo(terminal.words("audit_entropy" if entropy else "audit_diversity", **told))

    def group(leak: Leak) -> str:
        """A group by its values, and which of the two demands it does not meet."""
        named, found = " / ".join(leak.codes.values()), f"{leak.low:g}"
        if leak.response is None:
            return terminal.words("audit_k_broken", group=named, records=found, k=asked["k_asked"])
        facts = {"column": leak.response, "values": found, "l": asked["l_asked"]}
        return terminal.words("audit_entropy_broken" if entropy else "audit_l_broken", group=named, **facts)

    return group, "audit_records_safe" if result.safe else "audit_records_unsafe"


def _cell(leak: Leak) -> str:
    """A cell, what is left for its value, and who sees it."""
    return f"{place(leak)}: {interval(leak)}{seen_by(leak)}"


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
    """Whose respondents see it: those who are alone in these cells."""
    if not leak.by:
        return ""
    return terminal.words("leak_by", cells=" + ".join(" / ".join(one["codes"].values()) for one in leak.by))
