"""Every code that the program can refuse with has its sentence in three languages, and every sentence gets its facts."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kontor.errors import BadRow, Invalid, Refused
from kontor.sentences import explain, placeholders, sentence, sentences

KONTOR = Path(__file__).parents[2] / "kontor"
LANGUAGES = ("en", "de", "zh-hans")
# Codes put together at run time: `f"{name}_unknown"` in kontor/api/parameters.py.
COMPOSED = {"format_unknown", "language_unknown"}

MAKERS = ("Refused", "BadRow", "words", "Finding", "refusal", "_fault")


@dataclass(frozen=True)
class Use:
    """One place that raises a code; `facts` is None where they are put together elsewhere."""

    code: str
    place: str
    facts: frozenset[str] | None


def _uses() -> list[Use]:
    found = []
    for path in sorted(KONTOR.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.Module):
                continue
            for node in _own_calls(function):
                where = f"{path.relative_to(KONTOR.parent)}:{node.lineno}"
                found += [Use(code, where, _facts(node, function)) for code in _codes(node)]
    return found


def _own_calls(function: ast.FunctionDef | ast.Module) -> Iterator[ast.Call]:
    """Calls of the makers of errors, in this function but not in those inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef):
            continue
        if isinstance(node, ast.Call) and _name(node.func) in MAKERS:
            yield node
        waiting += ast.iter_child_nodes(node)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _codes(call: ast.Call) -> list[str]:
    """The code or, in a choice between two, both."""
    place = 2 if _name(call.func) == "Finding" else 0
    given = call.args[place] if len(call.args) > place else None
    options = [given.body, given.orelse] if isinstance(given, ast.IfExp) else [given]
    return [
        option.value
        for option in options
        if isinstance(option, ast.Constant) and isinstance(option.value, str)
    ]


def _facts(call: ast.Call, function: ast.AST) -> frozenset[str] | None:
    name = _name(call.func)
    if name in ("Refused", "words", "refusal", "_fault"):
        given = [keyword.arg for keyword in call.keywords]
        named = ["file"] if name == "refusal" else []  # of a whole file, which it names itself
        return None if None in given else frozenset(filter(None, [*given, *named]))
    given_by_name = [keyword.value for keyword in call.keywords if keyword.arg == "facts"]
    if len(call.args) < 4 and not given_by_name:
        return frozenset()
    facts = given_by_name[0] if given_by_name else call.args[3]
    if isinstance(facts, ast.Name):
        facts = _assigned(facts.id, function)
    if not isinstance(facts, ast.Dict) or None in facts.keys:
        return None
    return frozenset(key.value for key in facts.keys if isinstance(key, ast.Constant))


def _assigned(name: str, function: ast.AST) -> ast.expr:
    """The one literal that a local name is given; anything else counts as unknown."""
    values = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    ]
    return values[0] if len(values) == 1 else ast.Constant(None)


USES = _uses()


def test_there_is_something_to_look_at() -> None:
    assert len(USES) > 100
    assert {"release_altered", "header_wrong", "doctor_disk_low"} <= {use.code for use in USES}


def test_every_code_has_a_sentence() -> None:
    missing = sorted({f"{use.code} ({use.place})" for use in USES if use.code not in sentences()})
    assert not missing


def test_every_sentence_is_used() -> None:
    """Codes also reach the makers of errors in variables; then they stand as words elsewhere in the program."""
    words = {
        node.value
        for path in KONTOR.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert sorted(set(sentences()) - words - COMPOSED) == []


def test_every_placeholder_is_given_wherever_the_code_is_raised() -> None:
    wrong = []
    for use in USES:
        template = sentences().get(use.code)
        if template is None or use.facts is None:
            continue
        lacking = placeholders(template["en"]) - use.facts - {"code"}
        if lacking:
            wrong.append(f"{use.place} {use.code} without {sorted(lacking)}")
    assert not wrong


def test_no_placeholder_is_never_given() -> None:
    given: dict[str, set[str]] = defaultdict(set)
    unknown = {use.code for use in USES if use.facts is None}
    for use in USES:
        given[use.code] |= use.facts or set()
    never = {
        code: sorted(placeholders(template["en"]) - given[code])
        for code, template in sentences().items()
        if code in given and code not in unknown and placeholders(template["en"]) - given[code]
    }
    assert not never


@pytest.mark.parametrize("code", sorted(sentences()))
def test_three_languages_with_the_same_facts(code: str) -> None:
    template = sentences()[code]
    assert set(template) == set(LANGUAGES)
    assert len({frozenset(placeholders(text)) for text in template.values()}) == 1
    assert len(set(template.values())) == 3 or not any(
        char.isalpha() for char in template["en"].split("{")[0]
    )


def test_a_refusal_in_three_languages() -> None:
    error = Refused("port_in_use", port=8000)
    assert "8000" in explain(error, "en")["message"]
    assert explain(error, "de")["message"].startswith("Der Port 8000 ist belegt")
    assert explain(error, "zh-hans")["message"].startswith("端口8000已被占用")
    assert explain(error, "fr") == explain(error, "en")


def test_bad_rows_name_row_column_and_file() -> None:
    error = Invalid(
        [
            BadRow("value_malformed", 7, "value", {"value": "x"}),
            BadRow("unit_unknown", None, "unit", {"unit": "furlong", "file": "a/v1.toml"}),
        ]
    )
    explained = explain(error, "en")
    assert explained["code"] == "invalid"
    assert explained["message"] == "Nothing was taken; faults in the input: 2."
    assert explained["rows"][0]["row"] == 7
    assert explained["rows"][0]["column"] == "value"
    assert "“x” is not a number" in explained["rows"][0]["message"]
    assert explained["rows"][1]["message"].startswith("a/v1.toml: “furlong”")


def test_a_code_without_a_sentence_still_says_something() -> None:
    assert sentence("never_heard_of", {}, "en") == "This is not possible (never_heard_of)."


def test_a_missing_fact_leaves_a_gap_and_not_a_crash() -> None:
    assert sentence("city_unknown", {}, "en").startswith("There is no city “…”")
