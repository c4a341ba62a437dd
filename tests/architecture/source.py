"""The package's own source as syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "kontor"
CAPABILITIES = ("events", "league", "secretariat", "indicators", "observations", "comparison")


@cache
def modules() -> dict[str, Path]:
    """Dotted name -> file of every module, migrations left out."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" not in path.parts:
            parts = path.relative_to(PROJECT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def capability(module: str) -> str:
    """`kontor.league.queries` -> `league`; the second word, also for what is no capability."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def functions(module: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """(qualified name, function) of everything that is defined in the module, however deep."""

    def walk(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{prefix}.{child.name}", child
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from walk(child, f"{prefix}.{child.name}")
            else:
                yield from walk(child, prefix)

    yield from walk(tree(modules()[module]), module)


def imports(module: str, *, also_for_types: bool = True) -> Iterator[str]:
    """Absolute names of everything that the module imports, those within functions included."""
    path = modules()[module]
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in _nodes(tree(path), also_for_types=also_for_types):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{source}.{alias.name}" for alias in node.names)


def _nodes(node: ast.AST, *, also_for_types: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        typed = (
            isinstance(child, ast.If)
            and isinstance(child.test, ast.Name)
            and child.test.id == "TYPE_CHECKING"
        )
        if also_for_types or not typed:
            yield child
            yield from _nodes(child, also_for_types=also_for_types)
