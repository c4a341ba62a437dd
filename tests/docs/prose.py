"""What the tests of this folder share: the project's files, its pages of prose, and what stands in them."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that is tracked, or would be by `git add --all`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("needs git to tell the project's files from others", allow_module_level=True)
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(sorted(path for path in set(paths) if path.is_file()))


def prose() -> list[Path]:
    """Every Markdown page."""
    return [path for path in project_files() if path.suffix == ".md"]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def without_code(text: str) -> str:
    """Prose alone: no fenced blocks, no inline code."""
    return re.sub(r"`[^`\n]*`", "", FENCED.sub("", text))


def inline_code(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", FENCED.sub("", text))


def anchors(text: str) -> set[str]:
    """The anchors that headings get: lower case, punctuation gone, spaces as hyphens."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", text), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", heading.lower())) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


def command_lines(text: str) -> Iterator[list[str]]:
    """Every call of `kontor` in inline code and blocks, split into words."""
    blocks = [body for _, body in FENCED.findall(text)] + re.findall(r"^ {4,}(.+)$", text, re.MULTILINE)
    lines = [*inline_code(text), *(line for block in blocks for line in block.splitlines())]
    for line in lines:
        found = re.match(r"^(?:[$#] )?(?:[A-Z_]+=\S+ )*(?:\S*/)?kontor( .+)?$", line.strip())
        if found:
            yield re.split(r"\s+[|>#&;]", found[1] or "")[0].split()


@cache
def reference_tool() -> ModuleType:
    """`tools/reference.py` as a module."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def names_in(path: Path) -> frozenset[str]:
    """Functions, classes and constants of a module, those inside classes included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return frozenset(found)


def root_command() -> Any:
    """The command `kontor` with everything below it."""
    import typer

    from kontor.cli.app import app

    return typer.main.get_command(app)
