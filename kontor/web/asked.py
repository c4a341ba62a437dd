"""What an address asks for. A value that does not exist is refused: a page must not answer another question."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.http import HttpRequest

from kontor.errors import Refused

YEAR = re.compile(r"[0-9]{4}")


def choice(request: HttpRequest, name: str, known: Collection[str]) -> str:
    """One of the known values; empty where the address asks for none. Refused("filter_unknown") for any other."""
    value = request.GET.get(name, "")
    if value and value not in known:
        raise Refused("filter_unknown", name=name, value=value[:80], known=", ".join(sorted(known)) or "-")
    return value


def span(request: HttpRequest) -> tuple[str, str]:
    """First and last year, in their order; empty where the address names none. Refused("filter_unknown")."""
    first, last = (request.GET.get(name, "") for name in ("from", "to"))
    for name, year in (("from", first), ("to", last)):
        if year and not YEAR.fullmatch(year):
            raise Refused("filter_unknown", name=name, value=year[:80], known="1900, …, 2099")
    return (last, first) if first and last and first > last else (first, last)


def without(request: HttpRequest, *names: str) -> str:
    """What was asked except some parameters, for links that change these."""
    kept = request.GET.copy()
    for name in names:
        kept.pop(name, None)
    return kept.urlencode()
