"""Every stage that a long run tells of has its words in three languages."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import kontor
from kontor.cli.stages import STAGES, stage_words

ROOT = Path(kontor.__file__).parent
TOLD = {"Step": "", "told": "audit_", "ranges": "audit_"}  # in kontor/audit the stage is an attacker's letter


def _told() -> set[str]:
    """The stages that stand as words in calls of Step(...) and, in the auditor and the search, told(...)."""
    found = set()
    for path in [
        *ROOT.glob("engines/disclosure/*.py"),
        *ROOT.glob("protection/*.py"),
        *ROOT.glob("audit/*.py"),
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            for given in node.args:
                if name in TOLD and isinstance(given, ast.Constant) and isinstance(given.value, str):
                    found.add((TOLD[name] if path.parent.name == "audit" else "") + given.value)
    return found - {"large"}  # written down at the end, never told


def test_every_stage_has_words() -> None:
    assert {"reading", "construct", "audit_A", "audit_B", "audit_C"} <= _told()
    assert _told() <= STAGES.keys()


@pytest.mark.parametrize(
    ("language", "words"), [("en", "reading"), ("de", "Einlesen"), ("zh-hans", "读取数据")]
)
def test_stages_in_three_languages(monkeypatch: pytest.MonkeyPatch, language: str, words: str) -> None:
    monkeypatch.setenv("KONTOR_LANGUAGE", language)
    assert stage_words("reading") == words
