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
    assert "C: known to somebody who is alone in a hidden cell and subtracts himself (2):" in result.stdout
    assert "  a (SAFE.csv): 3, for whoever is alone in b\n" in result.stdout


def test_what_stands_there_openly_comes_before_what_follows_from_it(
    kontor: Kontor, files: tuple[Path, Path]
) -> None:
    rows = "".join(f"x{number:02},,C\n" for number in range(2))
    files[0].write_text(f"row,value,confidentiality\na,2,F\n{rows}_T,30,F\n".replace("x01,,C", "x01,20,F"))
    said = kontor("audit", files[0], "--recipe", files[1]).stdout
    openly = "Small counts that stand there openly (1):\n  a (SAFE.csv): 2\n"
    follow = "A: follow by subtraction from what is published (1):\n  x00 (SAFE.csv): 8\n"
    assert openly + follow in said


def test_of_what_follows_only_some_are_named(kontor: Kontor, files: tuple[Path, Path]) -> None:
    """Every row is hidden, and each is one person: the total says so."""
    rows = "".join(f"x{number:02},,C\n" for number in range(14))
    files[0].write_text(f"row,value,confidentiality\n{rows}_T,14,F\n")
    said = kontor("audit", files[0], "--recipe", files[1]).stdout
    assert "B: follow for whoever also knows the rules of the recipe (14):" in said
    assert "x09 (SAFE.csv): 1\n  … and 4 more (--json has them all).\n" in said


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


ALTERNATIVES = {
    "round": ("none hidden", "no count from 1 to 3", "What can be checked of it from outside holds."),
    "cellkey": ("none hidden", "off by more than 5", "What can be checked of it from outside holds."),
    "dp": ("none hidden", "cannot be checked from outside", "nothing proves it safe either"),
}


@pytest.mark.parametrize("method", ALTERNATIVES)
def test_what_was_checked_of_a_changed_table(kontor: Kontor, files: tuple[Path, Path], method: str) -> None:
    files[0].write_text("row,value,confidentiality\na,8,F\nb,8,F\n_T,16,F\n")
    files[1].write_text(RECIPE + f'[alternative]\nmethod = "{method}"\n')
    result = kontor("audit", files[0], "--recipe", files[1])
    assert result.exit_code == 0
    assert all(words in result.stdout for words in ALTERNATIVES[method])
    assert "hidden cell" not in result.stdout and f"({method})" not in result.stdout


def test_records_in_their_own_words(kontor: Kontor, files: tuple[Path, Path]) -> None:
    files[1].write_text(
        '[table]\nkind = "microdata"\nvariables = ["age", "ill"]\n'
        '[microdata]\nquasi = ["age"]\nsensitive = ["ill"]\nk = 3\nl = 2\n'
    )
    files[0].write_text("age,ill\n" + "30,a\n30,b\n40,a\n" + "50,c\n" * 3)
    result = kontor("audit", files[0], "--recipe", files[1], "--local", files[0].parent)
    assert result.exit_code == 1
    assert "Records: 6. Smallest group of records alike: 1, asked for: k = 3." in result.stdout
    assert "Fewest different values of “ill” in a group: 1, asked for: l = 2." in result.stdout
    assert "  40: 1 records alike, fewer than k = 3" in result.stdout
    assert "  50: 1 different values of “ill”, fewer than l = 2" in result.stdout
    assert "--local was not used" in result.stdout
    assert "cells" not in result.stdout + result.stderr
    files[0].write_text("age,ill\n" + "30,a\n30,b\n30,a\n")
    assert "large and mixed enough" in kontor("audit", files[0], "--recipe", files[1]).stdout


def test_a_wrong_file_is_told_by_its_header(kontor: Kontor, files: tuple[Path, Path]) -> None:
    files[0].write_text("# notes\n" + "a,b,c\n" * 420)
    said = kontor("audit", files[0], "--recipe", files[1]).stderr.splitlines()
    assert len(said) == 2 and "# notes" in said[1]
    files[0].write_text("row,value,confidentiality\n" + "a,b\n" * 420)
    said = kontor("audit", files[0], "--recipe", files[1]).stderr.splitlines()
    assert len(said) == 22 and "400 more" in said[-1]


def test_with_the_folder_of_the_office_nobody_is_sent_to_it(
    kontor: Kontor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{area},f{area}{n},{n * 100}\n" for area in "abcd" for n in range(1, 3 + (area > "b")))
    Path("in.csv").write_text("area,who,amount\n" + rows, encoding="utf-8")
    Path("r.toml").write_text(
        '[table]\nkind = "magnitude"\nresponse = "amount"\ncontributor = "who"\nvariables = ["area"]\n'
        "[primary]\np_percent = 10\n",
        encoding="utf-8",
    )
    assert kontor("protect", "in.csv", "--recipe", "r.toml", "--local", "office").exit_code == 0
    assert "is checked with --local" in kontor("audit", "SAFE.csv", "--recipe", "r.toml").stdout
    given = kontor("audit", "SAFE.csv", "--recipe", "r.toml", "--local", "office")
    assert given.exit_code == 0
    assert "--local" not in given.stdout
