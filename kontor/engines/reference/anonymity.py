"""k-anonymity and l-diversity by trying every node, record by record."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import product

from kontor.engines.disclosure.anonymity import Demand
from kontor.engines.disclosure.ladders import Ladder

MISSING = "_U"


def classes(rows: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], list[int]]:
    """Values -> the records that have them."""
    found = defaultdict(list)
    for number, row in enumerate(rows):
        found[row].append(number)
    return dict(found)


def diversity(values: Sequence[str], kind: str) -> float:
    """Distinct values, or exp of their entropy; the least that is left whatever the missing ones are."""
    known = [value for value in values if value != MISSING]
    filled = {value: known + [value] * (len(values) - len(known)) for value in known or [MISSING]}
    return min(_diversity(each, kind) for each in filled.values())


def _diversity(values: Sequence[str], kind: str) -> float:
    counts = Counter(values).values()
    if kind == "distinct":
        return len(counts)
    return math.exp(-math.fsum(n / len(values) * math.log(n / len(values)) for n in counts))


def losses(
    columns: Mapping[str, Sequence[str]],
    ladders: Mapping[str, Ladder],
    sensitive: Mapping[str, Sequence[str]],
    demand: Demand,
) -> dict[tuple[int, ...], tuple[float, float]]:
    """Node -> (granularity, discernibility), of the nodes at which the demand holds."""
    records = len(next(iter(columns.values())))
    found = {}
    for node in product(*(range(ladders[name].levels) for name in columns)):
        coarse = [
            _coarse(ladders[name], level, columns[name]) for name, level in zip(columns, node, strict=True)
        ]
        members = classes(list(zip(*coarse, strict=True))).values()
        good = [each for each in members if _good(each, sensitive, demand)]
        left_out = records - sum(map(len, good))
        if left_out > demand.limit * records + 1e-9:
            continue
        lost = sum(
            _lost(ladders[name], level, columns[name][record])
            for each in good
            for record in each
            for name, level in zip(columns, node, strict=True)
        )
        granularity = (lost / len(columns) + left_out) / records
        found[node] = granularity, float(sum(len(each) ** 2 for each in good) + left_out * records)
    return found


def _good(members: Sequence[int], sensitive: Mapping[str, Sequence[str]], demand: Demand) -> bool:
    return len(members) >= demand.k and all(
        diversity([column[record] for record in members], demand.diversity) >= demand.l - 1e-9
        for column in sensitive.values()
        if demand.l > 1
    )


def _coarse(ladder: Ladder, level: int, column: Sequence[str]) -> list[str]:
    return [ladder.labels[level][ladder.groups[level][ladder.labels[0].index(value)]] for value in column]


def _lost(ladder: Ladder, level: int, value: str) -> float:
    groups = ladder.groups[level].tolist()
    alike = groups.count(groups[ladder.labels[0].index(value)])
    return (alike - 1) / (len(groups) - 1) if len(groups) > 1 else 0.0
