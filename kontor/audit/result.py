"""What an audit found: leaks by attacker, each with its cell, its interval and who sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Leak:
    """A hidden cell that can be inferred. by: the cells whose respondents see it (attackers C and D). known: which of
    the recipe's [[known]] tables it stands in, counted from 1; 0 for tables of today.
    """

    table: str
    codes: Mapping[str, str]
    response: str | None
    low: float
    high: float
    by: tuple[Mapping[str, Any], ...] = ()
    known: int = 0

    def as_dict(self) -> dict[str, Any]:
        """As plain values."""
        found: dict[str, Any] = {"table": self.table, "codes": dict(self.codes), "response": self.response}
        found |= {"low": _plain(self.low), "high": _plain(self.high)}
        if self.known:
            found["known"] = self.known
        if self.by:
            found["by"] = [dict(one) for one in self.by]
        return found


@dataclass(frozen=True, slots=True)
class Result:
    """cells: the rows of today's files, linked ones too; hidden: those that show no value.

    attackers: A, B, C and, where coalitions were asked for, D -> the cells that each determines.
    narrow: cells whose interval under B is too narrow. open: small counts that are published. assumptions: codes of
    what was taken for granted, with their facts. None where a method does not apply.
    """

    cells: int
    hidden: int
    attackers: Mapping[str, tuple[Leak, ...] | None]
    narrow: tuple[Leak, ...] | None = ()
    open: tuple[Leak, ...] = ()
    guarantee: str = "suppression"
    assumptions: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def safe(self) -> bool:
        """Nothing was found."""
        return not (self.narrow or self.open or any(self.attackers.values()))

    @property
    def leaks(self) -> tuple[Leak, ...]:
        """All of them, each cell once: the first attacker who sees it."""
        found: dict[Any, Leak] = {}
        seen = [leak for leaks in self.attackers.values() for leak in leaks or ()]
        for leak in (*self.open, *seen, *(self.narrow or ())):
            found.setdefault((leak.known, leak.table, tuple(leak.codes.items()), leak.response), leak)
        return tuple(found.values())

    def as_dict(self) -> dict[str, Any]:
        """The JSON of the command; depends on the files alone."""
        from kontor import __version__

        return {
            "cells": self.cells,
            "hidden": self.hidden,
            "attackers": {
                name: None if leaks is None else {"exact": len(leaks), "cells": _all(leaks)}
                for name, leaks in self.attackers.items()
            },
            "narrow": None if self.narrow is None else len(self.narrow),
            "narrow_cells": None if self.narrow is None else _all(self.narrow),
            "published_small": _all(self.open),
            "guarantee": self.guarantee,
            "assumptions": [{"code": code, **facts} for code, facts in self.assumptions],
            **({"facts": dict(self.facts)} if self.facts else {}),
            "versions": {"kontor": __version__},
            "safe": self.safe,
        }


def _all(leaks: tuple[Leak, ...]) -> list[dict[str, Any]]:
    return [leak.as_dict() for leak in leaks]


def _plain(value: float) -> float | int | None:
    if value in (float("inf"), float("-inf")):
        return None
    return int(value) if float(value).is_integer() else float(f"{value:.10g}")
