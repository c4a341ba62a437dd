"""What an office asks for: the table, what is published, and the rules, exactly as its recipe says (TOML)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

TOTAL = "_T"
COUNT = "count"  # the response of a frequency table of records

KINDS = ("frequency", "magnitude", "microdata")
INPUTS = ("records", "table")
METHODS = ("auto", "optimal", "heuristic", "none")
ALTERNATIVES = ("round", "cellkey", "dp")
FATES = ("drop", "year", "month", "decade", "keep")  # what may become of a personal identifier


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """One way to add up the codes of a variable: child -> parent to any depth; what has no parent belongs to `_T`.

    file: where it stands, None if it is in the recipe itself.
    """

    variable: str
    name: str
    parents: Mapping[str, str]
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Publish:
    """zeros: cells of 0 are published, else they are hidden like small counts.

    margins: None for all of them; else the combinations of variables that are published beside the table itself
    (`()` is the grand total). codes: hidden cells tell primary (C) from secondary (D).
    """

    zeros: bool = True
    margins: tuple[tuple[str, ...], ...] | None = None
    codes: bool = False


@dataclass(frozen=True, slots=True)
class Primary:
    """threshold: counts 1..threshold are primary (0: no such rule). dominance: (n, k): the n largest contributors have
    more than k % of the cell. p_percent: one contributor could estimate another to within p %. holdings: cells of fewer
    distinct contributors are primary (0: no such rule)."""

    threshold: int = 0
    dominance: tuple[int, float] | None = None
    p_percent: float | None = None
    holdings: int = 0


@dataclass(frozen=True, slots=True)
class Secondary:
    """method: auto | optimal | heuristic | none. interval_width: of the attacker's interval. time_limit: seconds.

    suspected: hidden cells that only might hold one person are protected like those that do.
    """

    method: str = "auto"
    interval_width: float = 2.0
    coalition: int = 1
    time_limit: float = 60.0
    suspected: bool = False


@dataclass(frozen=True, slots=True)
class Rate:
    """Published numerator / denominator * per, rounded to `decimals`; its response is called `name`.

    protect_denominator: the denominator counts people or firms who need the primary rules too. proportion: the numerator
    counts part of what the denominator counts, so everybody knows that it is never larger (of counts only).
    """

    name: str
    numerator: str
    denominator: str
    per: float = 1.0
    decimals: int = 4
    protect_denominator: bool = False
    proportion: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """A table published before: its safe file, and the recipe by which it was made. revised: most of its figures were
    corrected since, as the office says itself."""

    file: Path
    recipe: Recipe
    revised: bool = False


@dataclass(frozen=True, slots=True)
class Alternative:
    """Instead of suppression. method: round | cellkey | dp; `options` are those that the method knows."""

    method: str
    options: Mapping[str, float | int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Microdata:
    """quasi: what an attacker may know of a person. sensitive: what he must not learn. k, l as in k-anonymity and
    l-diversity (distinct | entropy); suppression_limit: the largest share of records that may be left out."""

    quasi: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    k: int = 0
    l: int = 1  # noqa: E741
    diversity: str = "distinct"
    suppression_limit: float = 0.02
    metric: str = "granularity"


@dataclass(frozen=True, slots=True)
class Labels:
    """Words for report and local page. title: of the table, "" where it has none. headings: by variable or response.
    labels: variable -> code -> text."""

    title: str = ""
    headings: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def heading(self, name: str) -> str:
        """The name itself where it has no heading."""
        return self.headings.get(name, name)

    def label(self, variable: str, code: str) -> str:
        return self.labels.get(variable, {}).get(code, "")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe as read. Paths are resolved from the folder of the recipe.

    responses: the columns that are added up, in the order in which they are published; (`COUNT`,) for a frequency
    table of records, else the count column or the magnitudes, and every numerator and denominator of a rate.
    count: the column of counts where the input is a table, else "". counts_records: `COUNT` is the number of records and
    no column. contributor: the column that says whose the
    record is, "" where every record is a contributor of its own. holding: the column of the unit to which several
    contributors belong, "" where there is none. delimiter ... missing: how the input is written, "" where that is to
    be found out; `missing` are texts that stand for no value. decimals: amounts are rounded to so many digits, record by
    record, before they are added up, so that sums are sums (None: as the file has them, 6 at most).
    """

    path: Path
    sha256: str
    kind: str
    input: str
    variables: tuple[str, ...]
    responses: tuple[str, ...]
    count: str = ""
    counts_records: bool = False
    contributor: str = ""
    holding: str = ""
    hierarchies: tuple[Hierarchy, ...] = ()
    publish: Publish = Publish()
    primary: Primary = Primary()
    secondary: Secondary = Secondary()
    identifiers: Mapping[str, str] = field(default_factory=dict)
    rates: tuple[Rate, ...] = ()
    linked: tuple[Recipe, ...] = ()
    known: tuple[Known, ...] = ()
    alternative: Alternative | None = None
    microdata: Microdata = Microdata()
    delimiter: str = ""
    encoding: str = ""
    decimal: str = ""
    decimals: int | None = None
    header: tuple[str, ...] = ()
    sheet: str = ""
    missing: tuple[str, ...] = ()
    words: Labels = Labels()

    def hierarchies_of(self, variable: str) -> tuple[Mapping[str, str], ...]:
        """The hierarchies of a variable, child -> parent each."""
        return tuple(hierarchy.parents for hierarchy in self.hierarchies if hierarchy.variable == variable)

    def files(self) -> set[Path]:
        """Everything that is read for this recipe beside the input, resolved: no result may take its place."""
        found = {self.path, *(hierarchy.file for hierarchy in self.hierarchies if hierarchy.file)}
        found |= {known.file for known in self.known}
        if self.alternative and (secret := self.alternative.options.get("secret")):
            found.add(self.path.parent / str(secret))
        others = (*self.linked, *(known.recipe for known in self.known))
        return {path.resolve() for path in found}.union(*(other.files() for other in others))
