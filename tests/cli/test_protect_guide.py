"""The commands of the guide to `kontor protect`, run as they stand there, on the data that lie beside their recipes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from kontor.audit import audit
from kontor.protection.recipe_keys import SECTIONS
from tests.cli.conftest import ROOT, Kontor

GUIDE = ROOT / "docs" / "guide" / "protect.md"
SMALL = GUIDE.parent / "protect" / "small"
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands() -> list[tuple[str, list[str]]]:
    """Every command of the guide in its order, with the lines that it is said to print."""
    found: list[tuple[str, list[str]]] = []
    for block in BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line.removeprefix("$ "), []))
            else:
                found[-1][1].append(line)
    return found


def test_every_small_recipe_is_linked_and_run() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    run = " ".join(line for line, _ in commands())
    recipes = {path.name for path in SMALL.glob("*.toml")}
    assert {name for name in recipes if f"(protect/small/{name})" not in text} == set()
    assert {name for name in recipes if name not in run} == {"linked-age.toml"}  # goes with linked.toml


def test_every_key_stands_in_the_recipe_and_in_the_table_of_keys() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    [full] = [
        block for block in re.findall(r"^```toml\n(.*?)^```", text, re.M | re.S) if "[identifiers]" in block
    ]
    for section in ("table", "publish", "primary", "secondary"):
        for key in SECTIONS[section]:
            assert re.search(rf"^{key} = |; {key} = ", full, re.M), key
            assert f"`{section}.{key}`" in text, key


def test_the_second_year_with_the_witnesses_of_the_office(
    kontor: Kontor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They do not name what the first year's table hid, so that is searched."""
    monkeypatch.chdir(shutil.copytree(SMALL, tmp_path / "small"))
    first = ("protect", "accidents-2024.csv", "--recipe", "year-2024.toml", "--out", "SAFE-2024.csv")
    assert kontor(*first).exit_code == 0
    second = ("protect", "accidents-2025.csv", "--recipe", "year-2025.toml", "--local", "office")
    assert kontor(*second).exit_code == 0
    found = audit(Path("SAFE.csv"), Path("year-2025.toml"), local=Path("office"))
    assert found.safe
    assert ("witnesses_not_used", {}) in found.assumptions


def test_a_wrong_figure_of_the_first_year_is_looked_for_in_its_own_file(
    kontor: Kontor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new table adds up by itself, and its file is not written yet."""
    monkeypatch.chdir(shutil.copytree(SMALL, tmp_path / "small"))
    first = ("protect", "accidents-2024.csv", "--recipe", "year-2024.toml", "--out", "SAFE-2024.csv")
    assert kontor(*first).exit_code == 0
    old = Path("SAFE-2024.csv")
    right = old.read_text(encoding="utf-8")
    for row, wrong in (("2024,south,car,8,F", "2024,south,car,5,F"), ("_T,_T,foot,27,F", "_T,_T,foot,24,F")):
        assert row in right
        old.write_text(right.replace(row, wrong), encoding="utf-8")
        result = kontor("protect", "accidents-2025.csv", "--recipe", "year-2025.toml", "--out", "NEW.csv")
        assert result.exit_code == 1
        assert "SAFE-2024.csv" in result.stderr and "NEW.csv" not in result.stderr


@pytest.mark.skipif(find_spec("opendp") is None, reason="needs the extra `privacy`")
def test_every_command_does_what_the_guide_says(
    kontor: Kontor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(SMALL, tmp_path / "small")
    monkeypatch.chdir(folder)
    for line, said in commands():
        words = re.findall(r'"[^"]*"|\S+', line)
        if words[0] == "kontor":
            result = kontor(*words[1:])
            assert result.exit_code == 0, (line, result.stderr)
            printed = (result.stdout + result.stderr).splitlines()
            assert [one for one in said if one not in printed] == [], line
        else:
            assert words[:2] == ["python3", "-c"]
            program, arrow, target = words[2].strip('"'), *words[3:]
            assert arrow == ">"
            Path(target).write_bytes(subprocess.check_output([sys.executable, "-c", program]))
    for safe in sorted(folder.glob("SAFE-*.csv")):
        recipe = {"SAFE-2024": "year-2024", "SAFE-2025": "year-2025"}.get(
            safe.stem, safe.stem[len("SAFE-") :]
        )
        if "." not in safe.stem:  # linked tables are audited with the main one
            assert audit(safe, folder / f"{recipe}.toml").safe, safe
