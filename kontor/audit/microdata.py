"""A recount of k and l: how many records share what an attacker may know of a person, and what they would tell him."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

from kontor.errors import BadRow, Invalid

from .delimited import records
from .recipe import Recipe
from .result import Leak, Result

ATTACKERS = ("A", "B", "C")


def audit_records(safe: Path, recipe: Recipe) -> Result:
    """Records that fewer than k share, and groups that have fewer than l different sensitive values.

    A suppressed value counts as a value of its own, which is the cautious way (Sweeney 2002; Machanavajjhala et al.
    2007, distinct l-diversity). Invalid("header_wrong") where the columns are not those of the recipe.
    """
    header = recipe.variables
    _, rows = records(safe, header)
    if not rows:
        raise Invalid([BadRow("rows_missing", None, None, {"file": safe.name})])
    asked = recipe.microdata
    quasi, sensitive = list(asked.get("quasi", ())), list(asked.get("sensitive", ()))
    if strange := [name for name in (*quasi, *sensitive) if name not in header]:
        raise Invalid([BadRow("column_missing", 1, name, {"value": name}) for name in strange])
    least_k, least_l = int(asked.get("k", 2)), int(asked.get("l", 1))
    places = [header.index(name) for name in quasi]
    shared = Counter(tuple(row[place] for place in places) for _, row in rows)
    leaks = [_leak(safe, quasi, key, None, count) for key, count in shared.items() if count < least_k]
    different = {}
    for name in sensitive:
        found: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for _, row in rows:
            found[tuple(row[place] for place in places)].add(row[header.index(name)])
        different[name] = min(len(values) for values in found.values())
        leaks += [_leak(safe, quasi, key, name, len(one)) for key, one in found.items() if len(one) < least_l]
    return Result(
        cells=len(rows),
        hidden=sum(cell in ("", "*") for _, row in rows for cell in row),
        attackers=dict.fromkeys(ATTACKERS),
        narrow=None,
        open=tuple(sorted(leaks, key=lambda leak: (tuple(leak.codes.values()), leak.response or ""))),
        guarantee="k_anonymity",
        facts={"k": min(shared.values()), "l": different, "k_asked": least_k, "l_asked": least_l},
        assumptions=(("attackers_know_quasi", {"known": ", ".join(quasi)}),),
    )


def _leak(safe: Path, quasi: list[str], key: tuple[str, ...], response: str | None, count: int) -> Leak:
    return Leak(safe.name, dict(zip(quasi, key, strict=True)), response, count, count)
