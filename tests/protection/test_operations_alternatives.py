"""Rounding, cell keys, differential privacy and micro-data from file to file."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from kontor.errors import Refused
from kontor.protection import safe_file
from kontor.protection.operations import Places, protect
from kontor.protection.safe_records import read_records
from tests.protection.offices import DISTRICTS, RECIPE, recipe, records


def run(folder: Path, given: Path, **more: Path) -> safe_file.SafeTable:
    places = Places(folder / "SAFE.csv", folder / "REPORT.html", folder / "PROOF.json", folder / "local")
    protect(input=more.get("input") or records(folder), recipe=given, places=places)
    return safe_file.read(folder / "SAFE.csv")


def value(table: safe_file.SafeTable, *codes: str) -> int:
    row = list(zip(*table.codes, strict=True)).index(codes)
    return int(table.value[row])


def test_rounded_counts_add_up_and_none_is_small(tmp_path: Path) -> None:
    table = run(tmp_path, recipe(tmp_path, more='[alternative]\nmethod = "round"\nbase = 4\n'))
    assert set(table.confidentiality) == {"F"}
    assert not {"1", "2", "3"} & set(table.value)
    assert value(table, "_T", "_T", "_T") == sum(value(table, code, "_T", "_T") for code in DISTRICTS)
    said = json.loads((tmp_path / "local" / "LOCAL.json").read_text())
    assert said["change"]["largest"] > 0
    assert "largest" not in (tmp_path / "PROOF.json").read_text()
    rules = json.loads((tmp_path / "PROOF.json").read_text())["rules"]
    assert (rules["alternative"], rules["parameters"]) == ("round", {"base": 4})


def with_people(folder: Path) -> Path:
    """The records with a number of their own."""
    head, *rows = records(folder).read_text().splitlines()
    path = folder / "numbered.csv"
    path.write_text(
        "\n".join([f"case,{head}", *(f"k{place},{row}" for place, row in enumerate(rows))]) + "\n"
    )
    return path


def test_cell_keys_change_by_no_more_than_they_promise_and_alike_in_every_table(tmp_path: Path) -> None:
    (tmp_path / "league.key").write_bytes(b"a secret of the league's offices")
    asked = '[alternative]\nmethod = "cellkey"\nsecret = "league.key"\nrecord = "case"\nlargest = 5\n'
    asked += '[identifiers]\ncase = "keep"\n'
    path = with_people(tmp_path)
    table = run(tmp_path, recipe(tmp_path, more=asked), input=path)
    true = Counter(line.split(",")[1] for line in path.read_text().splitlines()[1:])
    changes = {code: value(table, code, "_T", "_T") - true[code] for code in DISTRICTS}
    assert json.loads((tmp_path / "PROOF.json").read_text())["rules"]["parameters"] == {"largest": 5}
    assert max(map(abs, changes.values())) <= 5
    assert not {"1", "2"} & set(table.value)
    short = RECIPE.replace('["district", "severity", "mode"]', '["district"]')
    again = run(tmp_path, recipe(tmp_path, text=short, more=asked, name="short.toml"), input=path)
    assert {code: value(again, code) - true[code] for code in DISTRICTS} == changes
    everything = b"".join(path.read_bytes() for path in (tmp_path / "local").iterdir())
    assert b"a secret of" not in everything + (tmp_path / "PROOF.json").read_bytes()


PRIVATE = """
[alternative]
method = "dp"
epsilon = "1.0"
budget = "1.5"
data_set = "accidents"
release = "{release}"
"""


def test_differential_privacy_spends_from_an_account_until_it_is_empty(tmp_path: Path) -> None:
    pytest.importorskip("opendp", reason="the optional extra `privacy` is not installed")
    table = run(tmp_path, recipe(tmp_path, more=PRIVATE.format(release="2024")))
    assert value(table, "_T", "_T", "_T") == sum(value(table, code, "_T", "_T") for code in DISTRICTS)
    account = json.loads((tmp_path / "accidents.privacy.json").read_text())
    assert account == {"spent": [{"data_set": "accidents", "release": "2024", "epsilon": "1.0"}]}
    before = (tmp_path / "SAFE.csv").read_bytes()
    with pytest.raises(Refused, match="privacy_budget_exceeded"):
        run(tmp_path, recipe(tmp_path, more=PRIVATE.format(release="2025")))
    assert (tmp_path / "SAFE.csv").read_bytes() == before
    assert json.loads((tmp_path / "accidents.privacy.json").read_text()) == account


def test_a_damaged_account_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    pytest.importorskip("opendp", reason="the optional extra `privacy` is not installed")
    (tmp_path / "accidents.privacy.json").write_text("{}")
    with pytest.raises(Refused, match="ledger_malformed"):
        run(tmp_path, recipe(tmp_path, more=PRIVATE.format(release="2024")))


def test_alternatives_take_one_table(tmp_path: Path) -> None:
    recipe(
        tmp_path, text=RECIPE.replace('["district", "severity", "mode"]', '["district"]'), name="short.toml"
    )
    linked = '[[linked]]\nrecipe = "short.toml"\n[alternative]\nmethod = "round"\n'
    with pytest.raises(Refused, match="alternative_alone"):
        run(tmp_path, recipe(tmp_path, more=linked))


MICRODATA = """
[table]
kind = "microdata"
input = "records"
variables = ["district", "severity", "mode"]
[microdata]
quasi = ["district", "mode"]
sensitive = ["severity"]
k = 6
l = 2
suppression_limit = 0.05
[hierarchy.district]
north = "outer"
south = "outer"
centre = "inner"
harbour = "inner"
"""


def test_records_are_published_in_groups_of_k_with_l_values(tmp_path: Path) -> None:
    places = Places(
        tmp_path / "SAFE.csv", tmp_path / "REPORT.html", tmp_path / "PROOF.json", tmp_path / "local"
    )
    outcome = protect(input=records(tmp_path), recipe=recipe(tmp_path, text=MICRODATA), places=places)
    made = read_records(tmp_path / "SAFE.csv")
    assert outcome.method == "microdata" and len(made.rows) == outcome.cells >= 0.95 * 240
    assert list(made.rows) == sorted(made.rows)
    groups = Counter((row[0], row[2]) for row in made.rows)
    assert min(groups.values()) >= 6
    assert all(len({row[1] for row in made.rows if (row[0], row[2]) == one}) >= 2 for one in groups)
    said = json.loads((tmp_path / "PROOF.json").read_text())
    assert said["rules"]["microdata"] == {"k": 6, "l": 2}
    assert "left_out" not in json.dumps(said)
    assert "left_out" in json.loads((tmp_path / "local" / "LOCAL.json").read_text())["change"]
