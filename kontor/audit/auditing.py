"""An audit from files: read, check that the tables add up, attack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from . import attack
from .alternatives import audit_changed
from .bounds import Contradiction
from .cells import Cells, Revised, numbered
from .corrections import corrected, hardly_alike, one_way, revision_bands
from .equations import Equations, check_sums
from .group import SMALL, Told
from .intervals import Ranges
from .microdata import audit_records
from .nesting import Nesting, nesting
from .published import PUBLISHED, Published, read_published
from .recipe import Recipe, read_recipe
from .respondents import LARGEST, NESTED, Asked
from .result import Leak, Result
from .unknowns import rate_bands, together, unknowns
from .witnesses import Proven, proven


def audit(
    safe: Path,
    recipe: Path,
    *,
    local: Path | None = None,
    told: Told = lambda _stage, _done, _of: None,
) -> Result:
    """Everything that the attackers infer from a safe file and its recipe (and the linked and earlier files it names).

    local: the office's own folder with its WITNESSES.npz, see `witnesses.py`. told: stage, done,
    of. Invalid where the files cannot be read, contradict the recipe or do not add up; Refused("file_missing").
    """
    asked = read_recipe(recipe)
    if asked.kind == "microdata":
        return _without(audit_records(safe, asked), local)
    cells = _cells(safe, asked)
    equations = Equations(cells)
    if asked.alternative:
        return _without(audit_changed(cells, equations, told), local)
    check_sums(cells, equations)
    found = _of_tables(corrected(cells, equations), safe, asked, local, told)
    return replace(found, assumptions=(*found.assumptions, *_unlike(cells)))


def _of_tables(cells: Cells, safe: Path, asked: Recipe, local: Path | None, told: Told) -> Result:
    equations = Equations(cells)
    tied = one_way(cells, equations)
    hidden = unknowns(cells, equations, together(rate_bands(cells), revision_bands(cells, tied)))
    inside = nesting(cells, equations, hidden, max(one.coalition for one in (asked, *asked.linked)))
    office = None if local is None else proven(local, safe, cells, hidden)
    strictest = _strictest((asked, *asked.linked), inside)
    try:
        leaks, narrow, found = attack.exact_and_narrow(cells, hidden, office, told)
        # The office knows who is really alone; in large groups to ask everybody else takes most of the time.
        every = office is None or strictest.coalition > 1
        leaks |= attack.respondents(cells, hidden, strictest, found, told, large=every)
        if office is not None and hidden.informed.small.any():
            seen = {_place(leak) for leak in leaks["C"]}
            true = attack.true_respondents(cells, hidden, found, office, inside, told)
            leaks["C"] += [leak for leak in true if _place(leak) not in seen]
    except Contradiction as error:
        raise attack.contradiction(cells, hidden, error) from None
    known = attack.known_leaks(cells)
    for name in ("A", "B"):
        leaks[name] = known + leaks[name]
    today = cells.tables[: cells.first_known]
    return Result(
        cells=sum(len(table.codes) for table in today),
        hidden=sum(len(table.marks) - table.marks.count(PUBLISHED) for table in today),
        attackers={name: _sorted(one) for name, one in leaks.items()},
        narrow=_sorted(narrow),
        open=_sorted(attack.small_and_published(cells)),
        assumptions=(
            *_assumptions(asked, strictest, cells, found),
            *_corrections(cells, tied),
            *_amounts(asked, office, given=local is not None),
            *_witnesses(office, given=local is not None),
            *_as_known(office, strictest, found),
        ),
    )


def _strictest(recipes: Sequence[Recipe], inside: Nesting | None) -> Asked:
    """Of several linked tables' recipes, who joins and who is suspected by any."""
    return Asked(
        coalition=max(recipe.coalition for recipe in recipes),
        suspected=any(recipe.suspected for recipe in recipes),
        nesting=inside,
    )


def _place(leak: Leak) -> tuple[int, str, tuple[str, ...], str]:
    """What tells the cells of leaks apart."""
    return leak.known, leak.table, tuple(leak.codes.values()), leak.response or ""


def _sorted(leaks: list[Leak]) -> tuple[Leak, ...]:
    return tuple(sorted(leaks, key=_place))


def _cells(safe: Path, recipe: Recipe) -> Cells:
    tables: list[Published] = [read_published(safe, recipe)]
    for linked in recipe.linked:
        tables.append(read_published(safe.with_name(f"{safe.stem}.{linked.path.stem}.csv"), linked))
    first_known = len(tables)
    tables += [read_published(file, earlier, foreign=True) for file, earlier in recipe.known]
    return numbered(tables, first_known)


def _assumptions(
    recipe: Recipe, strictest: Asked, cells: Cells, ranges: Ranges
) -> tuple[tuple[str, dict[str, Any]], ...]:
    found: list[tuple[str, dict[str, Any]]] = []
    if recipe.zeros and recipe.kind == "frequency":
        found.append(("attackers_know_zeros", {}))
    if recipe.codes:
        found.append(("attackers_know_codes", {"threshold": recipe.threshold}))
    found.append(("coalition_of", {"persons": strictest.coalition}))
    if recipe.kind == "frequency" and _threshold(recipe):
        found.append(("suspected_single_persons" if strictest.suspected else "told_single_persons", {}))
        if strictest.nesting is not None and strictest.nesting.nested:
            found.append(("single_persons_know_totals", {"cells": NESTED}))
        if cells.revised:
            found.append(("respondents_see_themselves", {}))
    largest = max((group.columns.size for group in ranges.groups if not group.points.complete), default=0)
    if strictest.coalition > 1 and largest > LARGEST:
        found.append(("coalitions_of_neighbours", {"classes": LARGEST}))
    if recipe.kind != "magnitude" and not _threshold(recipe):
        found.append(("no_threshold", {}))
    if np.isnan(cells.values).any() and recipe.margins is not None:
        found.append(("margins_unpublished", {}))
    return tuple(found)


def _unlike(cells: Cells) -> Iterator[tuple[str, dict[str, Any]]]:
    """Earlier tables that may be about other people: to compare them cell by cell says nothing then."""
    for number, (same, compared) in hardly_alike(cells).items():
        facts = {"file": cells.tables[number].name, "same": same, "compared": compared}
        yield "mostly_corrected", facts


def _corrections(cells: Cells, tied: Sequence[Revised]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What was taken for corrected since: per earlier table how many of the cells that stand in both."""
    for number in range(cells.first_known, len(cells.tables)):
        then = [pair for one in cells.revised if one.table == number for pair in one.pairs]
        if count := int((cells.table[np.array(then, dtype=np.int64).reshape(-1, 2)] >= 0).all(axis=1).sum()):
            yield "corrected_cells", {"file": cells.tables[number].name, "cells": count}
    if tables := {one.table for one in tied}:
        yield "revision_one_way", {"tables": len(tables)}


def _without(result: Result, local: Path | None) -> Result:
    """What has no witnesses, with a word on a folder that was given all the same."""
    if local is None:
        return result
    return replace(result, assumptions=(*result.assumptions, ("local_not_used", {})))


def _amounts(recipe: Recipe, office: Proven | None, *, given: bool) -> tuple[tuple[str, dict[str, Any]], ...]:
    """How far it was looked at which amounts are sensitive."""
    if recipe.kind != "magnitude":
        return ()
    if office is not None and office.count:
        return (("amounts_with_witnesses", {}),)
    return (("amounts_without_witnesses" if given else "amounts_without_primaries", {}),)


def _witnesses(office: Proven | None, *, given: bool) -> tuple[tuple[str, dict[str, Any]], ...]:
    if office is not None and office.count:
        return (("witnesses_checked", {"count": office.count}),)
    return (("witnesses_not_used", {}),) if given else ()


def _as_known(office: Proven | None, asked: Asked, found: Ranges) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Where those alone who really are alone were asked what they see."""
    if office is None or asked.coalition > 1 or not found.system.small.any():
        return ()
    return (
        (("single_persons_as_known", {"classes": SMALL}),) if any(one.large for one in found.groups) else ()
    )


def _threshold(recipe: Recipe) -> bool:
    """Whether any of the tables of today has a threshold."""
    return any(one.threshold for one in (recipe, *recipe.linked))
