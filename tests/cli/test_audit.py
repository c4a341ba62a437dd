"""`kontor audit` as it is typed: exit codes, JSON, words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Kontor

RECIPE = '[table]\nkind = "frequency"\nvariables = ["row"]\n[primary]\nthreshold = 3\n'
SAFE = "row,value,confidentiality\na,,C\nb,,C\nc,40,F\n_T,50,F\n"
LEAKING = SAFE.replace("b,,C", "b,8,F")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "SAFE.csv").write_text(SAFE)
    (tmp_path / "recipe.toml").write_text(RECIPE)
    return tmp_path / "SAFE.csv", tmp_path / "recipe.toml"


def test_safe(kontor: Kontor, files: tuple[Path, Path]) -> None:
    result = kontor("audit", files[0], "--recipe", files[1])
    assert result.exit_code == 0
    assert "Cells: 4, hidden: 2" in result.stdout
    assert "No hidden cell can be inferred" in result.stdout


def test_safe_as_json(kontor: Kontor, files: tuple[Path, Path]) -> None:
    result = kontor("audit", files[0], "--recipe", files[1], "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (found["cells"], found["hidden"], found["narrow"], found["safe"]) == (4, 2, 0, True)
    assert found["attackers"]["A"] == {"exact": 0, "cells": []}


def test_a_leak_is_named(kontor: Kontor, files: tuple[Path, Path]) -> None:
    files[0].write_text(LEAKING)
    result = kontor("audit", files[0], "--recipe", files[1])
    assert result.exit_code == 1
    assert "a (SAFE.csv): 2" in result.stdout
    assert "not safe; cells that can be inferred: 1" in result.stderr


def test_a_leak_as_json(kontor: Kontor, files: tuple[Path, Path]) -> None:
    files[0].write_text(LEAKING)
    result = kontor("audit", files[0], "--recipe", files[1], "--json")
    assert result.exit_code == 1
    [cell] = json.loads(result.stdout)["attackers"]["A"]["cells"]
    assert cell == {"table": "SAFE.csv", "codes": {"row": "a"}, "response": None, "low": 2, "high": 2}
    assert json.loads(result.stderr)["error"]["code"] == "table_leaks"


def test_who_sees_it_is_said(kontor: Kontor, files: tuple[Path, Path]) -> None:
    files[0].write_text(SAFE.replace("_T,50", "_T,44"))
    result = kontor("audit", files[0], "--recipe", files[1])
    assert result.exit_code == 1
    assert "a (SAFE.csv): 3 ← b" in result.stdout


def test_which_earlier_table_leaks_is_said(
    kontor: Kontor, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have the name of today's file; the second one gives its own a away."""
    known = "".join(f'[[known]]\nfile = "{year}/SAFE.csv"\nrecipe = "before.toml"\n' for year in (2024, 2025))
    files[1].write_text(RECIPE + known)
    (files[1].parent / "before.toml").write_text(RECIPE)
    files[0].write_text(SAFE.replace("_T,50", "_T,60"))
    for year in (2024, 2025):
        (files[0].parent / str(year)).mkdir()
        more = "b,,C\nc,31,F" if year == 2024 else "b,9,F\nc,32,F"
        old = f"row,value,confidentiality\na,,C\n{more}\n_T,43,F\n"
        (files[0].parent / str(year) / "SAFE.csv").write_text(old)
    result = kontor("audit", files[0], "--recipe", files[1])
    assert result.exit_code == 1
    assert "a (SAFE.csv, published before: number 2 under [[known]]): 2" in result.stdout
    [cell] = json.loads(kontor("audit", files[0], "--recipe", files[1], "--json").stdout)["attackers"]["A"][
        "cells"
    ]
    assert (cell["table"], cell["known"]) == ("SAFE.csv", 2)


def test_a_table_that_contradicts_itself(kontor: Kontor, files: tuple[Path, Path]) -> None:
    files[0].write_text(SAFE.replace("_T,50,F", "_T,41,F"))
    result = kontor("audit", files[0], "--recipe", files[1])
    assert result.exit_code == 1
    assert "SAFE.csv: no values fit into the hidden cells (among them a; b)" in result.stderr


def test_bad_input(kontor: Kontor, files: tuple[Path, Path]) -> None:
    files[0].write_text(SAFE.replace("a,,C", "a,2,C"))
    result = kontor("audit", files[0], "--recipe", files[1], "--json")
    assert result.exit_code == 1
    error = json.loads(result.stderr)["error"]
    assert [(row["code"], row["row"]) for row in error["rows"]] == [("hidden_with_value", 2)]


def test_wrong_usage(kontor: Kontor, files: tuple[Path, Path]) -> None:
    assert kontor("audit", files[0]).exit_code == 2
    assert kontor("audit", files[0], "--recipe", files[1].with_name("none.toml")).exit_code == 2


@pytest.mark.parametrize(("language", "words"), [("de", "nicht sicher"), ("zh-hans", "不安全")])
def test_in_other_languages(
    kontor: Kontor, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    monkeypatch.setenv("KONTOR_LANGUAGE", language)
    files[0].write_text(LEAKING)
    assert words in kontor("audit", files[0], "--recipe", files[1]).stderr


def test_witnesses_where_no_amount_is_published(
    kontor: Kontor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text("area,who,amount\na,f1,2200\na,f2,1500\nb,f3,900\nb,f4,40\n", encoding="utf-8")
    Path("r.toml").write_text(
        '[table]\nkind = "magnitude"\ninput = "records"\nresponse = "amount"\ncontributor = "who"\n'
        'variables = ["area"]\n[publish]\nzeros = false\n[primary]\nholdings = 5\n',
        encoding="utf-8",
    )
    assert kontor("protect", "in.csv", "--recipe", "r.toml", "--local", "office").exit_code == 0
    assert kontor("audit", "SAFE.csv", "--recipe", "r.toml", "--local", "office").exit_code == 0
