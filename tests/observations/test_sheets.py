"""Workbooks: digits as written, every sheet read or named, nothing unpacked or followed that a table does not need."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from kontor.errors import Invalid
from kontor.observations.importers import eurostat, starter
from kontor.tables import sheets
from tests.observations import layouts
from tests.observations.layouts import CONTEXT, FORMS, TOWNS, Observation, to_archive, to_sheet

FORM = FORMS["wide codes"]
STARTER = ["city_code", "variable", "period", "value", "flag"]
Write = Callable[[bytes], Path]


@pytest.fixture
def file(tmp_path: Path) -> Write:
    def write(content: bytes) -> Path:
        path = tmp_path / "figures.xlsx"
        path.write_bytes(content)
        return path

    return write


SHEET = "xl/worksheets/sheet1.xml"


def refused(path: Path) -> list[str]:
    with pytest.raises(Invalid) as invalid:
        eurostat.read(path, CONTEXT)
    return [row.code for row in invalid.value.rows]


def table(*values: str) -> list[list[str]]:
    """A wide table of one town with these values from 1990 on."""
    observations = [
        Observation(TOWNS[0], "EN4008V", str(1990 + number), value) for number, value in enumerate(values)
    ]
    return [list(line.cells) for line in layouts.wide_lines(FORM, observations)]


def test_digits_stay_as_the_file_writes_them(file: Write) -> None:
    """Not as a binary number would read: 0.1 stays 0.1, and zeros at the end stay where they are."""
    values = ["0.1", "218.30", "42669.2897337962", "3644798"]
    content = to_sheet(table(*values))
    assert b"<v>218.30</v>" in _member(content, "xl/worksheets/sheet1.xml")
    reading = eurostat.read(file(content), CONTEXT)
    assert [str(figure.value) for figure in reading.figures] == values


@pytest.mark.parametrize(
    ("written", "read"), [("1.5E-2", "0.015"), ("1.25E+5", "125000"), ("1E2", "100"), ("2.50e0", "2.50")]
)
def test_an_exponent_is_how_programs_write_small_and_large_numbers(
    written: str, read: str, file: Write
) -> None:
    content = to_sheet(table("7777"))
    sheet = _member(content, "xl/worksheets/sheet1.xml").replace(b"<v>7777</v>", f"<v>{written}</v>".encode())
    reading = eurostat.read(file(_with(content, {"xl/worksheets/sheet1.xml": sheet})), CONTEXT)
    assert [str(figure.value) for figure in reading.figures] == [read]


def test_a_workbook_as_openpyxl_writes_it(file: Write) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (STARTER, ["BER", "EN4008V", "2019", 218.3, "e"], ["BER", "EN4008V", 2020, 5, None]):
        book.active.append(row)
    book.active.append(["BER", "EN4008V", 2021, True, None])
    book.active.append(["BER", "EN4008V", "2022", "=1/0", None])
    out = io.BytesIO()
    book.save(out)
    reading = starter.read(file(out.getvalue()), CONTEXT)
    assert [(f.period, str(f.value), f.flags, f.row) for f in reading.figures] == [
        ("2019", "218.3", "e", 2),
        ("2020", "5", "", 3),
    ]
    assert [(fault.row, fault.code, fault.facts["value"]) for fault in reading.faults] == [
        (4, "value_malformed", "TRUE"),
        (5, "value_malformed", ""),
    ]


def test_rows_of_another_length(file: Write) -> None:
    rows = [STARTER, ["BER", "EN4008V", "2019", "4"], ["BER", "EN4008V", "2020", "4", "e", "", "note"]]
    reading = starter.read(file(to_sheet(rows)), CONTEXT)
    assert [figure.period for figure in reading.figures] == ["2019"]  # empty cells at the end are not written
    assert [(fault.row, fault.code) for fault in reading.faults] == [(3, "row_length")]


def test_cells_with_a_colour_but_no_text_are_none(file: Write) -> None:
    content = to_sheet([STARTER, ["BER", "EN4008V", "2019", "4", "e"]])
    sheet = _member(content, "xl/worksheets/sheet1.xml")
    sheet = sheet.replace(b"</row></sheetData>", b'<c r="F2" s="4"/><c r="H2" s="4"/></row></sheetData>')
    reading = starter.read(file(_with(content, {"xl/worksheets/sheet1.xml": sheet})), CONTEXT)
    assert (len(reading.figures), reading.faults) == (1, [])


def test_footnotes_in_columns_of_their_own(file: Write) -> None:
    rows = table("1", "2")
    rows[5] = ["City", "1990", "", "1991", ""]
    rows[6] = [rows[6][0], "1", "be", "2", ""]
    reading = eurostat.read(file(to_sheet(rows)), CONTEXT)
    assert [(f.period, f.column, f.flags) for f in reading.figures] == [
        ("1990", "1990", "be"),
        ("1991", "1991", ""),
    ]


def test_headings_that_are_no_years(file: Write) -> None:
    rows = table("1", "2", "3", "4")
    rows[5] = ["City", "1990", "1990", "31.12.1992", "1993"]
    reading = eurostat.read(file(to_sheet(rows)), CONTEXT)
    assert [(fault.row, fault.column, fault.code) for fault in reading.faults] == [
        (6, "1990", "header_twice"),
        (6, "31.12.1992", "period_malformed"),
    ]
    assert reading.faults[1].facts["repair"] == "1992"
    assert [(f.period, str(f.value)) for f in reading.figures] == [("1990", "1"), ("1993", "4")]


def test_a_wrong_cell_is_named_by_its_row_and_column(file: Write) -> None:
    reading = eurostat.read(file(to_sheet(table("1", "n/a", "3 e", ":c", "-4"))), CONTEXT)
    assert [(fault.row, fault.column, fault.code) for fault in reading.faults] == [
        (7, "1991", "value_malformed"),
        (7, "1994", "value_negative"),
    ]
    assert [(bad.row, bad.column, bad.code) for bad in reading.skipped] == [(7, "1993", "confidential")]
    assert [(f.period, f.flags) for f in reading.figures] == [("1990", ""), ("1992", "e")]


def test_a_wrong_area_is_one_fault_of_its_row(file: Write) -> None:
    rows = table("1", "2", "3")
    rows[6][0] = "de001c1"
    reading = eurostat.read(file(to_sheet(rows)), CONTEXT)
    assert [(f.row, f.column, f.code, f.facts["repair"]) for f in reading.faults] == [
        (7, "City", "area_malformed", "DE001C1")
    ]


def test_every_sheet_is_read_or_named(file: Write) -> None:
    first, second = (
        to_sheet(table("1")),
        to_sheet([row if n != 6 else ["DE052C1", "5"] for n, row in enumerate(table("2"))]),
    )
    notes = to_sheet([["Notes"], ["nothing here"]])
    book = _member(first, "xl/workbook.xml").replace(
        b"</sheets>",
        b'<sheet name="More" sheetId="2" r:id="rId2"/><sheet name="Notes" sheetId="3" r:id="rId3"/></sheets>',
    )
    relations = _member(first, "xl/_rels/workbook.xml.rels")
    for number in (2, 3):
        more = f'<Relationship Id="rId{number}" Type="worksheet" Target="/xl/worksheets/sheet{number}.xml"/>'
        relations = relations.replace(b"</Relationships>", more.encode() + b"</Relationships>")
    inline = _inline(second), _inline(notes)
    members = {
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": relations,
        "xl/worksheets/sheet2.xml": inline[0],
        "xl/worksheets/sheet3.xml": inline[1],
    }
    reading = eurostat.read(file(_with(first, members)), CONTEXT)
    assert [(f.area, f.file, f.row) for f in reading.figures] == [
        ("BER", "figures.xlsx", 7),
        ("FLE", "figures.xlsx#More", 7),
    ]
    assert [(fault.code, fault.facts["value"]) for fault in reading.faults] == [("sheet_unknown", "Notes")]


def test_progress_of_a_workbook_ends_at_its_size(file: Write) -> None:
    path, seen = file(to_sheet(table("1", "2"))), list[int]()
    eurostat.read(path, replace(CONTEXT, progress=seen.append))
    assert sum(seen) == path.stat().st_size


# ---- what is refused


def test_a_bomb_is_not_unpacked(file: Write) -> None:
    content = _with(to_sheet(table("1")), {"xl/worksheets/sheet1.xml": b"<a>" + b" " * (1 << 26)})
    assert len(content) < 1 << 17
    assert refused(file(content)) == ["file_too_large"]


def test_a_bomb_whose_directory_lies_about_its_size(file: Write) -> None:
    content = bytearray(_with(to_sheet(table("1")), {"xl/worksheets/sheet1.xml": b"<a>" + b" " * (1 << 24)}))
    place = content.rindex(b"xl/worksheets/sheet1.xml") - 46
    assert content[place : place + 4] == b"PK\x01\x02"
    content[place + 24 : place + 28] = struct.pack("<I", 1000)
    assert refused(file(bytes(content))) == ["file_damaged"]


def test_bytes_are_counted_while_they_are_unpacked(file: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    content = to_sheet(table(*["12345"] * 90))
    monkeypatch.setattr(sheets.Workbook, "_check_members", lambda self: None)
    monkeypatch.setattr(sheets, "MOST_BYTES", 2000)
    assert refused(file(content)) == ["file_too_large"]


def test_more_members_than_a_workbook_has(file: Write) -> None:
    assert refused(file(_with(to_sheet(table("1")), {f"xl/{n}.xml": b"" for n in range(1001)}))) == [
        "file_too_large"
    ]


@pytest.mark.parametrize(
    "member", ["xl/vbaProject.bin", "xl/externalLinks/externalLink1.xml", "xl/connections.xml"]
)
def test_macros_and_links_to_other_files_are_refused(member: str, file: Write) -> None:
    assert refused(file(_with(to_sheet(table("1")), {member: b"x"}))) == ["sheet_active"]


@pytest.mark.parametrize(
    ("member", "content"),
    [
        ("xl/workbook.xml", b"<workbook"),
        ("xl/workbook.xml", b"<workbook/>"),
        ("xl/worksheets/sheet1.xml", b"<worksheet><row>"),
        (
            "xl/worksheets/sheet1.xml",
            b'<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]><worksheet>&z;</worksheet>',
        ),
        ("xl/worksheets/sheet1.xml", b'<!DOCTYPE a SYSTEM "file:///etc/hostname"><worksheet/>'),
    ],
)
def test_what_cannot_be_parsed_is_damaged(member: str, content: bytes, file: Write) -> None:
    assert refused(file(_with(to_sheet(table("1")), {member: content}))) == ["file_damaged"]


@pytest.mark.parametrize(
    ("before", "behind"),
    [(rb't="s"><v>\d+', b't="s"><v>99999'), (rb'r="A7"', b'r="ZZZZ7"'), (rb'r="B7"', b'r="A7"')],
)
def test_a_cell_that_points_nowhere_is_damage(before: bytes, behind: bytes, file: Write) -> None:
    content = to_sheet(table("1"))
    sheet, count = re.subn(before, behind, _member(content, "xl/worksheets/sheet1.xml"))
    assert count
    assert refused(file(_with(content, {"xl/worksheets/sheet1.xml": sheet}))) == ["file_damaged"]


def test_a_row_without_a_number_of_its_own_is_damage(file: Write) -> None:
    sheet, count = re.subn(rb'<row r="\d+"', b'<row r="abc"', _member(to_sheet(table("1")), SHEET), count=1)
    assert count
    assert refused(file(_with(to_sheet(table("1")), {SHEET: sheet}))) == ["file_damaged"]


def test_a_number_of_a_billion_digits_is_a_malformed_one(file: Write) -> None:
    sheet, count = re.subn(rb"<v>41</v>", b"<v>1E999999999</v>", _member(to_sheet(table("41")), SHEET))
    assert count
    reading = eurostat.read(file(_with(to_sheet(table("41")), {SHEET: sheet})), CONTEXT)
    assert [fault.code for fault in reading.faults] == ["value_malformed"] and not reading.figures


def test_elements_that_are_no_rows_do_not_fill_the_memory(
    file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST_CHILDREN", 1000)
    sheet = _member(to_sheet(table("1")), SHEET).replace(
        b"<sheetData>", b"<cols>" + b"<col/>" * 1002 + b"</cols><sheetData>"
    )
    assert refused(file(_with(to_sheet(table("1")), {SHEET: sheet}))) == ["file_damaged"]


def test_a_workbook_without_a_table(file: Write) -> None:
    assert refused(file(to_sheet([["one", "two"], ["1", "2"]]))) == ["header_wrong"]
    assert refused(file(to_sheet([]))) == ["file_empty"]


def _member(content: bytes, path: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(path)


def _with(content: bytes, changed: dict[str, bytes]) -> bytes:
    """The workbook with other or further members."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return to_archive({**members, **changed})


def _inline(content: bytes) -> bytes:
    """The sheet with its shared texts written into its cells."""
    shared = re.findall(rb"<si>(.*?)</si>", _member(content, "xl/sharedStrings.xml"))
    return re.sub(
        rb't="s"><v>(\d+)</v>',
        lambda found: b't="inlineStr"><is>' + shared[int(found[1])] + b"</is>",
        _member(content, "xl/worksheets/sheet1.xml"),
    )
