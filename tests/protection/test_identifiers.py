"""Personal identifiers are found by the names of columns and by what stands in them, and refused unless declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from kontor.protection.identifiers import identified, named_kind
from kontor.protection.layout import Layout
from kontor.protection.reading import opened
from tests.protection.inputs import SIMPLE, codes, faults, prepared

PEOPLE = ["Erika Musterfrau", "Max Mustermann", "Anna-Lena Groß", "José García", "O'Neill, Sean"]
VALUES = {
    "name": [f"{PEOPLE[n % 5]}{'abcdefgh'[n % 8]}{'klmnop'[n % 6]}" for n in range(40)],
    "email": [f"person{n}@stadt.de" for n in range(40)],
    "phone": [f"+49 30 90{n:02d} 1234" for n in range(40)],
    "coordinate": [f"52.5{n:04d}" for n in range(40)],
    "address": [f"Hauptstraße {n}a" for n in range(1, 41)],
    "id_number": [f"1101011990010{n:04d}X" for n in range(40)],
    "birth_date": [f"{1950 + n}-03-{n % 28 + 1:02d}" for n in range(40)],
    "free_text": [f"met the officer in room {n} and left" for n in range(40)],
    "unique": [f"K{n}" for n in range(40)],
}


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        *(("Nachname", "name"), ("first_name", "name"), ("LastName", "name"), ("姓名", "name")),
        *(
            ("Geburtsdatum", "birth_date"),
            ("DateOfBirth", "birth_date"),
            ("GEB_DAT", "birth_date"),
            ("生日", "birth_date"),
        ),
        *(("Straße", "address"), ("Hausnummer", "address"), ("HOME ADDRESS", "address"), ("住址", "address")),
        *(("lat", "coordinate"), ("XGCSWGS84", "coordinate"), ("经度", "coordinate")),
        *(
            ("E-Mail", "email"),
            ("telefon 2", "phone"),
            ("手机号", "phone"),
            ("SSN", "id_number"),
            ("身份证号", "id_number"),
        ),
        *(
            ("Bemerkungen", "free_text"),
            *(("Nickname", "name"), ("IP-Adresse", "id_number"), ("fon", "phone")),
            ("district", ""),
            ("district_name", ""),
            ("birth_year", ""),
            ("区", ""),
        ),
    ],
)
def test_names_of_columns(column: str, kind: str) -> None:
    assert named_kind(column) == kind


def found_in(folder: Path, values: list[str]) -> list[str]:
    path = folder / "input.csv"
    path.write_text("x\tcode\n" + "".join(f'"{value}"\tb\n' for value in values))
    with opened(path, Layout(), None) as records:
        return [one.kind for one in identified(records, ["x", "code"])]


@pytest.mark.parametrize("kind", VALUES)
def test_values_tell_what_the_name_of_the_column_hides(tmp_path: Path, kind: str) -> None:
    assert found_in(tmp_path, VALUES[kind]) == [kind]


def test_chinese_values(tmp_path: Path) -> None:
    names = [
        family + given for family in "王李张刘陈杨" for given in ("伟", "芳", "秀英", "敏", "静", "丽娟")
    ]
    assert found_in(tmp_path, names) == ["name"]
    assert found_in(tmp_path, [f"人民路{n}号" for n in range(40)]) == ["address"]
    assert found_in(tmp_path, [f"138{n:08d}" for n in range(40)]) == ["phone"]


@pytest.mark.parametrize(
    "values",
    [
        ["male", "female"] * 20,
        [f"{n % 12 + 1}" for n in range(60)],
        ["Charlottenburg-Wilmersdorf", "Tempelhof-Schöneberg", "Friedrichshain-Kreuzberg"] * 20,
        ["2019-01-01", "2019-04-01"] * 20,
        ["0-17", "18-64", "65+"] * 20,
        ["朝阳区", "海淀区"] * 20,
    ],
)
def test_codes_are_no_identifiers(tmp_path: Path, values: list[str]) -> None:
    assert found_in(tmp_path, values) == []


HEAD = '[table]\nkind = "frequency"\nvariables = ["Geburtsdatum", "sex"]\n[primary]\nthreshold = 3\n'
BIRTHS = "name,Geburtsdatum,sex\n" + "".join(
    f"P {n},{n % 28 + 1:02d}.03.{1950 + n % 4},f\n" for n in range(40)
)


def test_a_used_identifier_is_refused_until_it_is_said_what_becomes_of_it(tmp_path: Path) -> None:
    [fault] = faults(lambda: prepared(tmp_path, HEAD, BIRTHS))
    assert (fault.code, fault.column, fault.facts["share"]) == ("identifier_birth_date", "Geburtsdatum", 100)
    for fate, inner in (
        ("year", ("1950", "1951", "1952", "1953")),
        ("decade", ("1950",)),
        ("month", ("1950-03", "1951-03", "1952-03", "1953-03")),
    ):
        found = prepared(tmp_path, HEAD + f'[identifiers]\nGeburtsdatum = "{fate}"\n', BIRTHS)
        assert found.tables[0].cubes[0].axes[0].codes == (*inner, "_T")


def test_unused_columns_are_never_read_and_that_is_said(tmp_path: Path) -> None:
    found = prepared(tmp_path, HEAD + '[identifiers]\nGeburtsdatum = "year"\n', BIRTHS)
    assert found.input.dropped == ("name",)
    assert [note.facts["columns"] for note in found.notes if note.code == "columns_dropped"] == ["name"]


def test_what_an_office_keeps_is_noted(tmp_path: Path) -> None:
    content = "Strasse,severity\n" + "Nord,1\nSüd,2\n" * 30
    text = SIMPLE.replace("district", "Strasse")
    assert codes(lambda: prepared(tmp_path, text, content)) == ["heading_address"]
    found = prepared(tmp_path, text + '[identifiers]\nStrasse = "keep"\n', content)
    assert [note.facts for note in found.notes if note.code == "identifier_kept"] == [{"column": "Strasse"}]


def test_a_date_that_is_none_is_named(tmp_path: Path) -> None:
    text = HEAD + '[identifiers]\nGeburtsdatum = "year"\n'
    [fault] = faults(lambda: prepared(tmp_path, text, BIRTHS + "P,31.02.1950,m\n"))
    assert (fault.code, fault.row, fault.facts["value"]) == ("date_malformed", 42, "31.02.1950")


def test_contributors_and_cells_of_tables_may_be_unique(tmp_path: Path) -> None:
    table = "district,n\n" + "".join(f"d{n:02d},5\n" for n in range(30))
    text = '[table]\nkind = "frequency"\ninput = "table"\ncount = "n"\nvariables = ["district"]\n[primary]\nthreshold = 3\n'
    assert len(prepared(tmp_path, text, table).problem.values) == 31
    assert codes(lambda: prepared(tmp_path, SIMPLE.replace(', "severity"', ""), table)) == [
        "identifier_unique"
    ]


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        (["erika@stadt.de", "max@stadt.de", "-"], ["email"]),
        (["DE44500105175407324931", "DE02120300000000202051"], ["id_number"]),
        (["+49 30 9012 3456", "+49 30 9012 3457"], ["phone"]),
        (["0.1234", "0.5678"], []),
        (["Mitte", "Neukölln"], []),
        (["2024-01-31", "2024-02-28"], []),
    ],
)
def test_few_values_suffice_where_nothing_else_looks_like_them(
    tmp_path: Path, values: list[str], kinds: list[str]
) -> None:
    assert found_in(tmp_path, values) == kinds
