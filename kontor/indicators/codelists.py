"""The code lists beside the definitions: topics, flags, observed variables and their sources, read from TOML."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings


def _read(name: str) -> dict[str, Any]:
    path: Path = settings.DEFINITIONS / name
    with path.open("rb") as file:
        return tomllib.load(file)


@cache
def variables() -> Mapping[str, Any]:
    """Observed variables by code (`starter:road_deaths`): unit, title, source, origin, integer."""
    return _read("variables.toml")


@cache
def sources() -> Mapping[str, Any]:
    """Publishers by key: title, attribution (to be shown verbatim), licence, url."""
    found: Mapping[str, Any] = _read("sources.toml")["sources"]
    return found


@cache
def topics() -> Mapping[str, Any]:
    """Topics by key, in the order in which pages show them."""
    listed = _read("topics.toml")
    listed = listed.get("topics", listed)
    return dict(sorted(listed.items(), key=lambda item: item[1]["order"]))


@cache
def flags() -> Mapping[str, Any]:
    """Observation flags by letter: title, meaning, whether they limit comparability."""
    listed = _read("flags.toml")
    found: Mapping[str, Any] = listed.get("flags", listed)
    return found


@cache
def checks() -> Mapping[str, Any]:
    """What the plausibility engine knows beforehand: `units`, `variables`, `sums`, `ratios`, as in the file."""
    return _read("checks.toml")


@cache
def definition_schema() -> Mapping[str, Any]:
    """The JSON Schema of a definition file, with guidance per field."""
    found: Mapping[str, Any] = json.loads((settings.DEFINITIONS / "indicator.schema.json").read_text())
    return found


def source_of(variable: str, area: str) -> str:
    """The publisher of a variable for an area (some areas of one table come from another publisher)."""
    entry = variables()[variable]
    for exception in entry.get("area_sources", ()):
        if area.startswith(exception["area_prefix"]):
            return str(exception["source"])
    return str(entry["source"])
