"""Small marks that many pages share: flags, comparability, verdicts, attributions, each as a record with its words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.translation import gettext, ngettext, pgettext

from kontor.comparison.queries.standings import Standing
from kontor.comparison.rules import Comparability, Reason
from kontor.indicators import codelists
from kontor.indicators.queries import Definition
from kontor.observations.queries.findings import FindingRecord
from kontor.observations.queries.values import Value

from . import finding_words, wording

Carriers = Mapping[str, str]
"""Flag -> the figures that carry it, for a value made from several figures."""


@dataclass(frozen=True, slots=True)
class FlagMark:
    """A flag beside a value; `tip` is all that is to be said of it."""

    letter: str
    title: str
    meaning: str
    tip: str


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


def flag_name(letter: str) -> str:
    """`Estimated (e)`."""
    return f"{wording.text(codelists.flags()[letter]['title'])} ({letter})"


def flag_marks(letters: Iterable[str], carriers: Carriers = MappingProxyType({})) -> tuple[FlagMark, ...]:
    """Flags with their meaning in the page's language, and with what carries them where that is given."""
    known = codelists.flags()
    return tuple(
        FlagMark(
            letter,
            wording.text(known[letter]["title"]),
            wording.text(known[letter]["meaning"]),
            _explained(letter, carriers),
        )
        for letter in letters
        if letter in known
    )


def carriers(definition: Definition, value: Value) -> Carriers:
    """Flag -> the titles of the variables that carry it; empty where the definition has one input only."""
    if len(definition.inputs) < 2:
        return {}
    titles: dict[str, list[str]] = {}
    for variable, letters in value.flags_of_inputs:
        for letter in letters:
            titles.setdefault(letter, []).append(wording.text(codelists.variables()[variable]["title"]))
    return {letter: wording.listed(named) for letter, named in titles.items()}


def _explained(letter: str, carriers: Carriers) -> str:
    meaning = wording.text(codelists.flags()[letter]["meaning"])
    of = f"{carriers[letter]}{wording.stop()}" if letter in carriers else ""
    return wording.pair(flag_name(letter), wording.sentences((of, meaning)))


def reason_text(
    reason: Reason, carriers: Carriers = MappingProxyType({}), findings: Iterable[FindingRecord] = ()
) -> str:
    """One reason against full comparability, as a sentence; a flag with the figures that carry it."""
    facts = reason.facts
    if reason.code == "finding":
        about = (facts["kind"], facts["variable"], facts["period"])
        found = next(item for item in findings if (item.kind, item.variable, item.period) == about)
        return finding_words.told(found)
    if reason.code == "flag":
        return _explained(facts["flag"], carriers)
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


def comparability_mark(
    found: Comparability, carriers: Carriers = MappingProxyType({}), findings: Sequence[FindingRecord] = ()
) -> ComparabilityMark:
    """The grade with its reasons; `findings` are those of the value that it is about."""
    icon, label = {
        "full": ("full", pgettext("comparability", "full")),
        "limited": ("half", pgettext("comparability", "limited")),
        "none": ("none", pgettext("comparability", "not comparable")),
    }[found.grade]
    reasons = tuple(reason_text(reason, carriers, findings) for reason in found.reasons)
    return ComparabilityMark(found.grade, icon, label, reasons)


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
