"""A first recipe from the data: it says why, and reading it back gives a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from kontor.protection.preparing import Note, prepare
from kontor.protection.recipe import Recipe
from kontor.protection.recipe_file import read_recipe
from kontor.protection.suggesting import Suggestion, suggest
from kontor.sentences import sentence
from tests.protection.inputs import recipe

ACCIDENTS = "id,name,birth_date,ward,borough,severity,month,cost\n" + "".join(
    f"{n},Erika Muster{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]},19{50 + n % 40}-01-{n % 28 + 1:02d},"
    f"w{n % 12},{'north' if n % 12 < 6 else 'south'},{n // 12 % 3},{n // 36 % 4 + 1},{n * 3.5}\n"
    for n in range(900)
)


def suggested(folder: Path, content: str) -> tuple[Suggestion, Recipe]:
    """The suggestion, and the recipe that it is when it is read back and used."""
    path = folder / "input.csv"
    path.write_text(content)
    found = suggest(path)
    text = found.written(lambda note: sentence(note.code, note.facts, "de"))
    read = read_recipe(recipe(folder, text))
    assert read_recipe(recipe(folder, found.recipe, "bare.toml")).variables == read.variables
    assert prepare(path, read).problem.values.size
    return found, read


def notes(found: Suggestion, code: str) -> list[Note]:
    return [note for note in found.explained if note.code == code]


def test_records(tmp_path: Path) -> None:
    found, read = suggested(tmp_path, ACCIDENTS)
    assert (read.kind, read.input, read.primary.threshold) == ("frequency", "records", 3)
    assert read.variables == ("ward", "severity", "month")
    assert read.identifiers == {"name": "drop", "birth_date": "drop"}
    assert [note.facts["columns"] for note in notes(found, "suggest_amounts")] == ["cost"]


def test_groups_are_found_by_what_follows_from_what(tmp_path: Path) -> None:
    found, read = suggested(tmp_path, ACCIDENTS)
    [parents] = read.hierarchies_of("ward")
    assert (parents["w3"], parents["w9"], parents["borough south"]) == (
        "borough north",
        "borough south",
        "_T",
    )
    assert [note.facts["groups"] for note in notes(found, "suggest_hierarchy")] == [2]


def test_a_suggested_recipe_counts_nothing(tmp_path: Path) -> None:
    """It is passed on with its comments: of the records it must tell nothing but their columns and codes."""
    table = "sex,age\n" + "f,1\n" * 30 + "m,1\n" * 20 + "f,2\n" * 2 + "m,2\n" * 50
    found, _ = suggested(tmp_path, table)
    more, _ = suggested(tmp_path, table + "m,2\n" * 7 + "f,2\n" * 9)
    assert found == more
    assert [note.facts for note in notes(found, "suggest_margins")] == [{"cells": 9}]


def test_a_finished_table(tmp_path: Path) -> None:
    content = "district,severity,freq\n" + "".join(f"d{a},s{b},{a + b}\n" for a in range(9) for b in range(5))
    _, read = suggested(tmp_path, content)
    assert (read.input, read.count, read.variables) == ("table", "freq", ("district", "severity"))


DEATHS = "district,year,deaths,population\n" + "".join(
    f"d{a},{2020 + b},{a * b % 7},{1000 * a + b}\n" for a in range(1, 9) for b in range(4)
)


def test_a_finished_table_with_its_population(tmp_path: Path) -> None:
    found, read = suggested(tmp_path, DEATHS)
    assert (read.input, read.count, read.variables) == ("table", "deaths", ("district", "year"))
    assert read.rates == () and read.secondary.time_limit == 60
    assert [note.facts["column"] for note in notes(found, "suggest_rate")] == ["population"]
    with_rate = "".join(
        line.removeprefix("# ") if line.startswith(STARTS) else line
        for line in found.recipe.splitlines(keepends=True)
    )
    [rate] = read_recipe(recipe(tmp_path, with_rate, "rate.toml")).rates
    assert (rate.numerator, rate.denominator) == ("deaths", "population")


STARTS = ("# [[rate]]", "# numerator", "# denominator", "# per", "# decimals")


def test_a_population_that_would_be_added_up_several_times_is_left_out_with_the_reason(
    tmp_path: Path,
) -> None:
    content = "district,sex,count,residents\n" + "".join(
        f"d{a},{sex},{a},{1000 * a}\n" for a in range(1, 9) for sex in "fm"
    )
    found, read = suggested(tmp_path, content)
    assert (read.count, read.variables) == ("count", ("district", "sex"))
    assert [note.facts["variable"] for note in notes(found, "suggest_population_repeated")] == ["sex"]
    assert "denominator" not in found.recipe


def test_what_a_count_is_part_of_may_be_called_anything(tmp_path: Path) -> None:
    content = "district,year,persons,ill\n" + "".join(
        f"d{a},{2020 + b},{900 * a + b},{a * b % 7}\n" for a in range(1, 9) for b in range(4)
    )
    found, read = suggested(tmp_path, content)
    assert (read.input, read.count) == ("table", "ill")
    assert '# denominator = "persons"\n' in found.recipe
    assert not notes(found, "suggest_more_counts")


@pytest.mark.parametrize(("word", "codes"), [("_T", 4), ("Total", 5), ("insgesamt", 5), ("合计", 5)])
def test_totals_of_a_finished_table_are_no_codes(tmp_path: Path, word: str, codes: int) -> None:
    cells = {(f"d{a}", f"s{b}"): 5 + a * b for a in (1, 2, 10) for b in range(3)}
    for margin in ({0}, {1}, {0, 1}):
        for cell in [one for one in cells if word not in one]:
            at = tuple(word if place in margin else code for place, code in enumerate(cell))
            cells[at] = cells.get(at, 0) + cells[cell]
    content = "district,severity,freq\n" + "".join(f"{a},{b},{count}\n" for (a, b), count in cells.items())
    found, read = suggested(tmp_path, content)
    assert (read.input, read.variables) == ("table", ("district", "severity"))
    assert [note.facts["codes"] for note in notes(found, "suggest_variable")] == [3, 3]
    assert [note.facts["totals"] for note in notes(found, "suggest_totals")] == [word, word]
    made = prepare(tmp_path / "input.csv", read)
    assert notes(found, "suggest_margins")[0].facts["cells"] == made.problem.values.size == codes**2
    lines = [line for line in found.recipe.splitlines() if line.endswith(f'= "{word}"')]
    assert (lines[:3] == [f'"d{a}" = "{word}"' for a in (1, 2, 10)]) == (word != "_T")


def test_totals_beside_groups_of_codes(tmp_path: Path) -> None:
    cells = [(f"d{a}", "north" if a < 3 else "south", f"s{b}", a * b) for a in range(6) for b in range(3)]
    cells += [("Total", "Total", f"s{b}", 15 * b) for b in range(3)]
    content = "district,part,kind,freq\n" + "".join(f"{a},{g},{b},{n}\n" for a, g, b, n in cells)
    found, read = suggested(tmp_path, content)
    assert read.variables == ("district", "kind")
    [parents] = read.hierarchies_of("district")
    assert (parents["d1"], parents["part north"], parents["Total"]) == ("part north", "Total", "_T")
    assert "part Total" not in parents
    size = prepare(tmp_path / "input.csv", read).problem.values.size
    assert notes(found, "suggest_margins")[0].facts["cells"] == size


def test_a_population_beside_records_is_no_variable(tmp_path: Path) -> None:
    content = "district,severity,population\n" + "".join(
        f"d{n % 5},s{n % 3},{1000 + n % 5}\n" for n in range(300)
    )
    found, read = suggested(tmp_path, content)
    assert (read.input, read.variables) == ("records", ("district", "severity"))
    assert [note.facts["columns"] for note in notes(found, "suggest_population_of_records")] == ["population"]


@pytest.mark.parametrize("row", ["p{n},{age}\n", "p{n},{n}\n"])
def test_records_with_a_key_and_a_number_are_no_table(tmp_path: Path, row: str) -> None:
    content = "person,age,sex\n" + "".join(
        row.format(n=n, age=n % 60).strip() + f",{'fm'[n % 2]}\n" for n in range(140)
    )
    path = tmp_path / "input.csv"
    path.write_text(content)
    assert 'input = "table"' not in suggest(path).recipe


def test_a_finished_table_with_many_codes_flags_and_groups(tmp_path: Path) -> None:
    """As statistical offices pass them on: 28.00 is whole, the flag tells no cell from another, a city has one country."""
    content = "country,city,period,value,flag\n" + "".join(
        f"c{a % 9},city {a},{2020 + b},{a % 40}.00,{'p' if (a + b) % 5 == 0 else ''}\n"
        for a in range(200)
        for b in range(3)
    )
    _, read = suggested(tmp_path, content)
    assert (read.input, read.count, read.variables) == ("table", "value", ("city", "period"))


def test_records_with_a_number_of_cases(tmp_path: Path) -> None:
    _, read = suggested(tmp_path, "district,count\n" + "a,1\nb,2\na,3\nb,4\n" * 10)
    assert (read.input, read.responses, read.counts_records) == ("records", ("count",), False)
    assert read.variables == ("district",)


def test_no_header_and_signs_for_missing(tmp_path: Path) -> None:
    found, read = suggested(tmp_path, "39,State-gov\n50,?\n39,Private\n50,Private\n" * 20)
    assert (read.header, read.missing) == (("column_1", "column_2"), ("?",))
    assert notes(found, "suggest_header_missing")


def test_not_more_variables_than_the_records_bear(tmp_path: Path) -> None:
    content = "a,b,c,d\n" + "".join(f"{n % 10},{n % 7},{n % 6},{n % 5}\n" for n in range(420))
    found, read = suggested(tmp_path, content)
    assert read.variables == ("a", "b")
    assert [note.facts["columns"] for note in notes(found, "suggest_left_out")] == ["c (6), d (5)"]
    assert not notes(found, "suggest_also_possible")


def test_a_variable_for_which_there_is_room_is_not_said_to_hide_much(tmp_path: Path) -> None:
    content = "a,b,c,d,e\n" + "".join(f"{n % 3},{n % 5},{n % 2},{n % 7},{n % 11}\n" for n in range(1200))
    found, read = suggested(tmp_path, content)
    assert read.variables == ("a", "b", "c")
    assert [note.facts["columns"] for note in notes(found, "suggest_also_possible")] == ["d (7)"]
    assert [note.facts["columns"] for note in notes(found, "suggest_left_out")] == ["e (11)"]


@pytest.mark.parametrize("name", ['a "quoted" name', "ü, ö", "名称 [x]", "back\\slash"])
def test_names_that_toml_must_quote(tmp_path: Path, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    _, read = suggested(tmp_path, f"{quoted};b\n" + "1;2\n2;1\n" * 40)
    assert name in read.variables


def test_nothing_to_make_a_table_of(tmp_path: Path) -> None:
    path = tmp_path / "input.csv"
    path.write_text("id,x\n" + "".join(f"{n},{n * 7}\n" for n in range(900)))
    assert notes(suggest(path), "suggest_no_variable")


BUILDINGS = (
    "OSEBuildingID,TaxParcelIdentificationNumber,Laengengrad,Start_Longitude,x_place,Company,Type,EUI\n"
    + "".join(
        f"{n + 1},{n * 131 + 7},{122 + n / 997:.6f},{47 + n / 991:.6f},{n % 90}.{n + 10000},"
        f"firm {n % 40},t{n % 4},{n % 70}.{n % 9 + 1}\n"
        for n in range(140)
    )
)


def test_amounts_of_a_small_file_are_neither_coordinates_nor_numbers_of_things(tmp_path: Path) -> None:
    found, read = suggested(tmp_path, BUILDINGS)
    assert [note.facts["columns"] for note in notes(found, "suggest_amounts")] == ["EUI"]
    assert read.variables == ("Type",)


def test_owners_are_protected_once_the_two_lines_are_active(tmp_path: Path) -> None:
    """Rows are counted, so a contributor alone protects nobody: 35 rows, but one owner behind each type."""
    rows = "".join(f"firm {n % 4},t{n % 4}\n" for n in range(140))
    found, read = suggested(tmp_path, "Company,Type\n" + rows)
    assert (read.contributor, read.primary.holdings) == ("", 0)
    active = found.recipe.replace("# contributor", "contributor").replace("# holdings", "holdings")
    asked = read_recipe(recipe(tmp_path, active, "active.toml"))
    assert (asked.contributor, asked.primary.holdings, asked.variables) == ("Company", 4, ("Type",))
    inner = [name == "holdings" for name in prepare(tmp_path / "input.csv", asked).rules]
    assert sum(inner) == 4
    assert not any(prepare(tmp_path / "input.csv", read).rules)


def test_amounts_are_protected_once_their_lines_are_active(tmp_path: Path) -> None:
    rows = "".join(f"t{n % 4},{n % 70}.{n % 9 + 1}\n" for n in range(140))
    found, _ = suggested(tmp_path, "Type,EUI\n" + rows)
    active = found.recipe.replace('"frequency"', '"magnitude"')
    for line in ("response", "p_percent", "dominance"):
        active = active.replace(f"# {line}", line)
    asked = read_recipe(recipe(tmp_path, active, "active.toml"))
    assert (asked.kind, asked.responses) == ("magnitude", ("EUI",))
    assert (asked.primary.p_percent, asked.primary.dominance) == (15, (2, 85.0))
    assert prepare(tmp_path / "input.csv", asked).problem.values.size == 5


def test_plausible_amounts_come_first_and_none_is_passed_over_in_silence(tmp_path: Path) -> None:
    names = [
        "state",
        "area_no",
        "lor",
        *(f"x{n}" for n in range(8)),
        "kwh_per_head",
        "ressales",
        "totsales",
        "odd",
    ]
    rows = []
    for n in range(1600):
        numbers = [f"{n * (k + 3) + 0.5}" for k in range(8)]
        odd = "1,5" if n == 7 else str(n % 3)
        rows.append(
            [f"s{n % 7}", str(n), str(1_000_000 + n % 155), *numbers, f"{n}.25", str(n * 7), str(n * 11), odd]
        )
    found, _ = suggested(tmp_path, ";".join(names) + "\n" + "".join(";".join(row) + "\n" for row in rows))
    [note] = [note for note in found.explained if note.code.startswith("suggest_amounts")]
    assert note.code == "suggest_amounts_some"
    assert note.facts["columns"].split(", ")[:3] == ["totsales", "ressales", "x0"]
    assert note.facts["more"] == 3


def test_a_cross_table_is_warned_of(tmp_path: Path) -> None:
    cross = "district;bicycle;car;foot\n" + "".join(f"d{n};{n * 7};{n * n};{n % 4}\n" for n in range(30))
    [note] = notes(suggested(tmp_path, cross)[0], "suggest_crossed")
    assert note.facts["columns"] == "bicycle, car, foot"
    for other in (
        cross.replace("car", "cases"),
        cross.replace("car;foot", "kwh;energy"),
        cross + "d1;1;2;3\n",
    ):
        assert not notes(suggested(tmp_path, other)[0], "suggest_crossed")
