"""`kontor protect` from outside: exit codes, streams, ends of every kind; without league, database and network."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kontor.protection import operations
from kontor.protection.writing import PREFIX
from tests.cli.conftest import ROOT, Kontor
from tests.protection.offices import RECIPE, hide_all, hide_primaries, recipe, records

OUTPUTS = ("--out", "SAFE.csv", "--report", "REPORT.html")


@pytest.fixture(autouse=True)
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with records and a recipe, in which the command is given; hiding nearly all takes no time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(operations, "suppress", hide_all)
    records(tmp_path)
    recipe(tmp_path)
    return tmp_path


def there(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_everything_in_place(kontor: Kontor, office: Path) -> None:
    result = kontor(
        "protect",
        "accidents.csv",
        "--recipe",
        "recipe.toml",
        *OUTPUTS,
        "--json",
        "PROOF.json",
        "--local",
        "mine",
    )
    assert result.exit_code == 0
    assert result.stdout == "Written: SAFE.csv, cells: 84, hidden: 78. The attackers found nothing.\n"
    assert "For this office only, do not pass on: mine." in result.stderr
    assert there(office) == [
        "PROOF.json",
        "REPORT.html",
        "SAFE.csv",
        "accidents.csv",
        "mine",
        "recipe.toml",
    ]


@pytest.mark.parametrize("language", ["de", "zh-hans"])
def test_the_report_opens_in_the_language_asked_for(kontor: Kontor, office: Path, language: str) -> None:
    kontor("protect", "accidents.csv", "--recipe", "recipe.toml", *OUTPUTS, "--language", language)
    assert f'id="l-{language}" checked' in (office / "REPORT.html").read_text()


def test_messages_and_comments_speak_the_language_asked_for(kontor: Kontor, office: Path) -> None:
    german = ("--language", "de")
    result = kontor("protect", "accidents.csv", "--recipe", "recipe.toml", *OUTPUTS, *german)
    assert result.stdout.startswith("Geschrieben: SAFE.csv")
    assert "# Fallzahlen von 1 bis 3" in kontor("protect", "accidents.csv", "--suggest", *german).stdout
    assert "Eingabe" in kontor("protect", "nowhere.csv", "--recipe", "recipe.toml", *german).stderr
    # It is the language of that command alone.
    assert "input" in kontor("protect", "nowhere.csv", "--recipe", "recipe.toml").stderr


@pytest.mark.parametrize(
    "words",
    [
        ("protect", "accidents.csv", "--out", "SAFE.csv"),
        ("protect", "accidents.csv", "--recipe", "recipe.toml", *OUTPUTS, "--language", "fr"),
        ("protect",),
    ],
)
def test_wrong_usage(kontor: Kontor, office: Path, words: tuple[str, ...]) -> None:
    result = kontor(*words)
    assert result.exit_code == 2
    assert there(office) == ["accidents.csv", "recipe.toml"]


def test_the_recipe_is_all_that_must_be_given(kontor: Kontor, office: Path) -> None:
    assert kontor("protect", "accidents.csv", "--recipe", "recipe.toml").exit_code == 0
    assert there(office) == ["SAFE.csv", "SAFE.html", "accidents.csv", "recipe.toml"]
    (office / "mine").mkdir()
    assert kontor("protect", "accidents.csv", "--recipe", "recipe.toml", "--out", "mine/A.csv").exit_code == 0
    assert there(office / "mine") == ["A.csv", "A.html"]


def test_rates_count_as_cells_on_the_terminal_as_they_do_in_the_report(kontor: Kontor, office: Path) -> None:
    (office / "deaths.csv").write_text("area,deaths,people\na,2,900\nb,3,800\nc,9,700\n")
    table = 'kind = "frequency"\ninput = "table"\nvariables = ["area"]\n'
    rate = '[[rate]]\nnumerator = "deaths"\ndenominator = "people"\n'
    recipe(office, text=f"[table]\n{table}[primary]\nthreshold = 3\n{rate}")
    said = kontor("protect", "deaths.csv", "--recipe", "recipe.toml").stdout
    rows = (office / "SAFE.csv").read_text().splitlines()[1:]
    hidden = sum(row.endswith(",C") for row in rows)
    assert said.startswith(f"Written: SAFE.csv, cells: {len(rows)}, hidden: {hidden}.")
    assert hidden > 0 and hidden % 2 == 0  # each with its rate
    assert f"{hidden} of {len(rows)} cells are hidden" in (office / "SAFE.html").read_text()


def test_a_method_that_hides_nothing_is_not_said_to_have_withstood_attackers(
    kontor: Kontor, office: Path
) -> None:
    recipe(office, text=RECIPE, more='[alternative]\nmethod = "round"\nbase = 4\n')
    said = kontor("protect", "accidents.csv", "--recipe", "recipe.toml").stdout
    assert said.startswith("Written: SAFE.csv, cells: 84. None is hidden;")


@pytest.mark.parametrize("proof", [("--json", "P.json"), ("--json=P.json",)])
def test_errors_as_json_where_json_is_asked_for(kontor: Kontor, office: Path, proof: tuple[str, ...]) -> None:
    recipe(office, text=RECIPE.replace("threshold", "treshold"))
    result = kontor("protect", "accidents.csv", "--recipe", "recipe.toml", *OUTPUTS, *proof)
    assert result.exit_code == 1
    error = json.loads(result.stderr)["error"]
    assert result.stdout == ""
    assert error["code"] == "invalid"
    assert "threshold" in error["rows"][0]["message"]
    assert there(office) == ["accidents.csv", "recipe.toml"]


@pytest.mark.parametrize(
    ("content", "exit_code", "code"),
    [
        ("[table]\nkind = 'frequency\n", 1, "recipe_quote_missing"),
        (RECIPE + "[primary]\nthreshold = 5\n", 1, "recipe_section_twice"),
        (RECIPE.replace('"mode"', '"colour"'), 1, "input_column_missing"),
    ],
)
def test_an_error_for_programs_is_one_object_with_place_and_sentence(
    kontor: Kontor, office: Path, content: str, exit_code: int, code: str
) -> None:
    recipe(office, text=content)
    result = kontor("protect", "accidents.csv", "--recipe", "recipe.toml", "--json", "PROOF.json")
    assert (result.exit_code, result.stdout) == (exit_code, "")
    [row] = json.loads(result.stderr)["error"]["rows"]
    assert (row["code"], set(row)) == (code, {"code", "row", "column", "message"})
    assert row["row"] and row["message"]


def test_wrong_usage_for_programs_is_json_too(kontor: Kontor, office: Path) -> None:
    result = kontor("protect", "accidents.csv", "--json", "PROOF.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert json.loads(result.stderr)["error"]["code"] == "usage"


def test_a_leak_is_refused_with_the_cells_by_name(
    kontor: Kontor, office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "suppress", lambda problem, *, budget: hide_primaries(problem))
    recipe(office, text=RECIPE, more='[secondary]\nmethod = "none"\n')
    result = kontor("protect", "accidents.csv", "--recipe", "recipe.toml", *OUTPUTS)
    assert result.exit_code == 1
    assert result.stderr.startswith("Nothing was written: the attackers still infer cells (")
    assert there(office) == ["accidents.csv", "recipe.toml"]


def test_a_missing_input_is_named(kontor: Kontor, office: Path) -> None:
    result = kontor("protect", "nowhere.csv", "--recipe", "recipe.toml", *OUTPUTS)
    assert result.exit_code == 1
    assert "nowhere.csv" in result.stderr


def test_a_first_recipe_is_suggested_and_works(kontor: Kontor, office: Path) -> None:
    printed = kontor("protect", "accidents.csv", "--suggest")
    assert printed.exit_code == 0
    assert "[table]" in printed.stdout and "# " in printed.stdout
    written = kontor("protect", "accidents.csv", "--suggest", "--recipe", "first.toml")
    assert written.exit_code == 0
    assert (office / "first.toml").read_text() == printed.stdout
    _, command = written.stdout.strip().split(" Next: ")
    assert command == "kontor protect accidents.csv --recipe first.toml --out SAFE.csv"
    assert kontor(*command.split()[1:]).exit_code == 0


def test_a_folder_that_is_not_there_is_named_with_what_to_do(kontor: Kontor, office: Path) -> None:
    for words in (
        ("--suggest", "--recipe", "no/first.toml"),
        ("--recipe", "recipe.toml", "--out", "no/SAFE.csv"),
    ):
        result = kontor("protect", "accidents.csv", *words)
        assert result.exit_code == 1
        assert "mkdir -p" in result.stderr and "no" in result.stderr


def test_a_recipe_that_is_not_there_is_looked_for_where_we_are(kontor: Kontor, office: Path) -> None:
    result = kontor("protect", "accidents.csv", "--recipe", "frist.toml")
    assert "There is no file “frist.toml”." in result.stderr


def test_a_suggestion_never_replaces_a_recipe(kontor: Kontor, office: Path) -> None:
    result = kontor("protect", "accidents.csv", "--suggest", "--recipe", "recipe.toml")
    assert result.exit_code == 1
    assert (office / "recipe.toml").read_text() == RECIPE


def process(office: Path, before: str) -> subprocess.Popen[str]:
    """The command as a process of its own, in which `before` was done to it."""
    words = ["protect", "accidents.csv", "--recipe", "recipe.toml", *OUTPUTS, "--local", "mine"]
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv = ['kontor', *{words!r}]\n{before}\nmain()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program], cwd=office, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


SLOW_AUDIT = """
import time
from kontor.cli import main
from kontor.protection import operations
from tests.protection.offices import hide_all
operations.suppress = hide_all
def audit(*_given, **_more):
    open("reached", "w").close()
    time.sleep(60)
operations.audit = audit
"""


def reached(office: Path) -> None:
    for _ in range(600):
        if (office / "reached").exists():
            (office / "reached").unlink()
            return
        time.sleep(0.05)
    raise AssertionError("the audit was never reached")


SLOW_QUERY = """
from kontor.cli import main
from kontor.protection import connections, operations
def prepare(*_given, **_more):
    open("reached", "w").close()
    connections.connected().execute("SELECT sum(range) FROM range(100000000000)")
operations.prepare = prepare
"""


@pytest.mark.parametrize("before", [SLOW_AUDIT, SLOW_QUERY], ids=["in the audit", "in a query"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopping_takes_everything_away(office: Path, how: signal.Signals, before: str) -> None:
    """A query that is interrupted ends with an error of the database."""
    with process(office, before) as run:
        reached(office)
        run.send_signal(how)
        _, said = run.communicate(timeout=30)
    assert run.returncode == 1
    assert said == "Stopped. Nothing was written.\n"
    assert there(office) == ["accidents.csv", "recipe.toml"]


def test_a_killed_run_leaves_no_result_and_nothing_that_others_can_read(kontor: Kontor, office: Path) -> None:
    with process(office, SLOW_AUDIT) as run:
        reached(office)
        run.kill()
    left = [path for path in office.rglob("*") if path.is_file() and path.parent != office]
    assert not {"SAFE.csv", "REPORT.html", "mine"} & set(there(office))
    assert all(path.relative_to(office).parts[0].startswith(PREFIX) for path in left)
    assert {path.parent.stat().st_mode & 0o077 for path in left} == {0}
    assert {path.name for path in left if path.stat().st_size} == {
        "SAFE.csv"
    }  # true values were not yet written
    assert (
        kontor("protect", "accidents.csv", "--recipe", "recipe.toml", *OUTPUTS, "--local", "mine").exit_code
        == 0
    )
    assert [name for name in there(office) if name.startswith(PREFIX)] == []


def test_neither_framework_nor_database_nor_network(office: Path) -> None:
    before = """
import atexit, socket
from kontor.cli import main
from kontor.protection import operations
from tests.protection.offices import hide_all
operations.suppress = hide_all
def never(*_given, **_more):
    raise AssertionError("the network was asked")
socket.socket.connect = never
atexit.register(lambda: print("django" in sys.modules, "psycopg" in sys.modules))
"""
    with process(office, before) as run:
        said, complaint = run.communicate(timeout=60)
    assert run.returncode == 0, complaint
    assert said.splitlines()[-1] == "False False"
    assert "mine" in there(office)
    assert not (office / "kontor.sqlite3").exists()


def test_progress_is_for_terminals_only(kontor: Kontor) -> None:
    result = kontor("protect", "accidents.csv", "--recipe", "recipe.toml", *OUTPUTS)
    assert "\r" not in result.stderr


def test_what_is_for_others_follows_the_umask_and_what_is_not_is_the_offices_alone(office: Path) -> None:
    quick = """
import os
from kontor.cli import main
from kontor.protection import operations
from tests.protection.offices import hide_all
operations.suppress = hide_all
os.umask(0o022)
"""
    with process(office, quick) as run:
        _, complaint = run.communicate(timeout=60)
    assert run.returncode == 0, complaint
    assert {(office / name).stat().st_mode & 0o777 for name in ("SAFE.csv", "REPORT.html")} == {0o644}
    assert {path.stat().st_mode & 0o777 for path in (office / "mine").iterdir()} == {0o600}
    assert (office / "mine").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("folder", [".", "../{name}"])
def test_the_folder_of_the_public_files_is_not_the_office_s(
    kontor: Kontor, office: Path, folder: str
) -> None:
    local = folder.format(name=office.name)
    result = kontor("protect", "accidents.csv", "--recipe", "recipe.toml", *OUTPUTS, "--local", local)
    assert result.exit_code == 1
    assert "needs a folder of its own" in result.stderr
    assert there(office) == ["accidents.csv", "recipe.toml"]


def test_what_an_earlier_run_left_is_named(kontor: Kontor, office: Path) -> None:
    """It stays where it is, but nobody takes it for the proof of the new table."""
    run = ("protect", "accidents.csv", "--recipe", "recipe.toml")
    first = kontor(*run, *OUTPUTS, "--json", "PROOF.json", "--local", "mine")
    assert "earlier run" not in first.stderr
    assert "earlier run" not in kontor(*run, "--out", "SAFE.csv").stderr  # the same table again
    records(office, seed=6)
    assert "earlier run" not in kontor(*run, "--out", "OTHER.csv").stderr  # another table beside it
    changed = kontor(*run, "--out", "SAFE.csv", "--report", "NEW.html")
    assert changed.exit_code == 0
    [line] = [line for line in changed.stderr.splitlines() if "earlier run" in line]
    assert "not of this SAFE.csv: PROOF.json, REPORT.html, SAFE.html, mine." in line
    again = kontor(*run, *OUTPUTS, "--json", "PROOF.json", "--local", "mine")
    assert "PROOF.json" not in again.stderr and "SAFE.html" in again.stderr


def test_the_language_of_the_report_by_any_of_its_names(kontor: Kontor, office: Path) -> None:
    for name, tag in (("zh", "zh-Hans"), ("zh_CN", "zh-Hans"), ("de-AT", "de")):
        result = kontor("protect", "accidents.csv", "--recipe", "recipe.toml", *OUTPUTS, "--language", name)
        assert result.exit_code == 0
        assert f'<html lang="{tag}">' in (office / "REPORT.html").read_text(encoding="utf-8")
    result = kontor("protect", "accidents.csv", "--recipe", "recipe.toml", *OUTPUTS, "--language", "fr")
    assert result.exit_code == 2
    assert "en, de, zh\n" in result.stderr.replace(" │", "")


def test_the_report_calls_the_file_by_its_name(kontor: Kontor, office: Path) -> None:
    kontor("protect", "accidents.csv", "--recipe", "recipe.toml", "--out", "my table.csv")
    report = (office / "my table.html").read_text(encoding="utf-8")
    assert "kontor audit &#x27;my table.csv&#x27;" in report
    assert "SHA-256 of my table.csv" in report and "SAFE.csv" not in report
