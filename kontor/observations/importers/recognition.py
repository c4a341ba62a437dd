"""Which layout a table has, by its header and never by its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kontor.errors import BadRow, Invalid

from ..rules import PERIOD, printable
from .layouts import Layout
from .tables import Table

DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Found:
    """A layout, the row of its header, all headings, and where the cells of a role stand. `above`: rows before it."""

    layout: Layout
    row: int
    headings: tuple[str, ...]
    positions: Mapping[str, int]
    above: tuple[tuple[str, ...], ...] = ()

    @property
    def unused(self) -> list[str]:
        """The headings of which the layout says nothing."""
        known = {"", *self.layout.columns.named().values(), *self.layout.variables}
        return [heading for heading in self.headings if heading not in known]


def recognise(table: Table, layouts: Iterable[Layout], sheet: str = "") -> Found:
    """Invalid: "file_empty", "delimiter_wrong", "header_twice", "header_wrong" (with what stands there instead)."""
    layouts = list(layouts)
    for layout in layouts:
        if found := _in(table, layout, layout.delimiter, sheet):
            return found
    for layout in layouts:
        for delimiter in () if table.source.sheet else DELIMITERS:
            if found := _in(table, layout, delimiter, sheet):
                raise table.source.refusal(
                    "delimiter_wrong",
                    found.row,
                    found=_shown(delimiter),
                    expected=_shown(layout.delimiter),
                )
    found_text = _beginning(table, layouts[0].delimiter, sheet)
    if not found_text:
        raise table.source.refusal("file_empty", 1)
    expected = " | ".join(_header(layout) for layout in layouts)
    raise table.source.refusal("header_wrong", 1, expected=expected, found=found_text)


def _beginning(table: Table, delimiter: str, sheet: str) -> str:
    """The first row with text, for a person to see what stands there."""
    if table.source.sheet:
        first = next((cells for _, cells in table.head(delimiter=delimiter, sheet=sheet) if any(cells)), [])
        return printable(delimiter.join(first)[:200])
    return printable(table.source.sample().lstrip("\n")[:200].partition("\n")[0])


def _in(table: Table, layout: Layout, delimiter: str, sheet: str) -> Found | None:
    above: list[tuple[str, ...]] = []
    for number, cells in table.head(delimiter=delimiter, sheet=sheet):
        headings = tuple(cell.strip() for cell in cells)
        positions = _FORMS[layout.form](layout, headings, above)
        if positions is not None:
            _check_once(table, layout, headings, number)
            return Found(layout, number, headings, positions, tuple(above))
        above.append(headings)
    return None


def _long(layout: Layout, headings: Sequence[str], _: object) -> dict[str, int] | None:
    """Every role that a figure needs has its heading; flags and confidentiality may be absent."""
    positions = {
        role: headings.index(heading)
        for role, heading in layout.columns.named().items()
        if heading in headings
    }
    return positions if positions.keys() >= {"area", "variable", "period", "value"} else None


def _wide(layout: Layout, headings: Sequence[str], above: Sequence[tuple[str, ...]]) -> dict[str, int] | None:
    """The first heading is that of the areas, another one is a year, and a line above names the variable."""
    if not headings or headings[0] != layout.columns.area:
        return None
    years = any(PERIOD.fullmatch(heading) for heading in headings[1:])
    named = any(cells[:1] == (layout.columns.variable,) and any(cells[1:2]) for cells in above)
    return {"area": 0} if years and named else None


def _broad(layout: Layout, headings: Sequence[str], _: object) -> dict[str, int] | None:
    """Areas and periods have their heading, and so has at least one variable."""
    roles = {"area": layout.columns.area} | ({} if layout.year else {"period": layout.columns.period})
    if not set(roles.values()) <= set(headings) or not set(layout.variables) & set(headings):
        return None
    return {role: headings.index(heading) for role, heading in roles.items()}


_FORMS = {"long": _long, "wide": _wide, "broad": _broad}


def _check_once(table: Table, layout: Layout, headings: Sequence[str], row: int) -> None:
    for heading in (*layout.columns.named().values(), *layout.variables):
        if headings.count(heading) > 1:
            facts = {"file": table.name, "value": heading}
            raise Invalid([BadRow("header_twice", row, heading, facts)])


def _header(layout: Layout) -> str:
    if layout.form == "wide":
        return layout.delimiter.join((layout.columns.area, "2000", "2001", "…"))
    if layout.form == "broad":
        return layout.delimiter.join((*layout.columns.named().values(), next(iter(layout.variables)), "…"))
    return layout.delimiter.join(layout.columns.named().values())


def _shown(delimiter: str) -> str:
    return "Tab" if delimiter == "\t" else delimiter
