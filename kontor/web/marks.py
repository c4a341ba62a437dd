"""Small marks that many pages share: flags, comparability, verdicts, attributions, each as a record with its words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext, pgettext

from kontor.comparison.queries.standings import Standing
from kontor.comparison.rules import Comparability, Reason
from kontor.indicators import codelists
from kontor.indicators.queries import Definition

from . import wording


@dataclass(frozen=True, slots=True)
class FlagMark:
    letter: str
    title: str
    meaning: str


@dataclass(frozen=True, slots=True)
class ComparabilityMark:
    grade: str
    icon: str
    label: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VerdictMark:
    """What may be said of a gap: a tone (good, warn or plain), a sign and a phrase."""

    code: str
    tone: str
    sign: str
    phrase: str


@dataclass(frozen=True, slots=True)
class Attribution:
    text: str
    licence: str
    licence_url: str
    url: str


def flag_marks(letters: Iterable[str]) -> tuple[FlagMark, ...]:
    """Flags with their meaning in the page's language."""
    known = codelists.flags()
    return tuple(
        FlagMark(letter, wording.text(known[letter]["title"]), wording.text(known[letter]["meaning"]))
        for letter in letters
        if letter in known
    )


def reason_text(reason: Reason) -> str:
    """One reason against full comparability, as a sentence."""
    facts = reason.facts
    if reason.code == "flag":
        mark = codelists.flags()[facts["flag"]]
        return wording.pair(f"{wording.text(mark['title'])} ({facts['flag']})", wording.text(mark["meaning"]))
    if reason.code == "unit":
        return {
            "greater city": gettext("The figure covers the greater city, most others cover the city alone."),
            "borough": gettext("The figure covers a borough, most others cover a whole city."),
            "city": gettext("The figure covers the city alone, most others cover another kind of unit."),
        }[facts["unit"]]
    if reason.code == "year_offset":
        return ngettext(
            "The denominator is from %(years)d year earlier or later.",
            "The denominator is from %(years)d years earlier or later.",
            facts["years"],
        ) % {"years": facts["years"]}
    if reason.code == "implausible":
        return gettext(
            "The value lies outside what is plausible (%(low)s to %(high)s); an error in the source is likely."
        ) % {"low": wording.axis(facts["low"]), "high": wording.axis(facts["high"])}
    if reason.code == "reservation":
        return gettext("The city entered a reservation to clause %(clause)s of the definition.") % {
            "clause": facts["clause"]
        }
    return gettext("The city is let off this definition for the period.")


def comparability_mark(found: Comparability) -> ComparabilityMark:
    icon, label = {
        "full": ("full", pgettext("comparability", "full")),
        "limited": ("half", pgettext("comparability", "limited")),
        "none": ("none", pgettext("comparability", "not comparable")),
    }[found.grade]
    return ComparabilityMark(found.grade, icon, label, tuple(reason_text(reason) for reason in found.reasons))


def verdict_mark(standing: Standing, definition: Definition) -> VerdictMark:
    """The verdict in words. Never a rank: a city is set against the middle of its group."""
    code = standing.verdict
    above = standing.gap is not None and standing.gap.gap > 0
    sign = "↑" if above else "↓"
    if standing.value.low is not None:  # chance was asked
        tested = {
            "better": ("good", gettext("Probably better than the middle of the group")),
            "worse": ("warn", gettext("Probably weaker than the middle of the group")),
            "above": ("note", gettext("Probably above the middle of the group")),
            "below": ("note", gettext("Probably below the middle of the group")),
        }
        if code in tested:
            return VerdictMark(code, tested[code][0], sign, tested[code][1])
    quarter = {
        "better": gettext("In the better quarter of the group"),
        "worse": gettext("In the weaker quarter of the group"),
        "above": gettext("In the upper quarter of the group"),
        "below": gettext("In the lower quarter of the group"),
    }
    if code in quarter:
        return VerdictMark(code, "note", sign, quarter[code])
    return VerdictMark(
        code,
        "",
        "",
        {
            "unclear": gettext("No clear difference from the middle of the group"),
            "middle": gettext("In the middle half of the group"),
            "too_few": gettext("Too few comparable cities report it"),
            "not_comparable": gettext("Not comparable"),
        }[code],
    )


def attributions(sources: Iterable[str]) -> tuple[Attribution, ...]:
    """The publishers to be named, verbatim, each once."""
    known: Mapping[str, Mapping[str, object]] = codelists.sources()
    marks = []
    for key in dict.fromkeys(sources):
        entry = known[key]
        given = entry["attribution"]
        text = wording.text(given) if isinstance(given, Mapping) else str(given)
        marks.append(
            Attribution(
                text,
                str(entry.get("licence", "")),
                str(entry.get("licence_url", "")),
                str(entry.get("url", "")),
            )
        )
    return tuple(marks)
