"""What other cities look like: similar ones of the same kind of unit, in one period of a series."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext

from kontor.comparison import rules
from kontor.comparison.queries.basis import Basis
from kontor.comparison.queries.series import Others, Series
from kontor.engines.gaps import quartiles
from kontor.observations.queries.figures import Cell

from . import marks, places, wording


@dataclass(frozen=True, slots=True)
class OtherLine:
    name: str
    lang: str
    url: str
    country: str
    value: str
    flags: tuple[marks.FlagMark, ...]
    mine: bool


@dataclass(frozen=True, slots=True)
class OthersWords:
    """The period, one sentence about where the city stands, and the table, the largest value first."""

    period: str
    sentence: str
    lines: tuple[OtherLine, ...]


def words(ground: Basis, series: Series, others: Others) -> OthersWords:
    own = next(cell for point in series.points if (cell := point.held) and cell.period == others.period)
    cells = sorted([own, *others.cells], key=lambda cell: -cell.value)
    return OthersWords(
        period=others.period,
        sentence=_sentence(series, own, others),
        lines=tuple(_line(ground, series, cell) for cell in cells),
    )


def _line(ground: Basis, series: Series, cell: Cell) -> OtherLine:
    city = ground.cities[cell.area]
    return OtherLine(
        name=city.name(wording.language()),
        lang=places.html_language(city.name_language(wording.language())),
        url=reverse("series", args=[series.variable, city.slug]),
        country=places.country_name(city.country),
        value=wording.exact(cell.value),
        flags=marks.flag_marks(cell.flags),
        mine=cell.area == series.city.code,
    )


def _sentence(series: Series, own: Cell, others: Others) -> str:
    """Where the city stands; with too few others nothing but their number."""
    values = [float(cell.value) for cell in others.cells]
    count = {"count": wording.number(len(values)), "period": others.period}
    if len(values) < rules.FEWEST_PEERS:
        return (
            gettext("Only %(count)s similar cities report it for %(period)s: too few to speak of a middle.")
            % count
        )
    low, middle, high = quartiles(values)
    value = float(own.value)
    stands = {
        -1: gettext(
            "%(city)s lies below the middle half of %(count)s similar cities with %(value)s in %(period)s."
        ),
        0: gettext(
            "%(city)s lies in the middle half of %(count)s similar cities with %(value)s in %(period)s."
        ),
        1: gettext(
            "%(city)s lies above the middle half of %(count)s similar cities with %(value)s in %(period)s."
        ),
    }[(value > high) - (value < low)]
    half = gettext("Half of these lie between %(low)s and %(high)s, the median is %(middle)s.") % {
        "low": wording.rounded(low),
        "middle": wording.rounded(middle),
        "high": wording.rounded(high),
    }
    city = {"city": series.city.name(wording.language()), "value": wording.exact(own.value)}
    return wording.sentences((stands % (count | city), half))
