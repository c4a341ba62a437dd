"""Files that are no safe tables are refused, and every bad place is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from kontor.audit import audit
from kontor.errors import Invalid, Refused
from tests.audit.conftest import RECIPE, Made

ROW = RECIPE.replace('["row", "column"]', '["row"]')
GOOD = "row,value,confidentiality\na,,C\nb,,C\nc,40,F\n_T,50,F\n"


def _refused(
    audited: Made, table: str, recipe: str = ROW, **how: object
) -> list[tuple[str, int | None, str | None]]:
    with pytest.raises(Invalid) as error:
        audited(table, recipe, **how)
    return [(row.code, row.row, row.column) for row in error.value.rows]


def test_the_good_table_is_good(audited: Made) -> None:
    assert audited(GOOD, ROW).safe


@pytest.mark.parametrize(
    ("table", "faults"),
    [
        ("row,value\na,1\n", [("header_wrong", 1, None)]),
        ("row,value,confidentiality\n", [("rows_missing", None, None)]),
        (GOOD.replace("c,40,F", "c,40"), [("row_length", 4, None)]),
        (GOOD.replace("c,40,F", "c,forty,F"), [("value_malformed", 4, "value")]),
        (GOOD.replace("c,40,F", "c,-40,F"), [("value_negative", 4, "value")]),
        (GOOD.replace("c,40,F", "c,40.5,F"), [("value_not_whole", 4, "value")]),
        (GOOD.replace("a,,C", "a,2,C"), [("hidden_with_value", 2, "value")]),
        (GOOD.replace("c,40,F", "c,,F"), [("published_without_value", 4, "value")]),
        (GOOD.replace("a,,C", "a,,X"), [("mark_unknown", 2, "confidentiality")]),
        (GOOD.replace("a,,C", "a,,D"), [("mark_unknown", 2, "confidentiality")]),
        (GOOD.replace("a,,C", ",,C"), [("code_missing", 2, "row")]),
        (GOOD + "c,40,F\n", [("cell_twice", 6, None)]),
        (GOOD.replace("_T,50,F\n", ""), [("cell_missing", None, None)]),
        (GOOD.replace("_T,50,F", "_T,41,F"), [("hidden_cells_contradict", None, None)]),
        (GOOD.replace("a,,C", "a,5,F").replace("b,,C", "b,6,F"), [("sum_wrong", 5, None)]),
        (GOOD.replace("a,,C", "a,x,C").replace("c,40,F", "c,,F"), None),
    ],
)
def test_what_is_wrong_is_named(
    audited: Made, table: str, faults: list[tuple[str, int | None, str | None]] | None
) -> None:
    found = _refused(audited, table)
    if faults is None:
        assert len(found) == 3
    else:
        assert found == faults


def test_an_empty_file(audited: Made, tmp_path: Path) -> None:
    audited(GOOD, ROW)
    (tmp_path / "SAFE.csv").write_text("")
    with pytest.raises(Invalid) as error:
        audit(tmp_path / "SAFE.csv", tmp_path / "recipe.toml")
    assert error.value.rows[0].code == "input_empty"
    (tmp_path / "SAFE.csv").write_bytes("row,value,confidentiality\nä,1,F\n".encode("latin-1"))
    with pytest.raises(Invalid) as error:
        audit(tmp_path / "SAFE.csv", tmp_path / "recipe.toml")
    assert error.value.rows[0].code == "encoding_wrong"


def test_a_missing_file(audited: Made, tmp_path: Path) -> None:
    audited(GOOD, ROW)
    with pytest.raises(Refused, match="file_missing"):
        audit(tmp_path / "other.csv", tmp_path / "recipe.toml")
    with pytest.raises(Invalid) as error:
        audit(tmp_path / "SAFE.csv", tmp_path / "other.toml")
    assert error.value.rows[0].code == "recipe_file_missing"
    with pytest.raises(Refused, match="file_is_folder"):
        audit(tmp_path, tmp_path / "recipe.toml")
    with pytest.raises(Invalid) as error:
        audit(tmp_path / "SAFE.csv", tmp_path)
    assert error.value.rows[0].code == "file_is_folder"


def test_a_table_of_one_cell(audited: Made) -> None:
    """The total alone: published it is safe where it is large, hidden nothing ties it to anything."""
    assert audited("row,value,confidentiality\n_T,40,F\n", ROW).safe
    assert audited("row,value,confidentiality\na,40,F\n_T,40,F\n", ROW).safe
    assert audited("row,value,confidentiality\na,,C\n_T,,C\n", ROW).safe
    assert [leak.codes for leak in audited("row,value,confidentiality\na,2,F\n_T,2,F\n", ROW).open] == [
        {"row": "_T"},
        {"row": "a"},
    ]


def test_every_wrong_sum_is_named(audited: Made) -> None:
    table = """
          x   y   _T
    a     5   6   12
    b     7   8   15
    _T    12  14  28
    """
    found = _refused(audited, table, RECIPE)
    assert [code for code, _, _ in found] == ["sum_wrong"] * 3
    assert sorted(row for _, row, _ in found if row) == [4, 10, 10]


def test_codes_outside_the_hierarchy(audited: Made) -> None:
    recipe = ROW + '[hierarchy.row]\na = "G"\nb = "G"\nG = "_T"\n'
    assert _refused(audited, GOOD, recipe) == [("code_outside_hierarchy", None, "row")]
    table = GOOD.replace("c,40,F", "H,40,F")
    assert _refused(audited, table, recipe.replace('b = "G"', 'b = "G"\nd = "H"')) == [
        ("group_without_members", None, "row")
    ]


def test_a_cyclic_hierarchy(audited: Made) -> None:
    recipe = ROW + '[hierarchy.row]\na = "G"\nG = "H"\nH = "G"\n'
    assert {code for code, _, _ in _refused(audited, GOOD, recipe)} == {"hierarchy_cyclic"}


@pytest.mark.parametrize(
    ("more", "key", "nearest"),
    [
        ("[publish]\nzeroes = true\n", "publish.zeroes", "zeros"),
        ("[secondary]\nwidth = 3\n", "secondary.width", "interval_width"),
        ("[seconday]\n", "seconday", "secondary"),
        ('[alternative]\nmethod = "round"\nbasis = 5\n', "alternative.basis", "base"),
        ('[[rate]]\nnumerator = "a"\ndenominater = "b"\n', "rate.denominater", "denominator"),
    ],
)
def test_unknown_keys_name_the_nearest_known_one(audited: Made, more: str, key: str, nearest: str) -> None:
    with pytest.raises(Invalid) as error:
        audited(GOOD, ROW + more)
    row = next(row for row in error.value.rows if row.code == "recipe_key_unknown")
    assert (row.facts["key"], row.facts["nearest"], row.facts["file"]) == (key, nearest, "recipe.toml")


@pytest.mark.parametrize(
    "more",
    [
        '[publish]\nzeros = "yes"\n',
        "[secondary]\ncoalition = 0\n",
        '[publish]\nmargins = "some"\n',
        '[alternative]\nmethod = "blur"\n',
    ],
)
def test_values_that_cannot_be(audited: Made, more: str) -> None:
    assert [code for code, _, _ in _refused(audited, GOOD, ROW + more)] == ["recipe_value_wrong"]


def test_what_becomes_of_identifiers_is_spelled_right(audited: Made) -> None:
    assert audited(GOOD, ROW + '[identifiers]\nborn = "year"\n').safe
    assert _refused(audited, GOOD, ROW + '[identifiers]\nborn = "yeer"\n') == [
        ("identifier_fate_unknown", None, "born")
    ]


def test_an_alternative_says_its_method(audited: Made) -> None:
    assert _refused(audited, GOOD, ROW + "[alternative]\nbase = 3\n") == [
        ("recipe_key_missing", None, "alternative.method")
    ]


def test_a_key_that_is_missing(audited: Made) -> None:
    assert _refused(audited, GOOD, '[table]\nkind = "frequency"\n') == [
        ("recipe_key_missing", None, "table.variables")
    ]
    assert _refused(audited, GOOD, ROW + '[[known]]\nfile = "x.csv"\n') == [
        ("recipe_key_missing", None, "known.recipe")
    ]


def test_a_recipe_that_is_no_toml(audited: Made) -> None:
    assert _refused(audited, GOOD, "table = [") == [("recipe_unreadable", None, None)]


def test_linked_tables_that_differ(audited: Made) -> None:
    recipe = ROW + '[[linked]]\nrecipe = "other.toml"\n'
    files = {"other.toml": ROW, "SAFE.other.csv": "row,value,confidentiality\na,,C\nb,,C\nc,41,F\n_T,50,F\n"}
    assert _refused(audited, GOOD, recipe, files=files) == [("cells_differ", 4, None)]


def test_a_missing_linked_table(audited: Made) -> None:
    with pytest.raises(Refused, match="file_missing"):
        audited(GOOD, ROW + '[[linked]]\nrecipe = "other.toml"\n', {"other.toml": ROW})
