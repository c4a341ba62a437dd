"""From records, or the inner cells of a finished table, to all cells of a table, and which of them are primary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from kontor.engines.disclosure import primary as rules
from kontor.engines.disclosure.cube import axis_of, filled
from kontor.engines.disclosure.primary import Primary, Rules
from kontor.engines.disclosure.problem import Axis, Floats, Ints
from kontor.errors import BadRow, Invalid, Refused

from .amounts import code_of, counted, first_rows, number_of, response_columns
from .codes import check_labels, in_order, natural
from .layout import MOST_FAULTS
from .reading import Records, quoted
from .recipe import TOTAL, Recipe

MOST_CELLS = 2_000_000
NAMED = 10  # lines of a hierarchy
UNKNOWN = "_U"  # SDMX: the code of what is not known


@dataclass(frozen=True, slots=True)
class Inner:
    """Rows of inner cells. codes: one column per variable; all are parallel.

    amounts: response -> numbers. person: the record that stands for a cell, so that the same one is known again in
    another table. unknown: records in which a variable is empty, by variable.
    """

    codes: list[list[str]]
    amounts: Mapping[str, Floats]
    person: Ints
    missing: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Behind:
    """Who contributed how much to which inner cell: one column of codes per variable; all are parallel.

    persons: where only that is known, how many stand behind an amount; then nobody is in two of them.
    """

    codes: list[list[str]]
    holding: Ints
    amounts: Floats
    persons: Ints | None = None


@dataclass(frozen=True, slots=True)
class Tabulated:
    """All cells of one table. Arrays have one dimension per axis.

    primary: response -> primary cells, None where the response needs no protection. only: response -> the number of
    who is alone in a cell, else -1. behind: response -> who contributed, of amounts alone.
    """

    recipe: Recipe
    axes: tuple[Axis, ...]
    values: Mapping[str, Floats]
    primary: Mapping[str, Primary | None]
    only: Mapping[str, Ints]
    inner: Inner
    behind: Mapping[str, Behind]


def axes_of(recipe: Recipe, codes: Mapping[str, Iterable[str]]) -> tuple[Axis, ...]:
    """The axes of a table whose inner cells have these codes: in order, then the groups, then `_T`.

    Raises Invalid: "hierarchy_cyclic", "code_outside_hierarchy", "group_is_inner_code".
    """
    axes, faults = list[Axis](), list[BadRow]()
    for variable in recipe.variables:
        try:
            hierarchies = recipe.hierarchies_of(variable)
            inner = in_order(codes[variable], hierarchies, UNKNOWN)
            # Who is unknown belongs to no group, only to the total.
            unknown = {UNKNOWN: TOTAL} if UNKNOWN in inner else {}
            ways = [{**unknown, **parents} for parents in hierarchies]
            axes.append(axis_of(variable, inner, ways))
        except Invalid as error:
            faults += error.rows
    if faults:
        raise Invalid(faults[:MOST_FAULTS])
    return tuple(axes)


def groups_of(recipe: Recipe, variable: str) -> set[str]:
    """The codes of a variable that are sums of others."""
    return {group for parents in recipe.hierarchies_of(variable) for group in parents.values()} | {TOTAL}


def tabulated(records: Records, recipe: Recipe) -> Tabulated:
    """The table of a recipe over what was read; its numbers have been added before.

    Raises Invalid for codes that fit no hierarchy and labels of no code, Refused("table_too_large").
    """
    rows = inner(records, recipe)
    named = {variable: set(column) for variable, column in zip(recipe.variables, rows.codes, strict=True)}
    private = recipe.alternative is not None and recipe.alternative.method == "dp"
    if private or not recipe.publish.zeros:
        # That a code has no cases must not show by its being left out.
        for variable in recipe.variables:
            leaves = {leaf for parents in recipe.hierarchies_of(variable)[:1] for leaf in parents}
            named[variable] |= leaves - groups_of(recipe, variable)
    try:
        axes = axes_of(recipe, named)
    except Invalid as error:
        raise Invalid(_placed(records, recipe, error.rows, named)) from None
    if strange := [*check_labels(recipe, axes)]:
        raise Invalid(strange[:MOST_FAULTS])
    cells = int(np.prod([len(axis.codes) for axis in axes], dtype=object))
    if cells > MOST_CELLS:
        largest = max(axes, key=lambda axis: len(axis.codes))
        raise Refused(
            "table_too_large", cells=cells, most=MOST_CELLS, variable=largest.name, codes=len(largest.codes)
        )
    values = {name: filled(axes, rows.codes, amounts) for name, amounts in rows.amounts.items()}
    amounts = [name for name in recipe.responses if recipe.kind == "magnitude" and protected(recipe, name)]
    behind = {name: _behind_amounts(records, recipe, rows, name) for name in amounts}
    found = {
        name: _of_amounts(recipe, axes, behind[name])
        if name in behind
        else _rules(records, recipe, axes, rows, name, values[name])
        for name in recipe.responses
    }
    return Tabulated(
        recipe,
        axes,
        values,
        {name: primary for name, (primary, _) in found.items()},
        {name: only for name, (_, only) in found.items()},
        rows,
        behind,
    )


def inner(records: Records, recipe: Recipe) -> Inner:
    """The inner cells with their sums; an empty variable is the code `_U`."""
    keys = ", ".join(code(recipe, name) for name in recipe.variables)
    summed = dict.fromkeys([*recipe.responses, *response_columns(recipe)])
    sums = [_sum(recipe, name) for name in summed]
    numbers = [number_of(name) for name in response_columns(recipe)]
    alive = " OR ".join(f"{number} > 0" for number in numbers) or "true"
    person = f"coalesce(min(CASE WHEN {alive} THEN rowid END), min(rowid))"
    where = "WHERE used" if recipe.input == "table" else ""
    rows = records.connection.execute(
        f"SELECT {', '.join([keys, *sums, person])} FROM records {where} GROUP BY ALL"  # noqa: S608
    ).fetchnumpy()
    columns = [np.ma.filled(column) for column in rows.values()]
    count = len(recipe.variables)
    missing = {
        name: records.query(f"SELECT count(*) FROM records WHERE {quoted(name)} = ''")[0][0]  # noqa: S608
        for name in recipe.variables
    }
    return Inner(
        [list(column) for column in columns[:count]],
        {
            name: np.asarray(column, dtype=np.float64)
            for name, column in zip(summed, columns[count:-1], strict=True)
        },
        np.asarray(columns[-1], dtype=np.int64),
        {name: times for name, times in missing.items() if times},
    )


def code(recipe: Recipe, variable: str) -> str:
    """The expression of SQL that gives the code of a variable; an empty one is `_U`."""
    return f"CASE WHEN {quoted(variable)} = '' THEN '{UNKNOWN}' ELSE {code_of(recipe, variable)} END"


def _sum(recipe: Recipe, response: str) -> str:
    return (
        "count(*)::DOUBLE"
        if counted(recipe, response)
        else f"coalesce(sum({number_of(response)}), 0)::DOUBLE"
    )


def _placed(
    records: Records, recipe: Recipe, faults: list[BadRow], met: Mapping[str, set[str]]
) -> list[BadRow]:
    """The same faults, with the first row in which a code stands; beside codes that a hierarchy does not know those of its
    lines that nothing has, one of which may be the code misspelt. met: variable -> codes of the records."""
    placed = []
    for variable in recipe.variables:
        own = sorted(
            (fault for fault in faults if fault.column == variable),
            key=lambda fault: natural(str(fault.facts["value"])),
        )
        rows = dict(first_rows(records, variable, [str(fault.facts["value"]) for fault in own]))
        placed += [
            BadRow(fault.code, rows.get(str(fault.facts["value"])), variable, fault.facts) for fault in own
        ]
        leaves = {leaf for parents in recipe.hierarchies_of(variable)[:1] for leaf in parents}
        unused = sorted(leaves - groups_of(recipe, variable) - met[variable], key=natural)
        if unused and any(fault.code == "code_outside_hierarchy" for fault in own):
            facts = {"values": ", ".join(unused[:NAMED]), "count": len(unused)}
            placed.append(BadRow("hierarchy_lines_unused", None, variable, facts))
    return placed


# ---- who is behind a cell


def protected(recipe: Recipe, response: str) -> bool:
    """A denominator that is nothing but that counts a population; all else is about those in the records."""
    denominators = {rate.denominator for rate in recipe.rates if not rate.protect_denominator}
    numerators = {rate.numerator for rate in recipe.rates}
    return response not in denominators or response in numerators or response == recipe.count


def _rules(
    records: Records, recipe: Recipe, axes: tuple[Axis, ...], rows: Inner, name: str, values: Floats
) -> tuple[Primary | None, Ints]:
    """The primary cells of one response, and who is alone in which cell."""
    nobody = np.full(values.shape, -1, dtype=np.int64)
    if not protected(recipe, name):
        return None, nobody
    asked = recipe.primary
    found = [rules.frequencies(values, _asked(recipe, asked.threshold))]
    if recipe.contributor or recipe.holding:
        given = _contributions(recipe, axes, _behind(records, recipe, name))
        if asked.holdings:
            fewer = rules.frequencies(values, _asked(recipe, asked.holdings - 1), given.count)
            found.append(_as_holdings(fewer))
        return rules.together(found), given.only
    alone = filled(axes, rows.codes, np.where(rows.amounts[name] > 0, rows.person, 0))
    return rules.together(found), np.where(values == 1, alone, -1).astype(np.int64)


def _of_amounts(recipe: Recipe, axes: tuple[Axis, ...], behind: Behind) -> tuple[Primary, Ints]:
    """The same for amounts."""
    if behind.persons is None:
        given = _contributions(recipe, axes, behind)
    else:
        values = filled(axes, behind.codes, behind.amounts)
        given = summed(values, filled(axes, behind.codes, behind.persons.astype(np.float64)))
    return primary_amounts(recipe, given), given.only


def primary_amounts(recipe: Recipe, given: rules.Contributions) -> Primary:
    """The amounts that the rules of a recipe name, cells of a table or sums of them."""
    found = [rules.magnitudes(given, _asked(recipe, recipe.primary.threshold, of_amounts=True))]
    if recipe.primary.holdings:
        found.append(_as_holdings(rules.magnitudes(given, _asked(recipe, recipe.primary.holdings - 1))))
    return rules.together(found)


def depth_of(recipe: Recipe) -> int:
    """How many of the largest contributions the rules of a recipe look at."""
    dominant = recipe.primary.dominance[0] if recipe.primary.dominance else 0
    return max(dominant, 1 + recipe.secondary.coalition)


def _asked(recipe: Recipe, threshold: int, *, of_amounts: bool = False) -> Rules:
    return Rules(
        threshold=threshold or None,
        dominance=recipe.primary.dominance if of_amounts else None,
        p_percent=recipe.primary.p_percent if of_amounts else None,
        zeros_published=recipe.publish.zeros,
        width=recipe.secondary.interval_width,
        coalition=recipe.secondary.coalition,
    )


def summed(values: Floats, behind: Floats) -> rules.Contributions:
    """Sums of which is known only how many stand behind them."""
    count: Ints = behind.astype(np.int64)
    nobody: Ints = np.full(values.shape, -1, dtype=np.int64)
    return rules.Contributions(values, count, np.zeros((*values.shape, 2)), nobody)


def _as_holdings(found: Primary) -> Primary:
    named = {"holdings" if rule == "threshold" else rule: cells for rule, cells in found.rules.items()}
    return Primary(found.cells, found.down, found.up, found.width, named)


def _contributions(recipe: Recipe, axes: tuple[Axis, ...], behind: Behind) -> rules.Contributions:
    return rules.contributions(axes, behind.codes, behind.holding, behind.amounts, depth_of(recipe))


def _behind_amounts(records: Records, recipe: Recipe, rows: Inner, response: str) -> Behind:
    """Of a finished table is known only how many stand behind a sum."""
    if recipe.input != "table":
        return _behind(records, recipe, response)
    persons: Ints = rows.amounts[recipe.count].astype(np.int64)
    return Behind(rows.codes, np.arange(persons.size), rows.amounts[response], persons)


def _behind(records: Records, recipe: Recipe, response: str) -> Behind:
    """Amounts by inner cell and contributor; those of one holding are one contributor.

    His number is that of his first record, so he has the same one in every table of the same records.
    """
    who = [f"nullif({quoted(name)}, '')" for name in (recipe.holding, recipe.contributor) if name]
    # Who has no holding stands for himself; who is not named at all is a contributor of his own.
    owner = f"coalesce({', '.join(who)}, 'record ' || rowid)"
    holder = f"min(rowid) OVER (PARTITION BY {owner})" if who else "rowid"
    amount = "1.0" if counted(recipe, response) else number_of(response)
    keys = [f"{code(recipe, name)} AS code_{number}" for number, name in enumerate(recipe.variables)]
    rows = records.connection.execute(
        f"SELECT * EXCLUDE (amount), sum(amount)::DOUBLE FROM ("  # noqa: S608
        f"SELECT {', '.join(keys)}, {holder} AS holder, {amount} AS amount FROM records"
        ") WHERE amount IS NOT NULL GROUP BY ALL"
    ).fetchnumpy()
    columns = [np.ma.filled(column) for column in rows.values()]
    codes = [list(column) for column in columns[: len(recipe.variables)]]
    return Behind(codes, columns[-2].astype(np.int64), columns[-1].astype(np.float64))
