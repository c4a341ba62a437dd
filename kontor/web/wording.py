"""Numbers, dates and small phrases as a reader of each language expects them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import get_language, gettext, pgettext

THIN = "\u202f"  # groups digits in all three languages


def language() -> str:
    """The page's language: en, de or zh-hans."""
    return get_language() or "en"


def number(value: float | Decimal | None, decimals: int = 0) -> str:
    """1 234.5 with a thin space between groups of three; German writes a decimal comma, a true minus everywhere."""
    if value is None:
        return "–"
    text = f"{value:,.{decimals}f}".replace(",", THIN)
    if float(f"{value:.{decimals}f}") == 0:
        text = text.lstrip("-")
    text = text.replace("-", "−")
    return text.replace(".", ",") if language() == "de" else text


def exact(value: Decimal | None) -> str:
    """A figure with all the digits of its source."""
    return "–" if value is None else number(value, max(0, -int(value.as_tuple().exponent)))


def formatter(decimals: int) -> Callable[[float], str]:
    """`number` with a fixed count of decimals, as charts take it."""
    return lambda value: number(value, decimals)


def axis(value: float) -> str:
    """A number on an axis: as many decimals as it needs, at most three."""
    for decimals in range(4):
        if abs(value - round(value, decimals)) < 1e-9 * max(1.0, abs(value)):
            return number(value, decimals)
    return number(value, 3)


def rounded(value: float) -> str:
    """Three significant digits, for a number whose unit the reader sees elsewhere."""
    size = abs(value)
    return number(value, 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3)


def people(value: float) -> str:
    """A population on an axis: 50 000, 1 million."""
    if value >= 1_000_000:
        millions = value / 1_000_000
        if language() == "zh-hans":
            return f"{number(value / 10_000)}万"
        return gettext("%(number)s m") % {"number": number(millions, 0 if millions == int(millions) else 1)}
    if language() == "zh-hans" and value >= 10_000:
        return f"{number(value / 10_000, 0 if value % 10_000 == 0 else 1)}万"
    return number(value)


def signed(value: float | None, decimals: int = 0) -> str:
    """A difference with its sign: +1.2, −0.4, 0.0."""
    if value is None:
        return "–"
    shown = number(value, decimals)
    return f"+{shown}" if float(f"{value:.{decimals}f}") > 0 else shown


def difference(value: float, other: float, decimals: int = 0) -> str:
    """Value less other as a reader would take it from the two shown numbers."""
    return signed(round(value, decimals) - round(other, decimals), decimals)


def interval(low: float | None, high: float | None, decimals: int = 0) -> str:
    """0.8–1.5; empty where there are no limits. A negative end is set off by a word."""
    if low is None or high is None or low != low or high != high:
        return ""
    if low < 0:
        return pgettext("interval", "%(low)s to %(high)s") % {
            "low": number(low, decimals),
            "high": number(high, decimals),
        }
    return f"{number(low, decimals)}–{number(high, decimals)}"


def day(value: date) -> str:
    """22 November 2026 / 22. November 2026 / 2026年11月22日."""
    return formats.date_format(value, "j F Y" if language() == "en" else "DATE_FORMAT")


def short_day(value: date) -> str:
    """22 Nov / 22. Nov. / 11月22日: a day whose year the reader knows."""
    return formats.date_format(value, {"de": "j. M", "zh-hans": "n月j日"}.get(language(), "j M"))


def month(value: date) -> str:
    """Nov / Nov. / 11月: the label of a month on an axis."""
    return formats.date_format(value, "n月" if language() == "zh-hans" else "M")


def instant(value: datetime, zone: str = "UTC") -> str:
    """A day and time with its zone."""
    local = value.astimezone(ZoneInfo(zone))
    parts = {"day": day(local.date()), "time": f"{local:%H:%M}", "zone": zone}
    return gettext("%(day)s, %(time)s %(zone)s") % parts


def listed(items: Iterable[str]) -> str:
    """Names one after another: `a, b, c`; Chinese sets them off by 、."""
    return ("、" if language() == "zh-hans" else ", ").join(items)


def clauses(items: Iterable[str]) -> str:
    """Half-sentences one after another."""
    return ("；" if language() == "zh-hans" else "; ").join(items)


def sentences(items: Iterable[str]) -> str:
    """Whole sentences one after another; Chinese needs no space between them."""
    return ("" if language() == "zh-hans" else " ").join(item for item in items if item)


def stop() -> str:
    """What ends a sentence."""
    return "。" if language() == "zh-hans" else "."


def pair(what: str, fact: str) -> str:
    """`what: fact`, with the full-width colon in Chinese."""
    return f"{what}：{fact}" if language() == "zh-hans" else f"{what}: {fact}"


def text(texts: Mapping[str, str]) -> str:
    """A content field in the page's language; English where that is missing."""
    return texts.get(language()) or texts.get("en", "")
