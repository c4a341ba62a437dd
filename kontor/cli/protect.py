"""`kontor protect`: a safe table with report and proof, on the office's own machine; no league, no database, no network."""

from __future__ import annotations

import os
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
    from kontor.protection.operations import Outcome

INPUT = "Records or a table: CSV (also .gz), Parquet or XLSX."
EVERY = 0.2  # seconds between two lines of progress


def protect(
    context: typer.Context,
    input: Annotated[Path, typer.Argument(metavar="INPUT", help=INPUT)],
    recipe: Annotated[
        Path | None, typer.Option(metavar="R.toml", help="What is published, and the rules.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="SAFE.csv", help="Where the safe table goes.")] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="REPORT.html", help="The report in plain words.")
    ] = None,
    proof: Annotated[
        Path | None,
        typer.Option("--json", metavar="PROOF.json", help="The proof for programs; errors as JSON too."),
    ] = None,
    local: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="What only the office may see: do not pass on.")
    ] = None,
    language: Annotated[
        str, typer.Option(help="The language in which the report opens: en, de, zh-hans.")
    ] = "en",
    suggest: Annotated[bool, typer.Option("--suggest", help="Write a first recipe from the data.")] = False,
) -> None:
    """Hide so much of a table that nobody in it can be inferred, attack it, and write it down with its proof.

    With --suggest: look at the data and write a first recipe (to R.toml where --recipe names it), with its reasons.
    """
    if context.obj:  # what comes out is for others; what is not is made for its owner alone
        os.umask(context.obj["umask"])
    if suggest:
        _suggest(input, recipe)
        return
    if recipe is None or out is None or report is None:
        missing = [
            name for name, given in (("--recipe", recipe), ("--out", out), ("--report", report)) if not given
        ]
        raise typer.BadParameter(", ".join(missing) + " missing")
    from kontor.protection.operations import Places
    from kontor.protection.operations import protect as run
    from kontor.protection.report import LANGUAGES

    if language not in LANGUAGES:
        raise typer.BadParameter(f"--language: {', '.join(LANGUAGES)}")
    with _stoppable(), _progress() as told:
        places = Places(out, report, proof, local)
        outcome = run(input=input, recipe=recipe, places=places, language=language, told=told)
    _tell(outcome, out, local)


def _suggest(input: Path, recipe: Path | None) -> None:
    """The recipe with its reasons as comments, to standard output or, as a new file, to `recipe`."""
    from kontor.protection.suggesting import suggest

    text = suggest(input).written(lambda note: terminal.words(note.code, **note.facts))
    if recipe is None:
        typer.echo(text, nl=False)
        return
    try:
        with recipe.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Refused("file_exists", file=recipe.name) from None
    except OSError as error:
        raise Refused("folder_unwritable", folder=str(recipe.parent), reason=str(error.strerror)) from None


def _tell(outcome: Outcome, out: Path, local: Path | None) -> None:
    """What was done, in a line each; how good the pattern is goes to the terminal of the office only."""
    for note in outcome.notes:
        terminal.say(terminal.words(note.code, **note.facts))
    pattern = outcome.pattern
    if pattern is not None:
        secondaries = int(pattern.secondary.sum())
        code = "protected_optimal" if pattern.optimal else "protected_bounded"
        terminal.say(terminal.words(code, secondaries=secondaries, bound=pattern.count_bound))
    if outcome.of_records:
        typer.echo(terminal.words("protected_records", file=terminal.near(out), cells=outcome.cells))
    else:
        facts = {"file": terminal.near(out), "cells": outcome.cells, "hidden": outcome.hidden}
        typer.echo(terminal.words("protected", **facts))
    if local is not None:
        terminal.say(terminal.words("protected_local", folder=terminal.near(local)))


@contextmanager
def _stoppable() -> Iterator[None]:
    """Ctrl-C and a polite end take away what is under way, and say so."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        raise Refused("protection_stopped") from None
    except MemoryError:
        raise Refused("memory_short") from None
    except OSError as error:
        raise Refused("protection_failed", reason=str(error.strerror or error)) from None
    finally:
        signal.signal(signal.SIGTERM, before)


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
