"""`kontor protect`: a safe table with report and proof, on the office's own machine; no league, no database, no network."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from kontor.errors import Refused

from . import terminal
from .stages import stage_words

if TYPE_CHECKING:
    from kontor.engines.disclosure.problem import Step
    from kontor.protection.operations import Made, Outcome

INPUT = "Records or a table: CSV (also .gz), Parquet, XLSX or GeoJSON."
EVERY = 0.2  # seconds between two lines of progress


RecipeFile = Annotated[
    Path | None,
    typer.Option(metavar="R.toml", help="What is published, and the rules. Needed, but for --suggest."),
]
SafeFile = Annotated[Path, typer.Option(metavar="SAFE.csv", help="Where the safe table goes.")]
ReportFile = Annotated[
    Path | None,
    typer.Option(
        metavar="REPORT.html",
        help="The report in plain words.  [default: beside the safe table, with its name: SAFE.html]",
    ),
]
ProofFile = Annotated[
    Path | None,
    typer.Option(
        "--json",
        metavar="PROOF.json",
        help="The proof for programs; only where asked for, and then errors are JSON too.",
    ),
]
LocalFolder = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="What only the office may see; only where asked for.")
]
Language = Annotated[
    str | None,
    typer.Option(
        help="Language of messages, of the comments of --suggest, and in which the report opens: en, de, zh.  "
        "[default: that of the terminal; the report opens in English]"
    ),
]
Suggest = Annotated[bool, typer.Option("--suggest", help="Write a first recipe from the data.")]


def protect(
    context: typer.Context,
    input: Annotated[Path, typer.Argument(metavar="INPUT", help=INPUT)],
    recipe: RecipeFile = None,
    out: SafeFile = Path("SAFE.csv"),
    report: ReportFile = None,
    proof: ProofFile = None,
    local: LocalFolder = None,
    language: Language = None,
    suggest: Suggest = False,
) -> None:
    """Hide so much of a table that nobody in it can be inferred, attack it, and write it down with its proof.

    With --suggest: look at the data and write a first recipe (to R.toml where --recipe names it), with its reasons.

    Exit codes: 0 written, 1 refused or invalid (nothing was written), 2 wrong usage.
    """
    if context.obj:  # what comes out is for others; what is not is made for its owner alone
        os.umask(context.obj["umask"])
    opening = _opening(language)
    if suggest:
        with _stoppable():
            _suggest(input, recipe)
        return
    if recipe is None:
        raise typer.BadParameter("--recipe R.toml is missing; --suggest writes a first one")
    from kontor.protection.operations import Places
    from kontor.protection.operations import protect as run

    with _stoppable(), _progress() as told:
        places = Places(out, report or out.with_suffix(".html"), proof, local)
        outcome = run(input=input, recipe=recipe, places=places, language=opening, told=told)
    _tell(outcome, local)


def _opening(language: str | None) -> str:
    """The language of the report; where one is asked for, messages speak it as well."""
    opening = terminal.spoken(language) if language is not None else "en"
    if opening is None:
        from kontor.protection.report import LANGUAGES

        raise typer.BadParameter(f"--language: {', '.join(name.partition('-')[0] for name in LANGUAGES)}")
    if language is not None:
        terminal.ASKED.set(opening)
    return opening


def _suggest(input: Path, recipe: Path | None) -> None:
    """The recipe with its reasons as comments, to standard output or, as a new file, to `recipe`."""
    from kontor.protection.suggesting import suggest

    text = suggest(input).written(lambda note: terminal.words(note.code, **note.facts))
    if recipe is None:
        typer.echo(text, nl=False)
        terminal.say(terminal.words("suggested_keep", command=_command(input, Path("R.toml"), "--suggest")))
        return
    try:
        with recipe.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Refused("file_exists", file=recipe.name) from None
    except FileNotFoundError:
        raise Refused("output_folder_missing", folder=str(recipe.parent)) from None
    except OSError as error:
        raise Refused("folder_unwritable", folder=str(recipe.parent), reason=str(error.strerror)) from None
    command = _command(input, recipe, "--out", "SAFE.csv")
    typer.echo(terminal.words("suggested", file=terminal.near(recipe), command=command))


def _command(input: Path, recipe: Path, *more: str) -> str:
    """As it is typed in a shell."""
    return shlex.join(["kontor", "protect", str(input), "--recipe", str(recipe), *more])


def _tell(outcome: Outcome, local: Path | None) -> None:
    """What was done, in a line each; how good the pattern is goes to the terminal of the office only."""
    for note in outcome.notes:
        terminal.say(terminal.words(note.code, **note.facts))
    pattern = outcome.pattern
    if pattern is not None:
        secondaries = int(pattern.secondary.sum())
        code = "protected_optimal" if pattern.optimal else "protected_bounded"
        terminal.say(terminal.words(code, secondaries=secondaries, bound=pattern.count_bound))
    first, *linked = outcome.made
    done = {"suppress": "protected", "microdata": "protected_records"}.get(
        outcome.method, "protected_changed"
    )
    typer.echo(terminal.words(done, **_facts(first)))
    for made in linked:
        typer.echo(terminal.words("protected_linked", **_facts(made)))
    if local is not None:
        terminal.say(terminal.words("protected_local", folder=terminal.near(local)))


def _facts(made: Made) -> dict[str, str | int]:
    return {"file": terminal.near(made.path), "cells": made.cells, "hidden": made.hidden}


@contextmanager
def _stoppable() -> Iterator[None]:
    """Ctrl-C and a polite end take away what is under way, and say so."""

    from kontor.protection.connections import interrupt

    asked = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        interrupt()
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        raise Refused("protection_stopped") from None
    except MemoryError:
        raise Refused("memory_short") from None
    except OSError as error:
        raise Refused("protection_failed", reason=str(error.strerror or error)) from None
    except Exception:
        if asked:  # a database that is interrupted raises errors of its own
            raise Refused("protection_stopped") from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress() -> Iterator[Callable[[Step], None]]:
    """One line of a terminal that is written over: stage, best, bound, seconds. Silent where it is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _step: None
        return
    start, shown, stage = time.monotonic(), 0.0, ""

    def told(step: Step) -> None:
        nonlocal shown, stage
        now = time.monotonic()
        if step.stage == stage and now - shown < EVERY:
            return
        shown, stage = now, step.stage
        sys.stderr.write("\r\033[K" + _line(step, now - start))
        sys.stderr.flush()

    try:
        yield told
    finally:
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()


def _line(step: Step, seconds: float) -> str:
    parts = [stage_words(step.stage)]
    if step.of:
        parts.append(f"{step.done:,}/{step.of:,}".replace(",", "\u202f"))
    if step.best is not None:
        parts.append(terminal.words("progress_best", best=_short(step.best)))
    if step.bound is not None:
        parts.append(terminal.words("progress_bound", bound=_short(step.bound)))
    return " · ".join([*parts, f"{seconds:.0f} s"])


def _short(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0").replace(",", "\u202f")
