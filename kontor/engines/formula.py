"""A small safe language for indicator formulas: numbers, names, + - * /, unary minus and parentheses.

expression = term { ("+" | "-") term }      term = factor { ("*" | "/") factor }
factor     = "-" factor | number | name | "(" expression ")"
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kontor.errors import Refused

LONGEST_FORMULA = 500
DEEPEST_NESTING = 32
LONGEST_NUMBER = 30

Operator = Literal["+", "-", "*", "/"]


@dataclass(frozen=True, slots=True)
class Number:
    """A literal, kept exact."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Name:
    """An input of the formula."""

    name: str


@dataclass(frozen=True, slots=True)
class Negate:
    """Unary minus."""

    of: Node


@dataclass(frozen=True, slots=True)
class Operation:
    """One of the four operations; chains lean to the left: a - b - c is (a - b) - c."""

    op: Operator
    left: Node
    right: Node


Node = Number | Name | Negate | Operation


def parse(text: str) -> Node:
    """The tree of a formula.

    Refused: `formula_syntax` (text, position counted from 1, found: the offending piece, empty at the end),
    `formula_too_long` (length, limit), `formula_too_deep` (limit) for parentheses and signs nested too far.
    """
    if len(text) > LONGEST_FORMULA:
        raise Refused("formula_too_long", length=len(text), limit=LONGEST_FORMULA)
    return _Parser(text).formula()


def names(node: Node) -> frozenset[str]:
    """The names of all inputs."""
    match node:
        case Name(name):
            return frozenset({name})
        case Negate(of):
            return names(of)
        case Operation(_, left, right):
            return names(left) | names(right)
        case _:
            return frozenset()


def evaluate(node: Node, values: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    """The result, element by element, in float64; inputs broadcast as in NumPy.

    A division by zero gives nan and nan propagates. Refused `formula_unknown_name` (name) for a missing
    input, the first in alphabetical order.
    """
    for name in sorted(names(node)):
        if name not in values:
            raise Refused("formula_unknown_name", name=name)
    return np.asarray(
        _result(node, {name: np.asarray(values[name], dtype=np.float64) for name in names(node)})
    )


def cycle(edges: Mapping[str, Collection[str]]) -> list[str] | None:
    """The dependency cycle to show to a person, e.g. ["a", "b", "a"]; None if there is none.

    Of all cycles the shortest, of these the first by alphabet, beginning with its first name by alphabet: the
    answer does not depend on the order in which definitions were read. `edges` maps a definition to those it
    uses.
    """
    best: list[str] | None = None
    for start in sorted(edges):
        found = _shortest_way_back(edges, start)
        if found is not None and (best is None or len(found) < len(best)):
            best = found
    return best


def _shortest_way_back(edges: Mapping[str, Collection[str]], start: str) -> list[str] | None:
    """Breadth first over names not before `start`, for a cycle is found from its first name."""
    came_from: dict[str, str] = {}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there in sorted(edges.get(here, ())):
            if there == start:
                way = [start, here]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return way[::-1] if here != start else [start, start]
            if there > start and there not in came_from:
                came_from[there] = here
                queue.append(there)
    return None


def _result(node: Node, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    match node:
        case Number(value):
            return np.asarray(float(value))
        case Name(name):
            return values[name]
        case Negate(of):
            return -_result(of, values)
        case Operation(op, left, right):
            return _operate(op, _result(left, values), _result(right, values))


def _operate(op: Operator, a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    match op:
        case "+":
            return np.add(a, b)
        case "-":
            return np.subtract(a, b)
        case "*":
            return np.multiply(a, b)
        case "/":
            return np.divide(a, np.where(b == 0, np.nan, b))


_TOKEN = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<name>[a-z][a-z0-9_]*)|(?P<sign>[-+*/()])|(?P<space>[ \t\r\n]+)"
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


class _Parser:
    """Recursive descent; `depth` counts open parentheses and signs."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(self._tokens())
        self.next = 0
        self.depth = 0

    def _tokens(self) -> list[_Token]:
        tokens, at = [], 0
        while at < len(self.text):
            match = _TOKEN.match(self.text, at)
            if match is None:
                self._refuse(at, self.text[at])
                break
            kind = str(match.lastgroup)
            if kind == "number" and self._runs_on(match):
                self._refuse(at, match.group())
            if kind != "space":
                tokens.append(_Token(kind, match.group(), at))
            at = match.end()
        tokens.append(_Token("end", "", len(self.text)))
        return tokens

    def _runs_on(self, number: re.Match[str]) -> bool:
        """2x, 1e5 and 1.2.3 are slips of the pen, not two tokens."""
        after = self.text[number.end() : number.end() + 1]
        return len(number.group()) > LONGEST_NUMBER or after.isalnum() or after in {"_", "."}

    def _refuse(self, at: int, found: str) -> None:
        raise Refused("formula_syntax", text=self.text, position=at + 1, found=found)

    def _take(self, *texts: str) -> str:
        token = self.tokens[self.next]
        if token.kind == "sign" and token.text in texts:
            self.next += 1
            return token.text
        return ""

    def formula(self) -> Node:
        node = self._sum()
        token = self.tokens[self.next]
        if token.kind != "end":
            self._refuse(token.position, token.text)
        return node

    def _sum(self) -> Node:
        node = self._product()
        while op := self._take("+", "-"):
            node = Operation("+" if op == "+" else "-", node, self._product())
        return node

    def _product(self) -> Node:
        node = self._factor()
        while op := self._take("*", "/"):
            node = Operation("*" if op == "*" else "/", node, self._factor())
        return node

    def _factor(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST_NESTING:
            raise Refused("formula_too_deep", limit=DEEPEST_NESTING)
        node = self._signed_or_primary()
        self.depth -= 1
        return node

    def _signed_or_primary(self) -> Node:
        if self._take("-"):
            return Negate(self._factor())
        if self._take("("):
            node = self._sum()
            if not self._take(")"):
                token = self.tokens[self.next]
                self._refuse(token.position, token.text)
            return node
        token = self.tokens[self.next]
        self.next += 1
        if token.kind == "number":
            return Number(Fraction(token.text))
        if token.kind != "name":
            self._refuse(token.position, token.text)
        return Name(token.text)
