"""Whole runs in which a few records were corrected since the last release."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kontor.audit import audit
from kontor.errors import Invalid
from kontor.protection.preparing import prepare
from kontor.protection.recipe_file import read_recipe
from tests.protection.test_releases import Office, known, rules

HEADER = "area,kind,n"
AREAS, KINDS = tuple(f"d{number}" for number in range(6)), "abcd"
COUNTED = 'count = "n"\ninput = "table"\n[publish]\nzeros = true\n[primary]'


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def _rows(counts: np.ndarray) -> list[tuple[str, str, str]]:
    return [
        (area, kind, str(counts[row, column]))
        for row, area in enumerate(AREAS)
        for column, kind in enumerate(KINDS)
    ]


def _asked(*before: str) -> str:
    return rules("area", "kind", more=known(*before)).replace("[primary]", COUNTED)


def _corrected(counts: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    """One person belongs into another cell, and one into none at all."""
    found = counts.copy()
    large = np.argwhere(counts > 5)
    away, into, gone = large[draws.choice(len(large), 3, replace=False)]
    found[tuple(away)] -= 1
    found[tuple(into)] += 1
    found[tuple(gone)] -= 1
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_figures_that_went_both_ways(office: Office, seed: int) -> None:
    """The second release hides what the first one and the few corrections leave open; one made without a look at the
    first gives cells away."""
    draws = np.random.default_rng(seed)
    first = draws.poisson(draws.lognormal(2.2, 1.1, (len(AREAS), len(KINDS))))
    office.protect("first", office.write("first-in.csv", HEADER, _rows(first)), _asked())
    second = office.write("second-in.csv", HEADER, _rows(_corrected(first, draws)))
    office.protect("second", second, _asked("first"))
    found = audit(office.folder / "second.csv", office.folder / "second.toml")
    assert "corrected_cells" in dict(found.assumptions)


def test_a_release_made_without_a_look_at_the_one_before(office: Office) -> None:
    """Another cell beside the small one is hidden now; the correction is elsewhere."""
    text = rules("area").replace("[primary]", COUNTED)
    areas, now = ("a", "b", "c", "d", "e"), ("2", "9", "4", "31", "19")
    first = office.write("first-in.csv", "area,n", list(zip(areas, ("2", "9", "4", "30", "20"), strict=True)))
    shown = office.protect("first", first, text).read_text(encoding="utf-8")
    assert "b,9,F\nc,,C\n" in shown
    other = shown.replace("b,9,F\nc,,C\n", "b,,C\nc,4,F\n").replace("d,30", "d,31").replace("e,20", "e,19")
    recipe = office.folder / "second.toml"
    recipe.write_text(text + known("first"), encoding="utf-8")
    (office.folder / "second.csv").write_text(other, encoding="utf-8")
    leaks = audit(office.folder / "second.csv", recipe).attackers["A"] or ()
    assert ("a", 2.0) in {(leak.codes["area"], leak.low) for leak in leaks}
    second = office.write("second-in.csv", "area,n", list(zip(areas, now, strict=True)))
    office.protect("second", second, text + known("first"))


def test_sums_that_grew_by_a_year_were_not_corrected(office: Office) -> None:
    """One record moved from one area to another, and a year came on top: two figures were corrected."""
    years = {
        "first": [("2024", "a", "9"), ("2024", "b", "14"), ("2024", "c", "20")],
        "second": [("2024", "a", "8"), ("2024", "b", "15"), ("2024", "c", "20")],
    }
    years["second"] += [("2025", "a", "11"), ("2025", "b", "7"), ("2025", "c", "30")]
    text = rules("year", "area").replace("[primary]", COUNTED)
    office.protect("first", office.write("first-in.csv", "year,area,n", years["first"]), text)
    second = office.write("second-in.csv", "year,area,n", years["second"])
    office.protect("second", second, text + known("first"))
    prepared = prepare(second, read_recipe(office.folder / "second.toml"))
    [facts] = [note.facts for note in prepared.notes if note.code == "known_before"]
    assert (facts["same"], facts["revised"], facts["open"]) == (2, 2, 0)
    areas = {(one["cell"]["area"], one["then"], one["now"]) for one in facts["different"]}
    assert len(areas) == 2 and all(then != now for _, then, now in areas)


@pytest.mark.parametrize("later", [("2", "8", "52", "70"), ("2", "8", "50", "71")])
def test_one_way_that_the_figures_contradict_is_dropped(office: Office, later: tuple[str, ...]) -> None:
    """All published figures grew, what is hidden fell: no reason to refuse."""
    text = rules("area").replace("[primary]", COUNTED)
    areas = ("b", "c", "d", "e")
    first = office.write("first-in.csv", "area,n", list(zip(areas, ("2", "9", "50", "70"), strict=True)))
    office.protect("first", first, text)
    second = office.write("second-in.csv", "area,n", list(zip(areas, later, strict=True)))
    office.protect("second", second, text + known("first"))


def test_a_correction_that_no_figure_shows(office: Office) -> None:
    """Totals are not published any more, so attackers take a for what it was: no witness of the office fits that."""
    text = rules("area", "kind").replace("[primary]", COUNTED)
    before = [("a", "x", "2"), ("a", "y", "3"), ("b", "x", "2"), ("b", "y", "17")]
    office.protect("first", office.write("first-in.csv", HEADER, before), text)
    later = office.write("second-in.csv", HEADER, [*before[:1], ("a", "y", "4"), *before[2:]])
    inner = text.replace("zeros = true", 'zeros = true\nmargins = "none"')
    safe = office.protect("second", later, inner + known("first"))
    assert "_T" not in safe.read_text(encoding="utf-8")
    found = audit(safe, office.folder / "second.toml", local=office.folder / "second.local")
    assert found.safe
    assert ("witnesses_not_used", {}) in found.assumptions


def test_a_total_that_is_the_same_though_nobody_can_tell(office: Office) -> None:
    """Not published now, and known to the office alone: its witnesses name it all the same."""
    text = rules("area").replace("[primary]", COUNTED.replace("true", "false")).replace("= 3\n[s", "= 2\n[s")
    text = text.replace("time_limit", "interval_width = 3\ncoalition = 2\ntime_limit")
    counts = {"first": "570333", "second": "570234"}
    one, other = (
        office.write(f"{name}-in.csv", "area,n", list(zip("abcdef", row, strict=True)))
        for name, row in counts.items()
    )
    office.protect("first", one, text)
    inner = text.replace("zeros = false", 'zeros = false\nmargins = "none"')
    safe = office.protect("second", other, inner + known("first"))
    assert "_T" not in safe.read_text(encoding="utf-8")
    assert audit(safe, office.folder / "second.toml", local=office.folder / "second.local").safe


def test_the_auditor_has_the_last_word_on_what_a_correction_protects(office: Office) -> None:
    """One person less, in b or in c: who is alone in b now and in b then sees himself, though the engine does not know."""
    text = (
        rules("area")
        .replace("[primary]", COUNTED)
        .replace("time_limit = 3", "time_limit = 3\nsuspected = true")
    )
    office.protect("first", office.write("first-in.csv", "area,n", [("b", "2"), ("c", "38")]), text)
    second = office.write("second-in.csv", "area,n", [("b", "2"), ("c", "37")])
    shown = office.protect("second", second, text + known("first")).read_text(encoding="utf-8")
    assert shown.splitlines()[1:] == ["b,,C", "c,,C", "_T,39,F"]


@pytest.mark.parametrize("order", [("first", "second"), ("second", "first")])
def test_the_order_of_earlier_tables_does_not_matter(office: Office, order: tuple[str, ...]) -> None:
    """What they hid is taken to have been as near to today's figures as can be, in either order."""
    text = rules("area", "kind").replace("[primary]", COUNTED).replace("threshold = 3", "threshold = 4")
    text = text.replace("time_limit", "interval_width = 3\ncoalition = 2\ntime_limit")
    hidden = text.replace("zeros = true", "zeros = false")
    places = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")]

    def counted(name: str, *counts: str) -> Path:
        return office.write(name, HEADER, [(*place, n) for place, n in zip(places, counts, strict=True)])

    office.protect("first", counted("first-in.csv", "2", "10", "0", "10"), hidden)
    office.protect("second", counted("second-in.csv", "1", "12", "0", "9"), hidden + known("first"))
    office.protect("third", counted("third-in.csv", "1", "12", "2", "8"), text + known(*order))


def test_a_figure_beside_a_correction_may_be_hidden_though_another_table_hid_it(office: Office) -> None:
    """Both old tables were corrected in a and in the total; only the second has told b."""
    text = rules("area").replace("[primary]", COUNTED).replace("= 3\n[s", "= 2\n[s")
    text = text.replace("time_limit", "interval_width = 3\ncoalition = 2\ntime_limit")
    counts = {"first": "542", "second": "443", "third": "642"}
    first, second, third = (
        office.write(f"{name}-in.csv", "area,n", list(zip("abc", row, strict=True)))
        for name, row in counts.items()
    )
    office.protect("first", first, text)
    assert "b,4,F" in office.protect("second", second, text).read_text(encoding="utf-8")
    shown = office.protect("third", third, text + known("first", "second")).read_text(encoding="utf-8")
    assert "b,,C\nc,,C\n" in shown


def test_a_cell_that_a_correction_made_small_can_be_conceded(office: Office) -> None:
    """A published 4 was one too many. All beside it is known, so the 3 follows from its sums, whatever is hidden."""
    first = np.full((len(AREAS), len(KINDS)), 20)
    first[0, 0] = 4
    office.protect("first", office.write("first-in.csv", HEADER, _rows(first)), _asked())
    second = office.write("second-in.csv", HEADER, _rows(np.where(first == 4, 3, first)))
    with pytest.raises(Invalid) as caught:
        office.protect("second", second, _asked("first"))
    assert caught.value.heading == "not_to_be_protected"
    facts = {"cell": "area d0, kind a", "files": "first.csv"}
    assert [(row.code, row.facts) for row in caught.value.rows] == [("cell_known_before", facts)]
    (office.folder / "conceded.csv").write_text("area,kind,value,confidentiality\nd0,a,3,F\n")
    alone = _asked().replace("[publish]", '[publish]\nmargins = "none"')
    (office.folder / "conceded.toml").write_text(alone)
    assert "d0,a,3,F\n" in office.protect("second", second, _asked("first", "conceded")).read_text()
