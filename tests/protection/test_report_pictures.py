"""The pictures of the report: which variables are crossed, in which order, and what each field shows."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from kontor.protection.recipe import TOTAL, Hierarchy
from kontor.protection.report import LANGUAGES, render
from kontor.protection.report.breadth import name
from kontor.protection.report.figures import Figures
from kontor.protection.report.picture import MOST_COLUMNS, MOST_ROWS, pictures
from kontor.protection.safe_file import SafeTable
from tests.protection.reports import RULES, SMALL, contents, page, table


def test_hidden_cells_are_marked_and_read_aloud() -> None:
    found = page()
    hidden = [given for tag, given in found.elements if tag == "td" and given.get("class") == "h"]
    assert len(hidden) == 4 * len(LANGUAGES)
    assert "Hidden in this picture: 4 of 18 cells." in found.words_in()


def test_groups_stand_before_their_members_and_the_total_last() -> None:
    (picture,), _ = pictures(Figures(SMALL, RULES))
    assert [(block.first, block.depth) for block in picture.down] == [
        ("west", 0), ("a", 1), ("b", 1), ("east", 0), ("c", 1), (TOTAL, 0),
    ]  # fmt: skip


def test_three_variables_have_pages_and_a_picture_of_all_behind() -> None:
    axes = (("a", "b", "_T"), ("x", "y", "_T"), ("p", "q", "_T"))
    cube = table({codes: "" if codes[0] == "a" else "7" for codes in product(*axes)}, ("one", "two", "three"))
    shown, pages = pictures(Figures(cube, replace(RULES, variables=("one", "two", "three"), hierarchies=())))
    assert [picture.kind for picture in shown] == ["totals", "behind"]
    assert [(picture.cells, picture.hidden) for picture in shown] == [(9, 3), (27, 9)]
    assert len(pages) == 2
    assert sum(picture.cells for picture in pages) == 18


def test_a_large_table_is_drawn_in_blocks_with_every_cell_counted() -> None:
    rows = {
        (f"d{number:03}", mode): "" if number % 7 == 0 else "9"
        for number in range(300)
        for mode in ("x", "_T")
    }
    rows |= {("_T", "x"): "1", ("_T", "_T"): "1"}
    large = table(rows)
    (picture,), _ = pictures(Figures(large, replace(RULES, hierarchies=())))
    assert len(picture.down) <= MOST_ROWS and len(picture.across) <= MOST_COLUMNS
    assert picture.in_blocks
    assert (picture.cells, picture.hidden) == (602, 86)
    assert len(render(contents(large, replace(RULES, hierarchies=())))) < 200_000


def test_the_pair_of_variables_with_most_hidden_cells_is_drawn() -> None:
    """District by mode hides nothing; what is hidden stands where severity is told."""
    axes = (("a", "b", "c", "_T"), ("car", "foot", "rail", "_T"), ("fatal", "slight", "_T"))
    cells = {codes: "" if codes[2] == "fatal" and codes[0] != "_T" else "7" for codes in product(*axes)}
    names = ("district", "mode", "severity")
    shown, _ = pictures(Figures(table(cells, names), replace(RULES, variables=names, hierarchies=())))
    assert (shown[0].rows, shown[0].columns, shown[0].hidden) == ("district", "severity", 3)


def test_a_picture_that_shows_something_hidden_comes_first() -> None:
    axes = (("a", "b", "_T"), ("x", "y", "_T"), ("p", "q", "_T"))
    cells = {codes: "" if "_T" not in codes and codes[0] == "a" else "7" for codes in product(*axes)}
    names = ("one", "two", "three")
    shown, _ = pictures(Figures(table(cells, names), replace(RULES, variables=names, hierarchies=())))
    assert [(picture.kind, picture.hidden) for picture in shown] == [("behind", 4), ("totals", 0)]


def test_groups_stand_where_their_first_member_does() -> None:
    """South, below the total alone, lies between the members of two groups."""
    parents = {"a": "west", "south": TOTAL, "b": "east"}
    rows = {(code, "_T"): "7" for code in ("a", "south", "b", "east", "west", "_T")}
    rules = replace(RULES, hierarchies=(Hierarchy("district", "", parents),))
    (picture,), _ = pictures(Figures(table(rows), rules))
    assert [block.first for block in picture.down] == ["west", "a", "south", "east", "b", TOTAL]


def test_figures_of_a_column_have_as_many_decimals() -> None:
    amounts = table({("a",): "5.25", ("b",): "", ("c",): "1270", ("_T",): "1280.5"}, ("district",))
    rules = replace(RULES, hierarchies=(), kind="magnitude", responses=("kwh",))
    said = page(amounts, rules).words_in("de")
    assert "a 5,25 b gesperrt c 1 270,00 Insgesamt 1 280,50" in said


def test_a_long_name_is_broken_where_its_parts_meet() -> None:
    assert name("PrimaryPropertyType") == "Primary<wbr>Property<wbr>Type"
    assert name("accident_kind<i>") == "accident_<wbr>kind&lt;i&gt;"
    assert name("IstRad") == "IstRad"
    long = table({("a",): "5", ("_T",): "5"}, ("PrimaryPropertyType",))
    html = render(contents(long, replace(RULES, hierarchies=()))).decode()
    assert '<th scope="col">Primary<wbr>Property<wbr>Type</th>' in html
    assert 'aria-label="PrimaryPropertyType"' in html


def test_a_response_of_which_nothing_is_hidden_has_no_picture() -> None:
    rows = list(product(("a", "b", "_T"), ("deaths", "people")))
    values = tuple("" if row in (("a", "deaths"), ("b", "deaths")) else "9" for row in rows)
    marks = tuple("F" if value else "C" for value in values)
    codes, responses = zip(*rows, strict=True)
    rates = SafeTable(("district",), (codes,), responses, values, marks)
    figures = Figures(rates, replace(RULES, variables=("district",), hierarchies=()))
    assert [picture.response for picture in pictures(figures)[0]] == ["deaths"]


def test_one_variable_is_a_list() -> None:
    one = table({("a",): "5", ("b",): "", ("_T",): "9"}, ("district",))
    (picture,), pages = pictures(Figures(one, replace(RULES, hierarchies=())))
    assert [len(line) for line in picture.fields] == [1, 1, 1]
    assert pages == []
    assert "district Counts a 5" in page(one, replace(RULES, hierarchies=())).words_in()
    amounts = replace(RULES, hierarchies=(), kind="magnitude", responses=("kwh",))
    assert "district kwh a 5" in page(one, amounts).words_in()
