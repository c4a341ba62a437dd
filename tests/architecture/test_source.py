"""What the import contract cannot see: house rules of the source, each checked on the syntax trees."""

from __future__ import annotations

import ast
import re

import pytest
from importlinter.cli import lint_imports

from tests.architecture.source import CAPABILITIES, PROJECT, capability, functions, imports, modules, tree

LONGEST_FILE = 400
LONGEST_FUNCTION = 50


def test_the_import_contract_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    broken = lint_imports(config_filename=str(PROJECT / ".importlinter"), no_cache=True)
    assert not broken, capsys.readouterr().out


def test_the_walk_sees_the_package() -> None:
    """A walk over nothing would find no fault."""
    assert {f"kontor.{name}.rules" for name in CAPABILITIES} <= set(modules())
    assert len(modules()) > 100
    assert "kontor.league.operations.admit_cities" in dict(functions("kontor.league.operations"))
    assert "kontor.events.operations.record" in set(imports("kontor.league.operations"))
    assert "kontor.observations.models" in set(imports("kontor.observations.queries.releases"))


def test_no_signals() -> None:
    """A consequence is pulled by `settle`, never pushed by a signal."""
    signals = re.compile(
        r"django\.(dispatch|db\.models\.signals|core\.signals|db\.backends\.signals)|\.receiver$"
    )
    assert [(m, name) for m in modules() for name in imports(m) if signals.search(name)] == []


def test_only_a_capability_touches_its_own_models() -> None:
    found = [
        (module, name)
        for module in modules()
        for name in imports(module, also_for_types=False)
        if (models := re.match(r"kontor\.(\w+)\.models(\.|$)", name)) and models[1] != capability(module)
    ]
    assert found == []


def test_no_capability_reads_the_clock() -> None:
    """`at` comes in from outside, so that every operation can be told when it happens."""
    clocks = {"now", "utcnow", "today", "time", "localtime", "monotonic"}
    found = []
    for module, path in modules().items():
        if capability(module) in (*CAPABILITIES, "engines", "charts"):
            for node in ast.walk(tree(path)):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in clocks
                ):
                    owner = node.func.value
                    if isinstance(owner, ast.Name) and owner.id in ("datetime", "date", "time", "timezone"):
                        found.append((module, node.lineno))
    assert found == []


def test_no_drawers() -> None:
    drawers = {
        "utils",
        "util",
        "helpers",
        "helper",
        "services",
        "service",
        "managers",
        "misc",
        "common",
        "base",
    }
    assert [module for module in modules() if drawers & set(module.split("."))] == []


def test_nothing_is_executed_from_text() -> None:
    found = [
        (module, node.lineno)
        for module, path in modules().items()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec")
    ]
    assert found == []


def test_refusals_are_codes() -> None:
    """No translated text in errors. (That every code has its sentence is tested with the sentences.)"""
    code = re.compile(r"[a-z0-9_]*")
    written = [
        (module, part.value)
        for module, path in modules().items()
        for call in ast.walk(tree(path))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("Refused", "BadRow")
        for part in ast.walk(call.args[0])
        if isinstance(part, ast.Constant)
    ]
    assert len(written) > 80
    assert [(module, text) for module, text in written if not code.fullmatch(str(text))] == []


def test_public_functions_say_what_types_cannot() -> None:
    """Queries, operations, rules and engines are read by those who do not read their code."""
    spoken = re.compile(r"kontor\.(engines|\w+\.(queries|operations|rules))(\.|$)")
    found = [
        name
        for module in modules()
        if spoken.match(module) and ".reference" not in module
        for name, function in functions(module)
        if name.count(".") == module.count(".") + 1
        and not function.name.startswith("_")
        and not ast.get_docstring(function)
    ]
    assert found == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        module
        for module, path in modules().items()
        if not ast.get_docstring(tree(path)) and path.read_text(encoding="utf-8").strip()
    ]
    # What the operator may look at needs no words beyond its name's.
    assert [module for module in silent if not module.endswith(".admin")] == []


def test_no_file_is_longer_than_it_should_be() -> None:
    long = {
        module: count
        for module, path in modules().items()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_no_function_is_longer_than_it_should_be() -> None:
    long = {
        name: length
        for module in modules()
        for name, function in functions(module)
        if (length := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


def test_test_files_are_no_longer_either() -> None:
    long = {
        str(path.relative_to(PROJECT)): count
        for path in sorted((PROJECT / "tests").rglob("*.py"))
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert long == {}
