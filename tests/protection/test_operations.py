"""From records to safe files: all of them or nothing, proven by the auditor, and rebuilt from what is public."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kontor.audit import audit
from kontor.engines.disclosure.problem import Step
from kontor.errors import Invalid, Refused
from kontor.protection import operations, safe_file
from kontor.protection.operations import Outcome, Places, protect
from kontor.protection.proof import proof
from kontor.protection.publishing import contents_of
from kontor.protection.recipe_file import read_recipe
from kontor.protection.report import render
from tests.protection.offices import RECIPE, SHORT, hide_all, hide_primaries, recipe, records

Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Protects the small records; everything goes into the folder of the test."""

    def protected(*, input: Path | None = None, with_recipe: Path | None = None, **options: Any) -> Outcome:
        places = Places(
            tmp_path / "SAFE.csv", tmp_path / "REPORT.html", tmp_path / "PROOF.json", tmp_path / "local"
        )
        given = input or records(tmp_path)
        return protect(
            input=given, recipe=with_recipe or recipe(tmp_path, more=SHORT), places=places, **options
        )

    return protected


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "suppress", hide_all)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_safe_table_with_report_and_proof(run: Run, tmp_path: Path) -> None:
    outcome = run()
    assert names(tmp_path) == [
        "PROOF.json",
        "REPORT.html",
        "SAFE.csv",
        "accidents.csv",
        "local",
        "recipe.toml",
    ]
    found = audit(tmp_path / "SAFE.csv", tmp_path / "recipe.toml")
    assert found.safe
    table = safe_file.read(tmp_path / "SAFE.csv")
    assert len(table) == outcome.cells == 7 * 3 * 4
    assert table.confidentiality.count("C") == outcome.hidden > 0
    small = {str(count) for count in range(1, 4)}
    assert not small & set(table.value)


def test_no_value_stands_in_a_hidden_cell(run: Run, tmp_path: Path) -> None:
    run()
    table = safe_file.read(tmp_path / "SAFE.csv")
    for value, mark in zip(table.value, table.confidentiality, strict=True):
        assert (value == "") == (mark == "C")


@pytest.mark.parametrize("language", ["en", "de"])
def test_all_that_is_public_is_rebuilt_from_the_safe_file_and_the_recipe(
    run: Run, tmp_path: Path, language: str, quick: None
) -> None:
    run(language=language)
    away = tmp_path / "away"
    away.mkdir()
    rules = read_recipe(tmp_path / "recipe.toml")
    table = safe_file.read(tmp_path / "SAFE.csv")
    rows = sorted(
        zip(*table.codes, table.value, table.confidentiality, strict=True),
        key=lambda row: [order(code) for code in row[:3]],
    )
    *codes, value, marks = zip(*rows, strict=True)
    again = replace(table, codes=tuple(codes), value=value, confidentiality=marks)
    (away / "SAFE.csv").write_bytes(again.to_bytes())
    contents = contents_of(away / "SAFE.csv", rules, audit(away / "SAFE.csv", rules.path).as_dict())
    assert (away / "SAFE.csv").read_bytes() == (tmp_path / "SAFE.csv").read_bytes()
    assert render(contents, language=language) == (tmp_path / "REPORT.html").read_bytes()
    assert proof(contents) == (tmp_path / "PROOF.json").read_bytes()


def order(code: str) -> tuple[int, str]:
    """The order of codes that anybody can work out: as the recipe writes them, then groups, total; others by name."""
    written = ("north", "south", "centre", "harbour", "outer", "inner")
    return (9 if code == "_T" else written.index(code) if code in written else 0, code)


def test_another_order_of_records_gives_the_same_files(run: Run, tmp_path: Path, quick: None) -> None:
    run()
    before = {name: (tmp_path / name).read_bytes() for name in ("SAFE.csv", "REPORT.html", "PROOF.json")}
    path = tmp_path / "accidents.csv"
    head, *rows = path.read_text().splitlines()
    shuffled = tmp_path / "shuffled.csv"
    shuffled.write_text("\n".join([head, *sorted(rows, reverse=True)]) + "\n")
    run(input=shuffled)
    assert before == {name: (tmp_path / name).read_bytes() for name in before}


def test_the_proof_names_hashes_rules_and_attackers_but_no_time(
    run: Run, tmp_path: Path, quick: None
) -> None:
    run()
    said = json.loads((tmp_path / "PROOF.json").read_text())
    assert said["safe_sha256"] == hashlib.sha256((tmp_path / "SAFE.csv").read_bytes()).hexdigest()
    assert said["recipe_sha256"] == hashlib.sha256((tmp_path / "recipe.toml").read_bytes()).hexdigest()
    assert said["rules"]["threshold"] == 3
    assert said["audit"]["safe"] is True
    assert {name: found["exact"] for name, found in said["audit"]["attackers"].items()} == {
        "A": 0,
        "B": 0,
        "C": 0,
    }
    assert "second" not in json.dumps(said)


def test_only_the_owner_reads_what_is_local(run: Run, tmp_path: Path) -> None:
    outcome = run()
    assert outcome.pattern is not None
    folder = tmp_path / "local"
    assert names(folder) == ["LOCAL.html", "LOCAL.json", "WITNESSES.npz"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    said = json.loads((folder / "LOCAL.json").read_text())
    assert set(said["warning"].values()) == {"Do not pass on", "Nicht weitergeben", "请勿外传"}
    assert said["input"]["sha256"] == hashlib.sha256((tmp_path / "accidents.csv").read_bytes()).hexdigest()
    assert said["pattern"]["secondaries"] == int(outcome.pattern.secondary.sum())
    assert said["pattern"]["secondaries"] >= said["pattern"]["lower_bound"]
    by_rule = [cell["value"] for cell in said["cells"] if cell["rule"] == "threshold"]
    assert len(by_rule) == said["pattern"]["primaries"]["threshold"]
    assert all(1 <= value <= 3 for value in by_rule)
    page = (folder / "LOCAL.html").read_text()
    assert page.index("Do not pass on · Nicht weitergeben · 请勿外传") < page.index("</article>")


def test_witnesses_prove_every_primary_cell(run: Run, tmp_path: Path) -> None:
    run()
    found = audit(tmp_path / "SAFE.csv", tmp_path / "recipe.toml", local=tmp_path / "local")
    assert found.safe
    with np.load(tmp_path / "local" / "WITNESSES.npz") as given:
        protected = set(given["cell"].tolist())
        assert protected >= set(np.flatnonzero(given["primary"]).tolist())
        assert str(given["safe_sha256"]) == hashlib.sha256((tmp_path / "SAFE.csv").read_bytes()).hexdigest()


def test_one_person_in_cells_of_two_tables_is_no_leak_to_himself(run: Run, tmp_path: Path) -> None:
    """South on foot is the accident on foot by night: who had it knows both counts, and nobody else is told."""
    table = '[table]\nkind = "frequency"\nvariables = {}\n[primary]\nthreshold = {}\n[secondary]\ntime_limit = 2\n'
    counts = {
        "north,bicycle,night": 5,
        "north,foot,day": 8,
        "north,tram,day": 7,
        "north,tram,night": 2,
        "south,bicycle,night": 4,
        "south,foot,night": 1,
        "south,tram,day": 4,
        "south,tram,night": 4,
    }
    rows = [name for name, count in counts.items() for _ in range(count)]
    (tmp_path / "rows.csv").write_text("\n".join(["district,mode,light", *rows]) + "\n")
    recipe(
        tmp_path,
        text=table.format('["mode", "light"]', 4),
        more='[publish]\nmargins = "none"\n',
        name="q.toml",
    )
    main = recipe(
        tmp_path, text=table.format('["district", "mode"]', 2), more='[[linked]]\nrecipe = "q.toml"\n'
    )
    run(input=tmp_path / "rows.csv", with_recipe=main)
    assert audit(tmp_path / "SAFE.csv", main).safe
    assert audit(tmp_path / "SAFE.csv", main, local=tmp_path / "local").safe


def test_nothing_local_unless_asked_for(tmp_path: Path, quick: None) -> None:
    places = Places(tmp_path / "SAFE.csv", tmp_path / "REPORT.html")
    protect(input=records(tmp_path), recipe=recipe(tmp_path), places=places)
    assert names(tmp_path) == ["REPORT.html", "SAFE.csv", "accidents.csv", "recipe.toml"]


class Weak:
    """An engine that hides one more cell each time, and never what the rules name."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, stubborn: bool = False) -> None:
        self.left: list[float] = []
        self.stubborn, self.clock = stubborn, 0.0
        monkeypatch.setattr(operations.time, "monotonic", lambda: self.clock)
        monkeypatch.setattr(operations, "suppress", self)
        monkeypatch.setattr(operations, "extended", self)

    def __call__(self, problem: Any, _before: Any = None, *, budget: Any = None) -> Any:
        self.left.append(budget.left())
        self.clock += 6.0
        hidden = problem.absent.copy()
        if not self.stubborn:
            hidden[np.flatnonzero(problem.values > 100)[: len(self.left)]] = True
        return replace(hide_primaries(problem), hidden=hidden)


def test_where_demands_lead_nowhere_more_is_hidden_around_what_is_open(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    best = run().hidden
    engine = Weak(monkeypatch)
    outcome = run()
    assert len(engine.left) == operations.ATTEMPTS
    assert best < outcome.hidden < outcome.cells


def test_a_pattern_that_comes_again_is_not_tried_a_third_time(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Weak(monkeypatch, stubborn=True)
    run()
    assert len(engine.left) == 2


def test_a_pattern_that_leaks_is_never_published(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Weak(monkeypatch)
    monkeypatch.setattr(operations, "widened", lambda problem, _hidden, _region: hide_primaries(problem))
    with pytest.raises(Invalid) as caught:
        run()
    assert {row.code for row in caught.value.rows} == {"cell_unprotectable"}
    assert names(tmp_path) == ["accidents.csv", "recipe.toml"]


def test_all_patterns_share_the_time_of_the_recipe(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Weak(monkeypatch)
    run(with_recipe=recipe(tmp_path, more="[secondary]\ntime_limit = 10\n"))
    assert engine.left == [10.0, 4.0, *[1.0] * 6]


def test_what_the_auditor_finds_is_demanded_of_the_next_pattern(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def better(problem: Any, _before: Any = None, *, budget: Any = None) -> Any:
        asked.append(problem)
        return hide_primaries(problem) if len(asked) == 1 else hide_all(problem)

    monkeypatch.setattr(operations, "suppress", better)
    monkeypatch.setattr(operations, "extended", better)
    run()
    assert len(asked) == 2
    first, second = asked
    more = (second.width > first.width) & second.primary
    assert more.any()


def test_primaries_alone_are_refused_where_sums_give_them_away(run: Run, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="leak_remains"):
        run(with_recipe=recipe(tmp_path, more='[secondary]\nmethod = "none"\n'))
    assert names(tmp_path) == ["accidents.csv", "recipe.toml"]


def test_what_no_pattern_protects_is_named(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hopeless(problem: Any, *, budget: Any = None) -> Any:
        return replace(hide_all(problem), unprotectable=(0,))

    monkeypatch.setattr(operations, "suppress", hopeless)
    with pytest.raises(Invalid) as caught:
        run()
    assert [(row.code, row.facts["cell"]) for row in caught.value.rows] == [
        ("cell_unprotectable", "district north, severity serious, mode bicycle")
    ]


@pytest.mark.parametrize("stage", ["reading", "audit"])
def test_stopping_leaves_nothing(run: Run, tmp_path: Path, quick: None, stage: str) -> None:
    def told(step: Step) -> None:
        if step.stage.startswith(stage):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(told=told)
    assert names(tmp_path) == ["accidents.csv", "recipe.toml"]


@pytest.mark.parametrize("written", ["SAFE.csv", "REPORT.html", "WITNESSES.npz"])
def test_a_full_disk_leaves_nothing(
    run: Run, tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    plain = Path.open

    def full(self: Path, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if self.name == written and "w" in mode:
            raise OSError(28, "No space left on device")
        return plain(self, mode, *rest, **more)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OSError, match="No space left"):
        run()
    monkeypatch.undo()
    assert names(tmp_path) == ["accidents.csv", "recipe.toml"]


def test_results_never_take_the_place_of_what_is_read(tmp_path: Path) -> None:
    path = records(tmp_path)
    before = path.read_bytes()
    with pytest.raises(Refused, match="output_is_input"):
        protect(input=path, recipe=recipe(tmp_path), places=Places(path, tmp_path / "R.html"))
    assert path.read_bytes() == before


READ = ("recipe.toml", "police.csv", "other.toml", "other.csv", "old.csv", "old.toml", "older.csv")


@pytest.mark.parametrize("read", READ)
@pytest.mark.parametrize("result", ["out", "report", "proof"])
def test_nothing_that_a_recipe_names_is_overwritten(tmp_path: Path, read: str, result: str) -> None:
    """Hierarchies, linked recipes and earlier tables with theirs: refused before anything is read of the input."""
    table = '[table]\nkind = "frequency"\nvariables = ["district", "severity"]\n[primary]\nthreshold = 3\n'
    by = '[[hierarchies]]\nvariable = "district"\nname = "police"\nfile = "{}"\n'
    for name in ("police.csv", "other.csv", "older.csv", "old.csv"):
        (tmp_path / name).write_text("child,parent\nnorth,p1\n")
    recipe(tmp_path, text=table, more=by.format("other.csv"), name="other.toml")
    recipe(tmp_path, text=table, more=by.format("older.csv"), name="old.toml")
    links = '[[linked]]\nrecipe = "other.toml"\n[[known]]\nfile = "old.csv"\nrecipe = "old.toml"\n'
    path = recipe(tmp_path, text=table, more=by.format("police.csv") + links)
    before = {name: (tmp_path / name).read_bytes() for name in READ}
    given = {"out": tmp_path / "S.csv", "report": tmp_path / "R.html", "proof": tmp_path / "P.json"}
    with pytest.raises(Refused, match="output_is_input"):
        protect(input=records(tmp_path), recipe=path, places=Places(**{**given, result: tmp_path / read}))
    assert {name: (tmp_path / name).read_bytes() for name in READ} == before


def test_linked_tables_stand_beside_the_main_one(run: Run, tmp_path: Path, quick: None) -> None:
    other = RECIPE.replace('["district", "severity", "mode"]', '["district", "severity"]')
    recipe(tmp_path, text=other, name="short.toml")
    run(with_recipe=recipe(tmp_path, more='[[linked]]\nrecipe = "short.toml"\n'))
    assert "SAFE.short.csv" in names(tmp_path)
    said = json.loads((tmp_path / "PROOF.json").read_text())
    assert (
        said["linked"][0]["safe_sha256"]
        == hashlib.sha256((tmp_path / "SAFE.short.csv").read_bytes()).hexdigest()
    )
    assert "short" in (tmp_path / "REPORT.html").read_text()


def test_a_second_run_replaces_the_first(run: Run, tmp_path: Path, quick: None) -> None:
    run()
    first = (tmp_path / "SAFE.csv").read_bytes()
    run(input=records(tmp_path, count=300, seed=6))
    assert (tmp_path / "SAFE.csv").read_bytes() != first
    assert audit(tmp_path / "SAFE.csv", tmp_path / "recipe.toml").safe
