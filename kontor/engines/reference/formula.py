"""Formulas by Dijkstra's shunting yard, evaluated cell by cell; cycles by trying every walk."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kontor.engines.formula import (
    DEEPEST_NESTING,
    LONGEST_FORMULA,
    LONGEST_NUMBER,
    Name,
    Negate,
    Node,
    Number,
    Operation,
)
from kontor.errors import Refused

DIGITS, LETTERS = "0123456789", "abcdefghijklmnopqrstuvwxyz"
STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2, "negate": 3}


def parse(text: str) -> Node:
    """See `kontor.engines.formula.parse`."""
    if len(text) > LONGEST_FORMULA:
        raise Refused("formula_too_long", length=len(text), limit=LONGEST_FORMULA)
    done: list[Node] = []
    waiting: list[str] = []
    operand_next = True
    for position, piece in [*_pieces(text), (len(text), "")]:
        if not operand_next and piece in ("", *")+-*/"):
            while waiting and waiting[-1] != "(" and (piece in ("", ")") or _binds(waiting[-1], piece)):
                _apply(waiting.pop(), done)
        if operand_next and piece in ("(", "-"):
            waiting.append("(" if piece == "(" else "negate")
        elif operand_next and piece != "" and piece[0] in DIGITS + LETTERS:
            _room_for_one_more(waiting)
            done.append(Number(Fraction(piece)) if piece[0] in DIGITS else Name(piece))
            operand_next = False
        elif not operand_next and piece == ")" and "(" in waiting:
            waiting.pop()
        elif not operand_next and piece != "" and piece in "+-*/":
            waiting.append(piece)
            operand_next = True
        elif not operand_next and piece == "" and not waiting:
            return done[0]
        else:
            _room_for_one_more(waiting if operand_next else [])
            raise Refused("formula_syntax", text=text, position=position + 1, found=piece)
        _room_for_one_more(waiting, 0)
    raise AssertionError("the empty piece at the end always decides")


def _room_for_one_more(waiting: list[str], more: int = 1) -> None:
    if sum(op in ("(", "negate") for op in waiting) + more > DEEPEST_NESTING:
        raise Refused("formula_too_deep", limit=DEEPEST_NESTING)


def _binds(waiting: str, piece: str) -> bool:
    return STRENGTH[waiting] >= STRENGTH[piece]


def _apply(op: str, done: list[Node]) -> None:
    right = done.pop()
    if op == "negate":
        done.append(Negate(right))
    elif op in ("+", "-", "*", "/"):
        done.append(Operation(op, done.pop(), right))  # type: ignore[arg-type]


def _pieces(text: str) -> list[tuple[int, str]]:
    pieces, at = [], 0
    while at < len(text):
        end = at + 1
        if text[at] in DIGITS:
            while text[end : end + 1] and text[end] in DIGITS:
                end += 1
            if text[end : end + 1] == "." and text[end + 1 : end + 2] and text[end + 1] in DIGITS:
                end += 1
                while text[end : end + 1] and text[end] in DIGITS:
                    end += 1
            after = text[end : end + 1]
            if end - at > LONGEST_NUMBER or (after and (after.isalnum() or after in "_.")):
                raise Refused("formula_syntax", text=text, position=at + 1, found=text[at:end])
        elif text[at] in LETTERS:
            while text[end : end + 1] and text[end] in LETTERS + DIGITS + "_":
                end += 1
        elif text[at] not in "+-*/() \t\r\n":
            raise Refused("formula_syntax", text=text, position=at + 1, found=text[at])
        if text[at] not in " \t\r\n":
            pieces.append((at, text[at:end]))
        at = end
    return pieces


def names(node: Node) -> frozenset[str]:
    """See `kontor.engines.formula.names`."""
    found, open_nodes = set(), [node]
    while open_nodes:
        here = open_nodes.pop()
        if isinstance(here, Name):
            found.add(here.name)
        elif isinstance(here, Negate):
            open_nodes.append(here.of)
        elif isinstance(here, Operation):
            open_nodes += [here.left, here.right]
    return frozenset(found)


def evaluate(node: Node, values: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    """See `kontor.engines.formula.evaluate`."""
    for name in sorted(names(node)):
        if name not in values:
            raise Refused("formula_unknown_name", name=name)
    used = {name: np.asarray(values[name], dtype=np.float64) for name in names(node)}
    shape = np.broadcast_shapes(*(array.shape for array in used.values()))
    flat = {name: np.broadcast_to(array, shape).ravel().tolist() for name, array in used.items()}
    cells = [_cell(node, {name: flat[name][i] for name in flat}) for i in range(math.prod(shape))]
    return np.array(cells, dtype=np.float64).reshape(shape)


def _cell(node: Node, values: Mapping[str, float]) -> float:
    if isinstance(node, Number):
        return float(node.value)
    if isinstance(node, Name):
        return values[node.name]
    if isinstance(node, Negate):
        return -_cell(node.of, values)
    a, b = _cell(node.left, values), _cell(node.right, values)
    if node.op == "+":
        return a + b
    if node.op == "-":
        return a - b
    if node.op == "*":
        return a * b
    return a / b if b else math.nan


def cycle(edges: Mapping[str, Collection[str]]) -> list[str] | None:
    """See `kontor.engines.formula.cycle`."""
    found: list[list[str]] = []

    def walk(way: list[str]) -> None:
        for there in edges.get(way[-1], ()):
            if there == way[0]:
                found.append([*way, there])
            elif there not in way:
                walk([*way, there])

    for name in edges:
        walk([name])
    return min(found, key=lambda way: (len(way), way), default=None)
