"""`kontor protect`: from records to a safe table with report and proof, all of them or nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from kontor.audit import Result, audit
from kontor.engines.disclosure.extending import extended
from kontor.engines.disclosure.problem import Bools, Budget, Floats, Pattern, Problem, Step
from kontor.engines.disclosure.suppress import suppress
from kontor.errors import BadRow, Invalid, Refused

from . import local as local_files
from . import safe_file
from .anonymising import anonymised_records
from .blaming import leaking_before
from .demanding import as_asked, opened, stricter
from .leftovers import leftovers
from .naming import Found, place, places
from .perturbing import perturbed
from .preparing import Note, Prepared, prepare
from .proof import proof
from .publishing import contents_of, linked_path
from .recipe import Recipe
from .recipe_file import read_recipe
from .records import prepare_records
from .report import render
from .sums import HiddenSums
from .widening import around, widened
from .writing import Staging

ATTEMPTS = 8  # patterns that the auditor may turn down before the office is told to change the recipe
AGAIN = 0.1  # of the recipe's time, for each further pattern at least
NAMED = 10  # cells that a refusal names

Told = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything goes; `proof` and `local` only where they were asked for."""

    out: Path
    report: Path
    proof: Path | None = None
    local: Path | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A safe file: rows, and how many of them show no value; rates count like any other cell, as in the report."""

    path: Path
    cells: int
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the office is told at the end; only `made` is public. The main file comes first, then the linked ones.

    method: of the recipe; suppress | round | cellkey | dp | microdata.
    """

    made: tuple[Made, ...]
    method: str
    pattern: Pattern | None
    notes: tuple[Note, ...]

    @property
    def cells(self) -> int:
        return self.made[0].cells

    @property
    def hidden(self) -> int:
        return self.made[0].hidden


def protect(
    *,
    input: Path,
    recipe: Path,
    places: Places,
    language: str = "en",
    told: Told = lambda _step: None,
    cancelled: Callable[[], None] = lambda: None,
) -> Outcome:
    """Read, protect, attack, and only then give the files their names.

    Invalid names every fault of input or recipe, and cells that no pattern protects (the recipe must publish less).
    Refused: leak_remains where nothing but the rules' own cells may be hidden, or an alternative leaks. Then nothing is
    written.
    """
    asked = read_recipe(recipe)
    _check_places(places, input, asked)
    with Staging() as staging:
        stage = _Stage(staging, places, asked, language, told, cancelled)
        outcome = stage.records(input) if asked.kind == "microdata" else stage.tables(input)
        cancelled()
        staging.publish()
    local = [places.local / name for name in local_files.NAMES] if places.local else []
    written = [
        path for path in (places.report, places.proof, *local, *(made.path for made in outcome.made)) if path
    ]
    older = leftovers(places.out, written, asked.files())
    if not older:
        return outcome
    facts = {"files": ", ".join(older), "file": places.out.name}
    return replace(outcome, notes=(*outcome.notes, Note("older_beside", facts)))


def _check_places(places: Places, input: Path, recipe: Recipe) -> None:
    """No result may take the place of what is read, and the office's own folder holds nothing that is passed on."""
    read = {Path(os.path.realpath(input)), *recipe.files()}
    linked = [linked_path(places.out, one) for one in recipe.linked]
    local = [places.local / name for name in local_files.NAMES] if places.local else []
    for path in filter(None, (places.out, places.report, places.proof, *linked, *local)):
        if _resolved(path) in read:
            raise Refused("output_is_input", file=path.name)
    if places.out.suffix.lower() != ".csv":
        raise Refused("output_not_csv", file=places.out.name)
    public = (places.out, places.report, places.proof)
    if places.local and places.local.resolve() in {path.resolve().parent for path in public if path}:
        raise Refused("local_among_public", folder=str(places.local), file=places.out.name)


def _resolved(path: Path) -> Path:
    """Refused("output_is_device") for a link that leads back to itself."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # which of them it is depends on the version of Python
        raise Refused("output_is_device", file=str(path)) from None


class _Stage:
    """One run: the files under way and what it takes to make them. SAFE.csv gets its name last."""

    def __init__(
        self,
        staging: Staging,
        places: Places,
        recipe: Recipe,
        language: str,
        told: Told,
        cancelled: Callable[[], None],
    ) -> None:
        self.recipe, self.language, self.told, self.cancelled = recipe, language, told, cancelled
        self.names = (places.out, *(linked_path(places.out, linked) for linked in recipe.linked))
        self.local = local_files.places(staging, places.local) if places.local else None
        self.report = staging.place(places.report)
        self.proof = staging.place(places.proof) if places.proof else None
        self.linked = [staging.place(path) for path in self.names[1:]]
        self.safe = staging.place(places.out)

    def tables(self, input: Path) -> Outcome:
        prepared = prepare(input, self.recipe, cancelled=self.cancelled, told=self.told)
        if self.recipe.alternative is not None:
            change = perturbed(prepared, self._budget())
            self._write(prepared, None, change.values)
            pattern, result = None, self._audit()
            if not result.safe:
                raise _leak_remains(result)
        else:
            change = None
            prepared, pattern, result = self._protected(prepared)
        self._accompany(result)
        if self.local:
            local_files.write(self.local, prepared, pattern, change, safe=self.safe, language=self.language)
        method = self.recipe.alternative.method if self.recipe.alternative else "suppress"
        return Outcome(self._made(), method, pattern, prepared.notes)

    def records(self, input: Path) -> Outcome:
        prepared = prepare_records(input, self.recipe, cancelled=self.cancelled, told=self.told)
        made, cost = anonymised_records(prepared, self._budget())
        self.safe.write_bytes(made.to_bytes())
        result = self._audit()
        if not result.safe:
            raise _leak_remains(result)
        self._accompany(result)
        if self.local:
            local_files.write_records(
                self.local, prepared.input, prepared.notes, cost, language=self.language
            )
        return Outcome((Made(self.names[0], len(made.rows)),), "microdata", None, prepared.notes)

    def _made(self) -> tuple[Made, ...]:
        """What stands in the files as they are written."""
        files = zip(self.names, map(safe_file.read, (self.safe, *self.linked)), strict=True)
        return tuple(Made(path, len(table), table.hidden) for path, table in files)

    def _protected(self, prepared: Prepared) -> tuple[Prepared, Pattern, Result]:
        """Where nothing helps beside a corrected table, more of what the correction touched may be hidden."""
        try:
            return prepared, *self._searched(prepared)
        except (Invalid, Refused):
            if prepared.looser is None or self.recipe.secondary.method == "none":
                raise
            looser = prepared.looser()
            try:
                return looser, *self._searched(looser, last=True)
            except (Invalid, Refused):
                pass
            raise

    def _searched(self, prepared: Prepared, *, last: bool = False) -> tuple[Pattern, Result]:
        """Patterns until the auditor finds nothing, and no sum of hidden amounts that everybody can compute breaks a rule;
        what was found is demanded of the next one, which hides more.

        Bounds are those of the first: they hold for what the recipe asks. All of them share the recipe's time. last:
        what the engine calls unprotectable is left to the auditor, who knows less of what was corrected.
        """
        asked = problem = prepared.problem
        found, sums = Found(prepared.tables, prepared.before), HiddenSums(prepared)
        solve = partial(self._solved, began=time.monotonic())
        first = pattern = sums.pattern(problem, solve, anew=self._solved)
        if pattern.unprotectable:
            if last:
                attacked = self._attacked(prepared, as_asked(pattern, asked, first), found)
                pattern, result = self._widened(prepared, attacked, first, found, sums)
                if result.safe and not sums.cells(pattern.hidden).size:
                    return pattern, result
            self._blame_earlier()
            raise _unprotectable(prepared, first.unprotectable)
        for attempt in range(1, ATTEMPTS + 1):
            tried = pattern.hidden
            pattern, result = self._attacked(prepared, as_asked(pattern, asked, first), found)
            if result.safe and not sums.cells(pattern.hidden).size:
                return pattern, result
            if self.recipe.secondary.method == "none":
                self._blame_earlier()
                raise sums.refused(pattern.hidden) if result.safe else _leak_remains(result)
            if attempt == ATTEMPTS:
                break
            before = pattern.hidden
            problem = replace(problem, known=problem.known | (tried & ~before))
            problem = stricter(problem, result.leaks, found, hidden=before, more=attempt > 1)
            pattern = sums.pattern(problem, solve, before)
            if np.array_equal(pattern.hidden, before):
                break
        pattern, result = self._widened(prepared, (pattern, result), first, found, sums)
        if result.safe and sums.cells(pattern.hidden).size:
            raise sums.refused(pattern.hidden)
        if not result.safe:
            self._blame_earlier()
            open_cells = found.of(result.leaks).tolist()
            raise _unprotectable(prepared, open_cells) if open_cells else _leak_remains(result)
        return pattern, result

    def _solved(self, problem: Problem, before: Bools | None, *, began: float | None = None) -> Pattern:
        """Without `began` in AGAIN of the recipe's time."""
        budget = self._budget(began)
        if began is None:
            own, end = budget.left, time.monotonic() + AGAIN * self.recipe.secondary.time_limit
            budget = replace(budget, left=lambda: min(own(), end - time.monotonic()))
        return _pattern(problem, self.recipe, budget, before)

    def _widened(
        self,
        prepared: Prepared,
        attacked: tuple[Pattern, Result],
        first: Pattern,
        found: Found,
        sums: HiddenSums,
    ) -> tuple[Pattern, Result]:
        """Where demands lead nowhere: hide all around what is open, ever further, at last the whole table."""
        asked, (pattern, result) = prepared.problem, attacked
        region = np.zeros(asked.values.size, dtype=np.bool_)
        while True:
            inner = region.copy()
            region[found.of(result.leaks)] = True
            region[sums.cells(pattern.hidden)] = True
            region = around(asked, region)
            if np.array_equal(region, inner):
                return pattern, result
            wider = as_asked(widened(asked, pattern.hidden, region), asked, first)
            pattern, result = self._attacked(prepared, wider, found)
            if result.safe and not sums.cells(pattern.hidden).size:
                return pattern, result

    def _attacked(self, prepared: Prepared, pattern: Pattern, found: Found) -> tuple[Pattern, Result]:
        """What the auditor finds; secondary cells that everybody can work out are published and attacked again."""
        self._write(prepared, pattern)
        result = self._audit()
        if result.safe:
            return pattern, result
        without = opened(pattern, result, prepared.problem, found)
        if without is None:
            return pattern, result
        self._write(prepared, without)
        return without, self._audit()

    def _write(self, prepared: Prepared, pattern: Pattern | None, values: Floats | None = None) -> None:
        nothing = np.zeros(len(prepared.problem.values), dtype=np.bool_)
        hidden = pattern.hidden if pattern else nothing
        secondary = pattern.secondary if pattern else nothing
        for path, table in zip((self.safe, *self.linked), prepared.tables, strict=True):
            made = safe_file.safe_table(
                table, prepared.problem, hidden=hidden, secondary=secondary, values=values
            )
            path.write_bytes(made.to_bytes())

    def _audit(self) -> Result:
        try:
            return audit(self.safe, self.recipe.path, told=self._told_of_audit)
        except Invalid as error:
            contradicting = all(row.code == "hidden_cells_contradict" for row in error.rows)
            if not contradicting or not self.recipe.known:
                raise
            # The new table adds up: what contradicts it was published before.
            files = ", ".join(dict.fromkeys(known.file.name for known in self.recipe.known))
            raise Invalid([BadRow("known_table_contradicts", None, None, {"file": files})]) from None

    def _told_of_audit(self, stage: str, done: int, of: int) -> None:
        self.cancelled()
        self.told(Step(f"audit_{stage}", done, of))

    def _blame_earlier(self) -> None:
        """Where nothing helps: Invalid if that is because an earlier table leaks by itself, with its cells."""
        if rows := leaking_before(self.recipe, self._told_of_audit):
            raise Invalid(rows, heading="not_to_be_protected")

    def _accompany(self, result: Result) -> None:
        """Report and proof, from the safe files as they are written."""
        contents = contents_of(self.safe, self.recipe, result.as_dict())
        self.report.write_bytes(render(contents, language=self.language))
        if self.proof:
            self.proof.write_bytes(proof(contents))

    def _budget(self, since: float | None = None) -> Budget:
        """What is left of the recipe's time, or a little for one more pattern; `heuristic` takes the first safe pattern,
        `optimal` has no limit."""
        now, limit = time.monotonic(), self.recipe.secondary.time_limit
        end = max((now if since is None else since) + limit, now + AGAIN * limit)
        left = {"heuristic": lambda: 0.0, "optimal": lambda: float("inf")}.get(
            self.recipe.secondary.method, lambda: end - time.monotonic()
        )
        return Budget(left, self.cancelled, self.told)


def _pattern(problem: Problem, recipe: Recipe, budget: Budget, before: Bools | None) -> Pattern:
    """The best pattern first; once the auditor has turned one down, that one with more hidden."""
    if recipe.secondary.method != "none":
        if before is None:
            return suppress(problem, budget=budget)
        return extended(problem, before, budget=budget)
    hidden = problem.primary | problem.absent
    return Pattern(hidden, np.zeros_like(hidden), 0.0, 0.0, 0, optimal=False)


def _leak_remains(result: Result) -> Refused:
    """Names are safe to tell: whoever has the file could find the cells himself; and no file is published."""
    leaks = result.leaks
    named = dict.fromkeys(place(leak.codes, leak.response or "") for leak in leaks)
    return Refused("leak_remains", count=len(named), cells="; ".join(list(named)[:NAMED]))


def _unprotectable(prepared: Prepared, cells: Iterable[int]) -> Invalid:
    """Which cells, and whether this table or what was published before gives them away."""
    names = places(prepared.tables)
    files = ", ".join(dict.fromkeys(before.file for before in prepared.before))
    cells = [cell for cell in dict.fromkeys(cells) if cell in names]
    rows = [BadRow("cell_unprotectable", None, None, {"cell": names[cell]}) for cell in cells]
    if files:
        rows = [BadRow("cell_known_before", None, None, {**row.facts, "files": files}) for row in rows]
        rows = rows or [BadRow("known_unprotectable", None, None, {"files": files})]
    return Invalid(rows, heading="not_to_be_protected")
