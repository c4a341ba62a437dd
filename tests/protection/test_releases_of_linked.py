"""An earlier release of linked tables: what was published beside the named file is known as well."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from kontor.audit import audit
from kontor.errors import Invalid
from kontor.protection.operations import Places, protect
from kontor.protection.recipe_file import read_recipe

RULES = '[table]\nkind = "frequency"\nvariables = {}\n[primary]\nthreshold = 2\n[secondary]\ntime_limit = 2\n'
MAIN, OTHER = RULES.format('["kind"]'), RULES.format('["area", "age"]')
FINE = RULES.format('["area", "age", "kind"]') + '[publish]\nmargins = [["area"], ["age"], ["kind"], []]\n'
LINKED = '[[linked]]\nrecipe = "other.toml"\n'
KNOWN = '[[known]]\nfile = "old.csv"\nrecipe = "old.toml"\n'
AGAIN = '[[known]]\nfile = "old.other.csv"\nrecipe = "other.toml"\n'
COUNTED = (6, 1, 4, 4, 6, 1, 2, 4, 4, 3, 2, 1)


def released(folder: Path, name: str, recipe: str) -> Path:
    (folder / f"{name}.toml").write_text(recipe, encoding="utf-8")
    safe = folder / f"{name}.csv"
    places = Places(safe, folder / f"{name}.html")
    protect(input=folder / "input.csv", recipe=folder / f"{name}.toml", places=places)
    return safe


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The folder with the last release: cases by kind, and linked with them those by area and age."""
    cells = zip(product("abc", "xy", ("old", "mid")), COUNTED, strict=True)
    rows = [",".join(codes) for codes, times in cells for _ in range(times)]
    (tmp_path / "input.csv").write_text("\n".join(["area,kind,age", *rows]) + "\n", encoding="utf-8")
    (tmp_path / "other.toml").write_text(OTHER, encoding="utf-8")
    released(tmp_path, "old", MAIN + LINKED)
    assert (tmp_path / "old.other.csv").is_file()
    return tmp_path


def test_what_was_published_with_it_is_known(old: Path) -> None:
    """The areas by age, which are no margin of today's table, were published beside the file that is named."""
    (old / "named.toml").write_text(FINE + KNOWN + AGAIN, encoding="utf-8")
    safe = released(old, "new", FINE + KNOWN)
    assert audit(safe, old / "named.toml").safe
    (old / "old.toml").write_text(MAIN, encoding="utf-8")  # as if nothing had been linked
    (old / "new.csv").unlink()
    safe = released(old, "new", FINE + KNOWN)
    assert not audit(safe, old / "named.toml").safe


@pytest.mark.parametrize("more", [KNOWN, KNOWN + AGAIN, AGAIN + KNOWN])
def test_one_that_is_named_as_well_is_known_once(old: Path, more: str) -> None:
    (old / "new.toml").write_text(FINE + more, encoding="utf-8")
    known = read_recipe(old / "new.toml").known
    assert sorted(one.file.name for one in known) == ["old.csv", "old.other.csv"]


def test_one_that_is_not_there_any_more_is_named(old: Path) -> None:
    (old / "old.other.csv").unlink()
    with pytest.raises(Invalid) as caught:
        released(old, "new", MAIN + KNOWN)
    assert [(row.code, row.facts) for row in caught.value.rows] == [
        ("known_linked_missing", {"file": "old.other.csv", "known": "old.csv", "recipe": "old.toml"})
    ]
