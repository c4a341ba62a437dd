"""What is not plausible about a figure, in words: the kind, the explanation, how sure, what is to be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from kontor import sentences
from kontor.indicators import codelists
from kontor.league.queries import CityRecord
from kontor.observations.queries.findings import FindingRecord

from . import wording


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding as pages show it; `tone` is bad for a probable error, warn for a question, note for a remark."""

    period: str
    url: str
    kind: str
    sentence: str
    confidence: str
    treatment: str
    tone: str


def lines(findings: Iterable[FindingRecord], city: CityRecord) -> list[FindingLine]:
    """Findings about one city, the surest first."""
    return [line(item, city) for item in sorted(findings, key=lambda item: (-item.confidence, item.period))]


def heading(findings: Iterable[FindingRecord]) -> str:
    """`2 probable errors, 3 questions to the provider`; empty where there is nothing to ask."""
    counted = Counter(item.treatment for item in findings)
    errors, questions = counted["exclude"], counted["ask"]
    told = (
        ngettext("%(count)s probable error", "%(count)s probable errors", errors),
        ngettext("%(count)s question to the provider", "%(count)s questions to the provider", questions),
    )
    return wording.listed(
        sentence % {"count": wording.number(count)}
        for sentence, count in zip(told, (errors, questions), strict=True)
        if count
    )


def line(finding: FindingRecord, city: CityRecord) -> FindingLine:
    return FindingLine(
        period=finding.period,
        url=reverse("figure", args=[finding.variable, city.slug, finding.period]),
        kind=kind(finding.kind),
        sentence=sentence(finding),
        confidence=gettext("%(count)s of 100 such findings are real errors.")
        % {"count": wording.number(finding.confidence * 100)},
        treatment=sentences.sentence(finding.treatment, {}, wording.language()),
        tone={"exclude": "bad", "ask": "warn"}.get(finding.treatment, "note"),
    )


def asks(finding: FindingRecord) -> bool:
    """Whether the provider has to be asked; what is kept with its flag needs no answer."""
    return finding.treatment != "keep"


def in_question(findings: Iterable[FindingRecord]) -> frozenset[str]:
    """The periods whose figures need an answer."""
    return frozenset(finding.period for finding in findings if asks(finding))


def kinds() -> dict[str, str]:
    """Kind -> its name."""
    return {
        "impossible_value": gettext("Impossible value"),
        "unit_switch": gettext("Other unit"),
        "outlier": gettext("Outlier"),
        "level_shift": gettext("Change of level without a flag"),
        "break_flagged": gettext("Flagged break"),
        "sum_off": gettext("Parts do not add up"),
        "rate_disagrees": gettext("Rate and counts disagree"),
    }


def kind(code: str) -> str:
    return kinds().get(code, code)


def consequence(treatment: str) -> str:
    """What pages make of it until there is an answer."""
    return {
        "exclude": gettext("It is shown, but counts in no comparison."),
        "ask": gettext("It counts, but with limits, until the provider has answered."),
    }.get(treatment, "")


def sentence(finding: FindingRecord) -> str:
    """The explanation, with variables by their titles."""
    facts = dict(finding.facts)
    if "parts" in facts:
        facts["parts"] = wording.clauses(map(_title, facts["parts"].split(", ")))
    return sentences.finding(finding.kind, facts, wording.language())


def _title(variable: str) -> str:
    entry = codelists.variables().get(variable)
    return wording.text(entry["title"]) if entry else variable


def told(finding: FindingRecord) -> str:
    """Whose figure it is, what is the matter and what follows, where a value made from it is shown."""
    whose = wording.listed((_title(finding.variable), finding.period))
    return wording.pair(whose, wording.sentences((sentence(finding), consequence(finding.treatment))))
