"""A recount of k and l: how many records share what an attacker may know of a person, and what they would tell him."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import exp, log
from pathlib import Path

from kontor.errors import BadRow, Invalid

from .delimited import records
from .recipe import Recipe
from .result import Leak, Result

ATTACKERS = ("A", "B", "C")
SUPPRESSED = ("", "*")
MISSING = ("_U", *SUPPRESSED)  # instead of a sensitive value
TIE = 1e-9  # of a diversity: what floating-point numbers leave


def audit_records(safe: Path, recipe: Recipe) -> Result:
    """Records that fewer than k share, and groups whose sensitive values are less diverse than l.

    Among what may be known of a person a suppressed value counts as one of its own (Sweeney 2002), among the sensitive
    ones a missing one may be any of the others: both is the cautious way. Distinct and entropy l-diversity:
    Machanavajjhala et al. 2007. Invalid("header_wrong") where the columns are not those of the recipe.
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
    kind = str(asked.get("diversity", "distinct"))
    places = [header.index(name) for name in quasi]
    shared = Counter(tuple(row[place] for place in places) for _, row in rows)
    leaks = [_leak(safe, quasi, key, None, count) for key, count in shared.items() if count < least_k]
    different = {}
    for name in sensitive:
        found: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for _, row in rows:
            found[tuple(row[place] for place in places)].append(row[header.index(name)])
        diverse = {key: _diversity(values, kind) for key, values in found.items()}
        different[name] = round(min(diverse.values()), 6)
        leaks += [_leak(safe, quasi, key, name, low) for key, low in diverse.items() if low < least_l - TIE]
    return Result(
        cells=len(rows),
        hidden=sum(cell in SUPPRESSED for _, row in rows for cell in row),
        attackers=dict.fromkeys(ATTACKERS),
        narrow=None,
        open=tuple(sorted(leaks, key=lambda leak: (tuple(leak.codes.values()), leak.response or ""))),
        guarantee="k_anonymity",
        facts={
            "k": min(shared.values()),
            "l": different,
            "k_asked": least_k,
            "l_asked": least_l,
            "diversity": kind,
        },
        assumptions=(("attackers_know_quasi", {"known": ", ".join(quasi)}),),
    )


def _diversity(values: Sequence[str], kind: str) -> float:
    """Of one group: how many different values it has at least, or exp of the least entropy."""
    times = sorted(Counter(value for value in values if value not in MISSING).values()) or [0]
    if kind != "entropy":
        return len(times)
    times[-1] += len(values) - sum(times)
    return exp(-sum(n / len(values) * log(n / len(values)) for n in times if n))


def _leak(safe: Path, quasi: list[str], key: tuple[str, ...], response: str | None, count: float) -> Leak:
    return Leak(safe.name, dict(zip(quasi, key, strict=True)), response, count, count)
