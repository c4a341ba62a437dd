"""What is not plausible among the published figures: kind, confidence, explanation, proposed treatment."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from kontor.league import queries as league
from kontor.league.rules import LANGUAGES
from kontor.observations.queries import findings as queries
from kontor.observations.queries import releases
from kontor.observations.queries.findings import FindingRecord
from kontor.sentences import finding as explained

from . import answers, parameters, schemas
from .indicators import variable as variable_of
from .parameters import Readings, asked

router = Readings(tags=["observations"])

FINDINGS = {
    "area": "VARCHAR",
    "variable": "VARCHAR",
    "period": "VARCHAR",
    "kind": "VARCHAR",
    "confidence": "DOUBLE",
    "treatment": "VARCHAR",
    "message": "VARCHAR",
    "release": "VARCHAR",
    "as_of": "VARCHAR",
    "demonstration": "BOOLEAN",
}


@router.at("/findings", response=schemas.Findings)
def findings(
    request: HttpRequest,
    variable: str = asked("variable", ""),
    area: str = asked("area", ""),
    kind: str = asked("kind", "", word="finding_kind", enum=queries.KINDS),
    treatment: str = asked("treatment", "", enum=queries.TREATMENTS),
    as_of: str = asked("as_of", ""),
    format: str = asked("format", "json", enum=answers.FORMATS),
    language: str = asked("language", "en", enum=LANGUAGES),
) -> HttpResponse:
    chosen, spoken = parameters.format_of(format), parameters.language_of(language)
    wanted = parameters.choice(request, "kind", queries.KINDS)
    proposed = parameters.choice(request, "treatment", queries.TREATMENTS)
    areas = parameters.cities(request, "area", {city.code for city in league.cities()})
    if variable:
        variable_of(variable)
    known = releases.as_of(as_of or None)
    found = queries.findings(variable or None, None, wanted or None, proposed or None, known=known)
    chosen_ones = [one for one in found if not areas or one.area in areas]
    answers.check_size(len(chosen_ones))
    rows = [_row(one, as_of=known.label, language=spoken) for one in chosen_ones]
    if chosen != "json":
        name = f"findings-{known.label or 'none'}"
        return answers.table(rows, FINDINGS, format=chosen, name=name, metadata={"as_of": known.label})
    return answers.json({"as_of": known.label, "count": len(rows), "rows": rows})


def _row(one: FindingRecord, *, as_of: str, language: str) -> dict[str, Any]:
    return {
        "area": one.area,
        "variable": one.variable,
        "period": one.period,
        "kind": one.kind,
        "confidence": one.confidence,
        "treatment": one.treatment,
        "message": explained(one.kind, one.facts, language),
        "release": one.release,
        "as_of": as_of,
        "demonstration": one.demonstration,
    }
