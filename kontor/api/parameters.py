"""What a client may ask, and what its question means."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Collection, Sequence
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from ninja import Router
from ninja.constants import NOT_SET
from ninja.params import functions

from kontor.errors import BadRow, Invalid, Refused
from kontor.league.rules import LANGUAGES

from . import wording
from .answers import FORMATS

View = Callable[..., HttpResponseBase]


def named(word: str, **constraints: Any) -> Any:
    """A part of the address with its description."""
    return functions.Path(description=wording.parameter(word), **constraints)


def asked(name: str, default: Any = None, *, word: str = "", enum: Sequence[str] = (), **bounds: Any) -> Any:
    """A query parameter with its description. `enum` only documents: checking here gives a better sentence."""
    parameter = functions.Query(default, description=wording.parameter(word or name), **bounds)
    if enum:
        parameter.json_schema_extra["enum"] = list(enum)
    return parameter


class Readings(Router):
    """Addresses for reading.

    A question with an unknown parameter is refused: a slip of the pen must not get the answer to something else.
    """

    def at(self, path: str, *, response: Any = NOT_SET) -> Callable[[View], View]:
        """Put a view at a path; `response` is the shape of its answer."""
        register = self.get(path, response=response)

        def registered(view: View) -> View:
            return register(_only_known(view))

        return registered


def _only_known(view: View) -> View:
    known = [name for name in inspect.signature(view).parameters if name != "request"]

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        place = request.resolver_match
        queried = [name for name in known if place is None or name not in place.kwargs]
        for name in request.GET:
            if name not in queried:
                nearest = difflib.get_close_matches(name, queried, n=1, cutoff=0.0)
                others = [other for other in queried if other not in nearest]
                raise Refused("parameter_unknown", name=name, known=", ".join(nearest + others) or "-")
        return view(request, *args, **kwargs)

    return checked


def codes(request: HttpRequest, name: str) -> list[str]:
    """The codes in a parameter, separated by commas or by repeating it; each once, in the order given."""
    parts = [part.strip() for given in request.GET.getlist(name) for part in given.split(",")]
    return list(dict.fromkeys(part for part in parts if part))


def cities(request: HttpRequest, name: str, known: Collection[str]) -> list[str]:
    """Codes of cities. Refused("city_unknown") names the first that is none."""
    found = codes(request, name)
    for code in found:
        if code not in known:
            raise Refused("city_unknown", city=code)
    return found


def choice(request: HttpRequest, name: str, known: Collection[str]) -> str:
    """The value of a parameter that may be left out, but not be left empty; empty where it is left out.

    Invalid for a value outside the list.
    """
    value = request.GET.get(name)
    if value is not None and value not in known:
        raise Invalid([malformed(name, value)])
    return value or ""


def format_of(value: str, known: Collection[str] = FORMATS) -> str:
    """Refused("format_unknown") for a format that is not given."""
    if value not in known:
        raise Refused("format_unknown", value=value, known=", ".join(known))
    return value


def language_of(value: str) -> str:
    """Refused("language_unknown") for a language that is not ours."""
    if value not in LANGUAGES:
        raise Refused("language_unknown", value=value, known=", ".join(LANGUAGES))
    return value


def malformed(name: str, value: str) -> BadRow:
    """A parameter whose value is not what it takes."""
    return BadRow("parameter_malformed", None, name, {"name": name, "value": value})


def missing(name: str) -> BadRow:
    """A parameter without which the question has no answer."""
    return BadRow("parameter_missing", None, name, {"name": name})
