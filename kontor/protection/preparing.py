"""From an input file and its recipe to what is to be protected: cells, equations, and which rule hides which cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kontor.engines.disclosure.problem import Cube, Problem, Step
from kontor.errors import Invalid

from .amounts import add_numbers, check_dates, columns_of, missing_amounts
from .assembling import Cells, Draft
from .codes import check_codes
from .dependence import dependent
from .earlier import Before, Earlier, read_earlier
from .finished import check_margins, mark_inner
from .identifiers import check_identifiers
from .layout import Layout
from .meanings import check_groups, other_scopes
from .proportions import check_proportions, limit_proportions, split_proportions
from .reading import Records, opened
from .recipe import Rate, Recipe
from .record_keys import Keys, check_contributors, keys_of
from .revisions import Found, add_earlier
from .tabulating import Behind, Tabulated, tabulated


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """One table that is published: one cube per response, whose cells are numbers in the problem.

    `responses` and `cubes` are parallel. With one response and no rate the safe file has no column `response`. A rate
    is hidden where its numerator or its denominator is; `rates` are computed from those two cubes. decimals: digits
    after the point, per response.
    """

    recipe: Recipe
    responses: tuple[str, ...]
    cubes: tuple[Cube, ...]
    rates: tuple[Rate, ...] = ()
    decimals: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """Something the office should know, no error: the code of a sentence and its facts."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Input:
    """What was read. For the local report only: nothing of it is public.

    rows: records (or inner cells) read; dropped: columns that no one sees any more.
    """

    name: str
    sha256: str
    rows: int
    columns: tuple[str, ...]
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A problem ready for `engines.disclosure.suppress`, and what it takes to write its pattern down again.

    tables: the main table first, then the linked ones in the order of the recipe. rules: per cell of the problem
    "" | "threshold" | "zero" | "dominance" | "p_percent" | "holdings". keys: per cell of
    the only table the sum of its records' keys modulo 2**64, for cell-key perturbation only. before: where the cells
    of tables published before are. looser: the same where more may be hidden of what a correction touched, if earlier
    tables were corrected; an attacker may know better. behind: per table, of amounts who contributed, by response.
    """

    recipe: Recipe
    problem: Problem
    tables: tuple[PublishedTable, ...]
    rules: Sequence[str]
    notes: tuple[Note, ...]
    input: Input
    keys: Keys | None = None
    before: tuple[Before, ...] = ()
    looser: Callable[[], Prepared] | None = None
    behind: tuple[Mapping[str, Behind], ...] = ()


def prepare(
    input: Path,
    recipe: Recipe,
    *,
    cancelled: Callable[[], None] = lambda: None,
    told: Callable[[Step], None] = lambda _step: None,
) -> Prepared:
    """Read, check, tabulate and find the primary cells. Invalid names every fault of the input at once."""
    recipes = (recipe, *recipe.linked)
    told(Step("reading"))
    wanted = list(dict.fromkeys(name for each in recipes for name in columns_of(each)))
    with opened(input, layout_of(recipe), wanted, cancelled=cancelled) as records:
        kept = check_identifiers(records, recipes)
        told(Step("tabulating"))
        tables, decimals, notes = _tables(records, recipes, cancelled)
        check_contributors(records, recipe)
        check_proportions(tables, [name for one in recipes for name in missing_amounts(records, one)])
        keys = keys_of(records, tables[0])
        notes += [
            Note("linked_variables_depend", {"fine": fine, "coarse": coarse})
            for fine, coarse in dependent(records, recipes)
        ]
    earlier = read_earlier(recipe)
    check_groups(
        [*((table.recipe, table.axes) for table in tables), *((one.recipe, one.axes) for one in earlier)]
    )
    dropped = tuple(name for name in records.columns if name not in wanted)
    source = Input(records.name, records.sha256, records.count, records.columns, dropped)
    notes += [Note("identifier_kept", {"column": one.column}) for one in kept]
    if dropped:
        notes.append(Note("columns_dropped", {"columns": ", ".join(dropped)}))

    def prepared(*, loose: bool) -> Prepared:
        problem, published, rules, more, before = _assembled(recipe, tables, earlier, decimals, loose=loose)
        behind = tuple(table.behind for table in tables)
        return Prepared(
            recipe, problem, published, rules, (*notes, *more), source, keys, before, behind=behind
        )

    found = prepared(loose=False)
    corrected = any(note.facts.get("revised") for note in found.notes if note.code == "known_before")
    return replace(found, looser=lambda: prepared(loose=True)) if corrected else found


def layout_of(recipe: Recipe) -> Layout:
    """How the input is written, as far as the recipe says so."""
    return Layout(recipe.delimiter, recipe.encoding, recipe.header, recipe.sheet, recipe.missing)


def _tables(
    records: Records, recipes: Sequence[Recipe], cancelled: Callable[[], None]
) -> tuple[list[Tabulated], dict[str, int], list[Note]]:
    decimals: dict[str, int] = {}
    tables, notes = [], []
    faults = [
        fault
        for recipe in recipes
        for fault in (*check_dates(records, recipe), *check_codes(records, recipe))
    ]
    if faults:
        raise Invalid(faults)
    finished = [recipe for recipe in recipes if recipe.input == "table"]
    if finished:
        mark_inner(records, finished)
    margins = set[int]()
    for recipe in recipes:
        cancelled()
        decimals |= add_numbers(records, recipe, decimals)
        table = tabulated(records, recipe)
        if recipe.input == "table":
            margins |= check_margins(records, table, finished)
        for variable, count in table.inner.missing.items():
            notes.append(Note("codes_missing_in_records", {"variable": variable, "count": count}))
        for response, count in missing_amounts(records, recipe).items():
            notes.append(Note("amounts_missing_in_records", {"response": response, "count": count}))
        tables.append(table)
    if margins:
        notes.insert(0, Note("margins_add_up", {"count": len(margins)}))
    return tables, decimals, notes


def _assembled(
    recipe: Recipe,
    tables: Sequence[Tabulated],
    earlier: Sequence[Earlier],
    decimals: Mapping[str, int],
    *,
    loose: bool,
) -> tuple[Problem, tuple[PublishedTable, ...], tuple[str, ...], tuple[Note, ...], tuple[Before, ...]]:
    cells = Cells()
    alone = len(tables) == 1 and not earlier
    number = cells.shared if not alone else lambda _response, axes: cells.fresh(axes)
    numbers = [{name: number(name, table.axes) for name in table.recipe.responses} for table in tables]
    draft = Draft(cells.count, integral=recipe.kind == "frequency")
    for table, own in zip(tables, numbers, strict=True):
        for name in table.recipe.responses:
            draft.put(table, name, own[name])
    for table, own in zip(tables, numbers, strict=True):
        draft.tell_codes(table.recipe, own.values())
    limit_proportions(draft, tables, numbers)
    scopes = other_scopes([table.axes for table in tables], [one.axes for one in earlier])
    found, before = add_earlier(draft, cells, earlier, scopes, loose=loose)
    recipes = [recipe, *recipe.linked]
    split_proportions(draft, cells, list(zip(recipes, numbers, strict=True)), earlier, before)
    notes = tuple(note for one in found for note in _known(one))
    published = tuple(
        PublishedTable(
            table.recipe,
            table.recipe.responses,
            tuple(Cube(table.axes, own[name]) for name in table.recipe.responses),
            table.recipe.rates,
            tuple(decimals.get(name, 0) for name in table.recipe.responses),
        )
        for table, own in zip(tables, numbers, strict=True)
    )
    return draft.problem(recipes), published, tuple(draft.rules), notes, before


def _known(found: Found) -> Iterator[Note]:
    """What an earlier table has of today's; `different` names the cells."""
    file, cells = found.revised.file, found.revised.cells
    facts = {"file": file, "same": found.same, "revised": len(cells), "open": found.open_now}
    yield Note("known_before", {**facts, "different": cells})
    if found.open_now:
        yield Note("known_open", {"file": file, "count": found.open_now})
    if found.revised.mostly:
        yield Note("known_revised", {"file": file})
