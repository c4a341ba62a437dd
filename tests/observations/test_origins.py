"""Where a figure stands in its file: the row as it was handed in, from whatever the file is made of."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kontor.league.rules import OPERATOR
from kontor.observations import operations
from kontor.observations.queries import figures, origins
from kontor.observations.queries.figures import Cell
from tests.cast import BERLIN, text

HEADER = "city_code,variable,period,value,flag"
ROW = f"{BERLIN},road_deaths,2024,55,"
Brought = Callable[..., Cell]


@pytest.fixture
def brought(db: None, own_data: Path, tmp_path: Path) -> Brought:
    """Berlin's road deaths of 2024, published from a file with this content."""

    def bring(content: bytes, *, layout: str = "starter", value: str = "55") -> Cell:
        path = tmp_path / "deaths.csv"
        path.write_bytes(content)
        handed = operations.submit(path=path, layout=layout, by=OPERATOR, at=datetime.now(UTC))
        operations.release(handed=[handed], title=text("Deaths"), by=OPERATOR, at=datetime.now(UTC))
        cell = figures.cell(f"{layout}:road_deaths", BERLIN, "2024")
        assert cell is not None and str(cell.value) == value
        return cell

    return bring


CONTENTS = {
    "plain": f"{HEADER}\n{ROW}\n".encode(),
    "without a last newline": f"{HEADER}\n{ROW}".encode(),
    "CRLF": f"{HEADER}\r\n{ROW}\r\n".encode(),
    "with a mark": b"\xef\xbb\xbf" + f"{HEADER}\n{ROW}\n".encode(),
    "packed": gzip.compress(f"{HEADER}\n{ROW}\n".encode()),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
def test_the_row_is_told_as_it_stands(brought: Brought, content: bytes) -> None:
    cell = brought(content)
    origin = origins.origins([cell])[cell]
    assert (origin.text, origin.row, origin.file) == (ROW, 2, "deaths.csv")
    assert origins.heading(origin) == HEADER
    assert len(origin.sha256) == 64


def test_of_two_files_of_one_name_the_one_with_the_figure_is_told(
    db: None, own_data: Path, tmp_path: Path
) -> None:
    """The second file corrects another row; the first still holds this one."""
    handed = []
    for rows in ([ROW, f"{BERLIN},road_deaths,2023,x,"], [f"{BERLIN},road_deaths,2023,44,"]):
        path = tmp_path / "deaths.csv"
        path.write_text("\n".join([HEADER, *rows]))
        handed.append(operations.submit(path=path, layout="starter", by=OPERATOR, at=datetime.now(UTC)))
    operations.release(handed=handed, title=text("Deaths"), by=OPERATOR, at=datetime.now(UTC))
    cells = [figures.cell("starter:road_deaths", BERLIN, period) for period in ("2024", "2023")]
    found = origins.origins([cell for cell in cells if cell])
    assert [origin.text for origin in found.values()] == [ROW, f"{BERLIN},road_deaths,2023,44,"]
    assert len({origin.sha256 for origin in found.values()}) == 2


def test_files_of_cities_are_named_but_not_opened(brought: Brought) -> None:
    cell = brought(CONTENTS["plain"], layout="league")
    origin = origins.origins([cell])[cell]
    assert (origin.file, origin.row, origin.text) == ("deaths.csv", 2, "")
    assert origins.heading(origin) == ""


@pytest.mark.parametrize("damage", ["gone", "cut", "a workbook", "another encoding"])
def test_a_file_that_cannot_be_read_any_more_is_still_named(
    brought: Brought, own_data: Path, damage: str
) -> None:
    cell = brought(CONTENTS["packed"])
    (sha256,) = {origin.sha256 for origin in origins.origins([cell]).values()}
    kept = own_data / "submissions" / sha256
    origins._rows.cache_clear()
    if damage == "gone":
        kept.unlink()
    else:
        kept.write_bytes(
            {"cut": kept.read_bytes()[:-9], "a workbook": b"PK\x03\x04" + b"\0" * 99}.get(
                damage, b"\xff\xfea"
            )
        )
    origin = origins.origins([cell])[cell]
    assert (origin.file, origin.sha256) == ("deaths.csv", sha256)
    assert origin.text in ("", ROW)


def numbered(path: Path, content: bytes, *numbers: int) -> dict[int, str]:
    """The rows of these numbers of a file kept under the name `kept`."""
    (path / "submissions").mkdir(exist_ok=True)
    (path / "submissions" / "kept").write_bytes(content)
    origins._rows.cache_clear()
    return dict(origins._rows("kept", "kept.csv", frozenset(numbers)))


def test_other_encodings(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    assert numbered(tmp_path, "a\nKöln\n".encode("iso-8859-1"), 2) == {2: "Köln"}
    assert numbered(tmp_path, "a\nKöln\nb".encode("utf-16"), 2, 3) == {2: "Köln", 3: "b"}
    assert numbered(tmp_path, b"a\tb\x00\nc", 1) == {1: "a → b\ufffd"}


def test_neither_a_line_without_end_nor_a_huge_file_is_read_whole(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA = tmp_path
    monkeypatch.setattr(origins, "PIECE", 10)
    assert numbered(tmp_path, b"x" * 5000 + b"\nlast", 1, 2) == {1: "x" * 2000, 2: "last"}
    assert numbered(tmp_path, b"x" * 10 + b"\n" + b"y" * 10, 1, 2) == {1: "x" * 10, 2: "y" * 10}
    monkeypatch.setattr(origins, "MOST_READ", 50)
    assert numbered(tmp_path, b"first\n" + b"x" * 5000 + b"\nlast", 1, 3) == {1: "first"}


def test_a_row_of_a_sheet_is_its_cells(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    book = openpyxl.Workbook()
    book.active.append(["city", "2004"])
    book.create_sheet("second").append(["Köln", "965954", None, "b"])
    content = io.BytesIO()
    book.save(content)
    (tmp_path / "submissions").mkdir()
    (tmp_path / "submissions" / "kept").write_bytes(content.getvalue())
    origins._rows.cache_clear()
    first, second = (origins._rows("kept", name, frozenset({1, 9})) for name in ("a.xlsx", "a.xlsx#second"))
    assert first == {1: "city → 2004"} and second == {1: "Köln → 965954 →  → b"}
