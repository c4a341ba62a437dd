"""Everything public is documented: commands, pages, dependencies, codes, settings, keys of the contract."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver

from tests.docs import prose
from tests.docs.prose import ROOT, text_of


def test_the_reference_is_current() -> None:
    checked = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "reference.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


def _commands(command: Any, path: str) -> Iterator[str]:
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, f"{path} {name}")


def test_every_command_is_in_the_reference() -> None:
    headings = set(re.findall(r"^## (.+)$", text_of("docs/reference/cli.md"), re.MULTILINE))
    commands = set(_commands(prose.root_command(), "kontor"))
    assert len(commands) > 10
    assert commands == headings


def _names(patterns: list[Any]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield pattern.name


def test_every_page_has_its_place_in_where_or_tour() -> None:
    from kontor.web.urls import urlpatterns

    told = {code for page in ("docs/where.md", "docs/tour.md") for code in prose.inline_code(text_of(page))}
    names = set(_names(urlpatterns))
    assert "city" in names
    missing = names - told
    assert not missing


def test_no_page_is_listed_that_is_gone() -> None:
    from kontor.web.urls import urlpatterns

    pages = text_of("docs/where.md").split("## Pages")[1]
    listed = {
        name
        for row in re.findall(r"^\| (`.+?) \|", pages, re.MULTILINE)
        for name in re.findall(r"`([a-z_]+)`", row)
    }
    assert not listed - set(_names(urlpatterns))


def _packages(listed: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~! ]", entry)[0] for entry in listed}


def test_every_direct_dependency_has_its_reason() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))
    decision = text_of("docs/adr/0002-dependencies.md")
    runtime, rest = decision.split("\nOptional, ")
    optional, rest = rest.split("\nDevelopment:\n")
    development = rest.split("\nConsidered")[0]
    extras = [name for names in project["project"]["optional-dependencies"].values() for name in names]
    assert _first_cells(optional) == _packages(extras)
    assert _first_cells(runtime) == _packages(project["project"]["dependencies"])
    assert _first_cells(development) == _packages(project["dependency-groups"]["dev"])


def _first_cells(text: str) -> set[str]:
    return {
        name
        for name in re.findall(r"^\| ([a-z][\w-]*) \| .{5,} \|$", text, re.MULTILINE)
        if name != "package"
    }


def _raised_codes() -> dict[str, str]:
    """Code -> file, of every Refused("...") and BadRow("...") in the programme."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "kontor").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("Refused", "BadRow")
            ):
                for code in _constants(node.args[0]) if node.args else ():
                    found[code] = prose.name_of(path)
    return found


def _constants(node: ast.AST) -> Iterator[str]:
    """Texts in an expression; what is put together at run time cannot be read here."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif not isinstance(node, ast.JoinedStr):
        for part in ast.iter_child_nodes(node):
            yield from _constants(part)


def test_every_error_code_is_in_the_reference() -> None:
    told = set(re.findall(r"^\| `([a-z_]+)` \|", text_of("docs/reference/errors.md"), re.MULTILINE))
    raised = _raised_codes()
    assert len(raised) > 40
    missing = {code: file for code, file in raised.items() if code not in told}
    assert not missing


def test_every_setting_of_the_environment_is_in_the_operators_guide() -> None:
    guide = set(re.findall(r"`([A-Z][A-Z_]+)(?:=[^`]*)?`", text_of("docs/guide/operate.md")))
    read = prose.reference_tool().environment()
    assert {"SECRET_KEY", "KONTOR_DATA", "DATABASE_URL", "DEBUG", "PORT"} <= set(read)
    missing = set(read) - guide
    assert not missing


@pytest.mark.parametrize(
    ("section", "keys"),
    [
        (
            "# The comparison as JSON",
            "indicator definition period as_of unit direction kind limits league cities",
        ),
        ("## `league`", "value statistic cities overdispersion"),
        ("## `cities`", ""),
    ],
)
def test_the_keys_of_the_comparison_are_told(section: str, keys: str) -> None:
    from kontor.api.schemas import Compared

    text = text_of("docs/reference/compare.md").split(section)[1].split("\n## ")[0]
    told = {
        key
        for row in re.findall(r"^\| (`.+?) \|", text, re.MULTILINE)
        for key in re.findall(r"`([a-z_]+)`", row)
    }
    assert told == (set(keys.split()) or set(Compared.model_fields))
