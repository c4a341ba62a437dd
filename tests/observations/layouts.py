"""Writes observations as files in each layout of other people, with any of the quirks that real files have.

A file is made of lines; each line says what a reader must make of it. `Line.expected` holds, in the order of cells,
("figure", area, variable, period, value, flags), ("fault", code) or ("skipped", code).
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from kontor.observations.importers import Context

Expected = tuple[str, ...]


@dataclass(frozen=True)
class Town:
    """A city of the test league under its names in other people's lists."""

    code: str
    code_2024: str
    code_2016: str
    label_2018: str
    label_2026: str


TOWNS = (
    Town("BER", "DE001C", "DE001C1", "Berlin", "Berlin"),
    Town("FLE", "DE035C", "DE052C1", "Flensburg", "Flensburg"),
    Town("KOE", "DE004C", "DE004C1", "Köln", "Köln"),
    Town("BRU", "BE001C", "BE001K1", "Bruxelles / Brussel", "Bruxelles/Brussel (greater city)"),
    Town("COR", "ES026C", "ES026C1", "Coruña, A", "A Coruña"),
)
# Code -> label, whether it counts whole things, whether it may be negative.
VARIABLES = {
    "TT1060V": ("Number of deaths in road accidents", True, False),
    "EN4008V": ("Municipal waste, domestic and commercial; 1000 t", False, False),
    "EN1003V": ("Average temperature of coldest month - degrees C", False, True),
}
CONTEXT = Context(
    areas=frozenset(town.code for town in TOWNS),
    codes={
        ("urban_audit", "2024"): {town.code_2024: town.code for town in TOWNS},
        ("urban_audit", "2016"): {town.code_2016: town.code for town in TOWNS},
        ("urban_audit_label", "2018"): {town.label_2018: town.code for town in TOWNS},
        ("urban_audit_label", "2026"): {town.label_2026: town.code for town in TOWNS},
    },
    variables={
        f"{prefix}:{code}": {"labels": [label], "integer": whole, "signed": signed}
        for prefix in ("eurostat", "starter")
        for code, (label, whole, signed) in VARIABLES.items()
    },
    flags=frozenset("bdefgijknslvmouqhpw"),
    latest=2026,
    source_of=lambda variable, area: f"{variable} {area}",
)


@dataclass(frozen=True)
class Observation:
    town: Town
    variable: str
    period: str
    value: str
    flags: str = ""

    def expected(self, prefix: str) -> Expected:
        return ("figure", self.town.code, f"{prefix}:{self.variable}", self.period, self.value, self.flags)


@dataclass(frozen=True)
class Line:
    cells: Sequence[str]
    expected: Sequence[Expected] = ()
    raw: str = ""  # the line as it stands, where it is not to be made from cells


@dataclass(frozen=True)
class Form:
    """One layout: `columns` maps headings to roles or to "=text" for a cell that always says the same."""

    name: str
    columns: dict[str, str]
    delimiter: str = ","
    encoding: str = "utf-8"
    prefix: str = "eurostat"
    areas: str = "code_2024"
    labels: bool = False
    thousands: bool = False
    wide: bool = False
    sheet: bool = False
    both: bool = False

    def area(self, town: Town) -> str:
        return str(getattr(town, self.areas))

    def number(self, value: str) -> str:
        if not self.thousands:
            return value
        whole, point, rest = value.partition(".")
        return f"{int(whole):,}" + point + rest if not whole.startswith("-") else value

    def roles(self, one: Observation) -> dict[str, str]:
        """Role -> cell."""
        label = VARIABLES[one.variable][0]
        area, variable = self.area(one.town), label if self.labels else one.variable
        if self.both:
            area, variable = f"{area}: {one.town.label_2026}", f"{variable}: {label}"
        return {
            "area": area,
            "variable": variable,
            "period": one.period,
            "value": self.number(one.value),
            "flag": one.flags,
            "secret": "",
            "town": one.town.label_2026,
            "title": label,
            "action": "",
        }

    def cells(self, roles: dict[str, str]) -> list[str]:
        return [role[1:] if role.startswith("=") else roles[role] for role in self.columns.values()]


SDMX = "ESTAT:URB_CTRAN(1.0)"
FORMS = {
    form.name: form
    for form in (
        Form(
            "codes",
            {
                "indic_ur": "variable",
                "cities": "area",
                "TIME_PERIOD": "period",
                "OBS_VALUE": "value",
                "OBS_FLAG": "flag",
                "Observation status (Flag) V2 structure": "=",
                "CONF_STATUS": "secret",
                "Confidentiality status (flag)": "=",
            },
            delimiter=";",
        ),
        Form(
            "sdmx 1 labels",
            {
                "DATAFLOW": f"={SDMX}",
                "LAST UPDATE": "=09/02/26 23:00:00",
                "freq": "=Annual",
                "indic_ur": "variable",
                "cities": "area",
                "TIME_PERIOD": "period",
                "OBS_VALUE": "value",
                "OBS_FLAG": "flag",
                "CONF_STATUS": "secret",
            },
            areas="label_2026",
            labels=True,
        ),
        Form(
            "sdmx 2 names",
            {
                "STRUCTURE": "=dataflow",
                "STRUCTURE_ID": f"={SDMX}",
                "STRUCTURE_NAME": "=Transport - cities and greater cities",
                "freq": "=A",
                "Time frequency": "=Annual",
                "indic_ur": "variable",
                "Urban audit indicator": "title",
                "cities": "area",
                "Geopolitical entity (declaring)": "town",
                "TIME_PERIOD": "period",
                "Time": "=",
                "OBS_VALUE": "value",
                "Observation value": "=",
                "OBS_FLAG": "flag",
                "Observation status (Flag) V2 structure": "=",
                "CONF_STATUS": "secret",
                "Confidentiality status (flag)": "=",
            },
        ),
        Form(
            "sdmx 2 codes",
            {
                "STRUCTURE": "=dataflow",
                "STRUCTURE_ID": f"={SDMX}",
                "ACTION": "action",
                "freq": "=A",
                "indic_ur": "variable",
                "cities": "area",
                "TIME_PERIOD": "period",
                "OBS_VALUE": "value",
                "OBS_FLAG": "flag",
                "CONF_STATUS": "secret",
            },
            delimiter="\t",
        ),
        Form(
            "sdmx 2 both",
            {
                "STRUCTURE[;]": "=dataflow",
                "STRUCTURE_ID": f"={SDMX}: Transport",
                "freq: Time frequency": "=A: Annual",
                "indic_ur: Urban audit indicator": "variable",
                "cities: Geopolitical entity": "area",
                "TIME_PERIOD: Time": "period",
                "OBS_VALUE: Value": "value",
                "OBS_FLAG": "flag",
            },
            both=True,
        ),
        Form(
            "long labels",
            {
                "TIME": "period",
                "CITIES": "area",
                "INDIC_UR": "variable",
                "Value": "value",
                "Flag and Footnotes": "flag",
            },
            encoding="iso-8859-1",
            areas="label_2018",
            labels=True,
            thousands=True,
        ),
        Form(
            "wide labels", {"CITIES/TIME": "area"}, areas="label_2018", labels=True, thousands=True, wide=True
        ),
        Form("wide codes", {"City": "area"}, areas="code_2016", labels=True, wide=True, sheet=True),
        Form(
            "starter",
            {
                "city_code": "area",
                "variable": "variable",
                "period": "period",
                "value": "value",
                "flag": "flag",
            },
            prefix="starter",
            areas="code",
        ),
    )
}
LONG = [name for name, form in FORMS.items() if not form.wide]


def long_lines(form: Form, observations: Sequence[Observation]) -> list[Line]:
    return [Line(form.cells(form.roles(one)), [one.expected(form.prefix)]) for one in observations]


def wide_lines(form: Form, observations: Sequence[Observation], *, gap: str = ":") -> list[Line]:
    """Lines above, header, one line per town, notes below; all observations are of one variable."""
    (variable,) = {one.variable for one in observations}
    years = sorted({one.period for one in observations})
    cells = {(one.town, one.period): one for one in observations}
    width = len(years) + 1
    lines = [
        ["Population on 1 January by age groups and sex", *[""] * (width - 1)],
        [""] * width,
        ["Last update", "21.06.18", *[""] * (width - 2)],
        ["INDIC_UR", VARIABLES[variable][0], *[""] * (width - 2)],
        [""] * width,
        [next(iter(form.columns)), *years],
    ]
    made = [Line(line) for line in lines]
    for town in sorted({one.town for one in observations}, key=lambda town: town.code):
        row, expected = [form.area(town)], []
        for year in years:
            one = cells.get((town, year))
            row.append(
                gap if one is None else form.number(one.value) + (f" {one.flags}" if one.flags else "")
            )
            expected.append(("skipped", "value_missing") if one is None else one.expected(form.prefix))
        made.append(Line(row, expected))
    return [
        *made,
        *(
            Line(cells)
            for cells in (
                [""] * width,
                ["Special value:", *[""] * (width - 1)],
                [":", "not available", *[""] * (width - 2)],
            )
        ),
    ]


def header(form: Form) -> Line:
    return Line(list(form.columns))


# ---- lines to bytes


def to_text(
    lines: Sequence[Line], delimiter: str, *, ends: Callable[[int], str], quote_all: bool = False
) -> str:
    """The text; `ends` gives the end of line number n."""
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    parts = []
    for number, line in enumerate(lines):
        if line.raw:
            text = line.raw
        else:
            buffer = io.StringIO()
            csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator="").writerow(line.cells)
            text = buffer.getvalue()
        parts.append(text + ends(number))
    return "".join(parts)


ENDS: dict[str, Callable[[int], str]] = {
    "lf": lambda number: "\n",
    "crlf": lambda number: "\r\n",
    "mixed": lambda number: "\n" if number % 3 else "\r\n",
}
ENCODINGS = {"own": "", "bom": "utf-8-sig", "utf-16": "utf-16"}


def to_bytes(
    form: Form,
    lines: Sequence[Line],
    *,
    ends: str = "lf",
    encoding: str = "own",
    packed: bool = False,
    quote_all: bool = False,
    last_end: bool = True,
) -> bytes:
    if form.sheet:
        return to_sheet([line.cells for line in lines])
    text = to_text(lines, form.delimiter, ends=ENDS[ends], quote_all=quote_all)
    text = text if last_end else text.rstrip("\r\n")
    own = form.encoding if form.encoding == "utf-8" or all(ord(letter) < 256 for letter in text) else "utf-8"
    content = text.encode(ENCODINGS[encoding] or own)
    return gzip.compress(content) if packed else content


SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def to_sheet(
    rows: Sequence[Sequence[str]], *, name: str = "Data", more: dict[str, bytes] | None = None
) -> bytes:
    """A workbook with one sheet: numbers as numbers, texts shared or inline in turn, empty cells and rows left out."""
    texts = sorted({cell for row in rows for cell in row if cell and not _number(cell)})
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = []
        for place, cell in enumerate(row):
            at = f'r="{_letters(place)}{number}"'
            if _number(cell):
                cells.append(f"<c {at}><v>{cell}</v></c>")
            elif cell and (number + place) % 2:
                cells.append(f'<c {at} t="s"><v>{texts.index(cell)}</v></c>')
            elif cell:
                cells.append(f'<c {at} t="inlineStr"><is><t>{escape(cell)}</t></is></c>')
        if cells:
            lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    sheet = f'<worksheet xmlns="{SPACE}"><sheetData>{"".join(lines)}</sheetData></worksheet>'
    shared = "".join(
        f"<si><r><t>{escape(text[:1])}</t></r><r><t>{escape(text[1:])}</t></r></si>" for text in texts
    )
    members = {
        "xl/workbook.xml": f'<workbook xmlns="{SPACE}" xmlns:r="{RELATIONS}"><sheets>'
        f'<sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/sharedStrings.xml": f'<sst xmlns="{SPACE}">{shared}</sst>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    return to_archive({**{path: text.encode() for path, text in members.items()}, **(more or {})})


def to_archive(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in members.items():
            archive.writestr(path, content)
    return buffer.getvalue()


def _number(cell: str) -> bool:
    return cell.replace(".", "", 1).isdecimal() and cell.isascii()


def _letters(place: int) -> str:
    return (chr(64 + place // 26) if place >= 26 else "") + chr(65 + place % 26)
