"""Files that are no safe tables are refused, and every bad place is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kontor.audit import audit
from kontor.errors import Invalid, Refused
from tests.audit.conftest import RECIPE, Made, cells

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


@pytest.mark.parametrize("sign", ["\u2028", "\x85", "\f", "\x1c", "\v", "\r", "\n", "\r\n"])
def test_what_some_take_for_the_end_of_a_line_within_a_code(audited: Made, sign: str) -> None:
    assert audited(GOOD.replace("a,,C", f'"a{sign}b",,C'), ROW).safe


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("1e999", "value_too_large"),
        ("-1e999", "value_too_large"),
        ("1e308", "value_too_large"),
        ("\uff14\uff10", "value_malformed"),
        ("\u0664\u0660", "value_malformed"),
    ],
)
def test_numbers_that_are_none(audited: Made, value: str, code: str) -> None:
    assert _refused(audited, GOOD.replace("c,40", f"c,{value}")) == [(code, 4, "value")]
    same = f"row,value,confidentiality\na,{value},F\nb,{value},F\n_T,{value},F\n"
    amounts = ROW.replace("frequency", "magnitude").replace('["row"]', '["row"]\nresponse = "kwh"')
    assert {found for found, _, _ in _refused(audited, same, amounts)} == {code}


RATE = '[[rate]]\nnumerator = "n"\ndenominator = "p"\n'
KEYS = ROW + '[alternative]\nmethod = "cellkey"\n'
RECORDS = '[table]\nkind = "microdata"\nvariables = ["row"]\n[microdata]\nquasi = ["row"]\nk = 2\n'


@pytest.mark.parametrize(
    ("recipe", "key"),
    [
        ("hierarchy = 1\n" + ROW, "hierarchy"),
        (ROW + '[hierarchy]\nrow = "x"\n', "hierarchy.row"),
        (ROW + "[hierarchy.row]\na = 1\n", "hierarchy.row"),
        (ROW + '[publish]\nmargins = [[["row"]]]\n', "publish.margins"),
        (ROW + '[publish]\nmargins = [["row", 1]]\n', "publish.margins"),
        ("alternative = 1\n" + ROW, "alternative"),
        (KEYS + 'largest = "x"\n', "alternative.largest"),
        (KEYS + "largest = inf\n", "alternative.largest"),
        (KEYS + "largest = nan\n", "alternative.largest"),
        (KEYS + "never = -1\n", "alternative.never"),
        (KEYS + "variance = 0\n", "alternative.variance"),
        (KEYS.replace("cellkey", "round") + "every = 1\n", "alternative.every"),
        (ROW + RATE + 'per = "x"\n', "rate.per"),
        (ROW + RATE + "per = nan\n", "rate.per"),
        (ROW + RATE + "per = inf\n", "rate.per"),
        (ROW + RATE + "per = 0\n", "rate.per"),
        (ROW + RATE + 'decimals = "x"\n', "rate.decimals"),
        (ROW + RATE + "decimals = inf\n", "rate.decimals"),
        (ROW + RATE + "decimals = -1\n", "rate.decimals"),
        (ROW + RATE + "decimals = 13\n", "rate.decimals"),
        (ROW + RATE + "name = 1\n", "rate.name"),
        (ROW + RATE + "name = []\n", "rate.name"),
        (ROW + RATE + 'proportion = "false"\n', "rate.proportion"),
        (ROW + RATE + 'protect_denominator = "false"\n', "rate.protect_denominator"),
        (RECORDS + "sensitive = 1\n", "microdata.sensitive"),
        (RECORDS + 'sensitive = "row"\n', "microdata.sensitive"),
        (RECORDS + 'diversity = "much"\n', "microdata.diversity"),
        (ROW + '[[linked]]\nrecipe = "a\\u0000b"\n', "linked.recipe"),
        (ROW + '[[known]]\nfile = "a\\u0000b"\nrecipe = "x.toml"\n', "known.file"),
        (ROW.replace("threshold = 3", "threshold = 1" + "0" * 400), "primary.threshold"),
        (ROW + "[secondary]\ninterval_width = inf\n", "secondary.interval_width"),
        (ROW + "[secondary]\ncoalition = 1" + "0" * 400 + "\n", "secondary.coalition"),
    ],
)
def test_values_of_another_form_name_their_key(audited: Made, recipe: str, key: str) -> None:
    assert _refused(audited, GOOD, recipe) == [("recipe_value_wrong", None, key)]


def test_recipes_that_contradict_themselves(audited: Made) -> None:
    for recipe, code in (
        (ROW + '[publish]\nmargins = [["column"]]\n', "recipe_not_a_variable"),
        (ROW + RATE + 'name = "n"\n', "recipe_name_taken"),
        (ROW.replace('["row"]', '["value"]'), "recipe_name_taken"),
        (ROW.replace("frequency", "magnitude"), "recipe_key_missing"),
        ('[table]\nkind = "microdata"\nvariables = ["row"]\n', "recipe_key_missing"),
        (RECORDS.replace('quasi = ["row"]', 'quasi = ["age"]'), "recipe_not_a_variable"),
        (KEYS + RATE, "alternative_alone"),
        (
            KEYS.replace("frequency", "magnitude").replace("kind", 'response = "kwh"\nkind'),
            "alternative_needs_counts",
        ),
    ):
        assert [found for found, _, _ in _refused(audited, GOOD, recipe)] == [code], recipe


def test_a_changed_table_beside_an_earlier_one(audited: Made) -> None:
    rounded = ROW + '[alternative]\nmethod = "round"\n[[known]]\nfile = "OLD.csv"\nrecipe = "old.toml"\n'
    files = {"old.toml": ROW, "OLD.csv": GOOD}
    assert _refused(audited, "row,value,confidentiality\n_T,5,F\n", rounded, files=files) == [
        ("known_and_alternative", None, "known")
    ]


def test_files_that_a_recipe_names_are_ordinary_ones(audited: Made, tmp_path: Path) -> None:
    """A pipe or a device is not even opened; nobody waits for it."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name, code in (
        ("pipe", "recipe_file_missing"),
        ("/dev/zero", "recipe_file_missing"),
        ("folder", "file_is_folder"),
    ):
        hierarchy = f'[[hierarchies]]\nvariable = "row"\nname = "h"\nfile = "{name}"\n'
        for more in (
            f'[[linked]]\nrecipe = "{name}"\n',
            f'[[known]]\nfile = "x.csv"\nrecipe = "{name}"\n',
            hierarchy,
        ):
            assert [found for found, _, _ in _refused(audited, GOOD, ROW + more)] == [code]
        with pytest.raises(Refused, match="file_is_folder" if name == "folder" else "file_missing"):
            audited(GOOD, ROW + f'[[known]]\nfile = "{name}"\nrecipe = "old.toml"\n', {"old.toml": ROW})


def test_the_first_line_of_another_file_is_not_shown(audited: Made) -> None:
    """A recipe may name any file of the machine; what stands in it is not the sender's business."""
    files = {"old.toml": ROW, "other": "root:x:0:0:root,value\n"}
    for more in (
        '[[known]]\nfile = "other"\nrecipe = "old.toml"\n',
        '[[hierarchies]]\nvariable = "row"\nname = "h"\nfile = "other"\n',
    ):
        with pytest.raises(Invalid) as error:
            audited(GOOD, ROW + more, files)
        assert "root" not in str(error.value.rows[0].facts)


def test_a_rate_tells_no_more_than_the_recipe_says(audited: Made) -> None:
    """0.04 of 50 are 2; to whole numbers, as the recipe has it, the rate would leave much more."""
    rows = "row,response,value,confidentiality\na,n,,C\na,p,50,F\na,q,{a},F\nb,n,,C\nb,p,60,F\nb,q,,C\n"
    table = rows + "_T,n,40,F\n_T,p,110,F\n_T,q,,C\n"
    recipe = ROW + RATE + 'name = "q"\nproportion = false\ndecimals = 0\n'
    for shown in ("0.0400", "4e-2", "0.0"):
        assert _refused(audited, table.format(a=shown), recipe) == [("rate_too_exact", 4, "value")]
    finer = recipe.replace("decimals = 0", "decimals = 2")
    assert cells(audited(table.format(a="0.04"), finer), "B") >= {"a"}
