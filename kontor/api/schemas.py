"""The shape of the answers, for the OpenAPI document. Keys may be added, never renamed."""

from __future__ import annotations

from typing import Any

from ninja import Schema

Texts = dict[str, str]  # language -> text


class Problem(Schema):
    """RFC 9457. `code` is stable; `rows` names every bad place of an input."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    rows: list[dict[str, Any]] | None = None


class Attribution(Schema):
    source: str
    title: str
    attribution: str
    licence: str
    licence_url: str
    url: str


class Configuration(Schema):
    name: Texts
    version: str
    languages: list[str]
    limits: dict[str, Any]
    citation: str
    attributions: list[Attribution]
    contact: str
    formats: dict[str, list[str]]
    newest_release: dict[str, Any] | None
    demonstration_loaded: bool
    events: dict[str, Any]


class City(Schema):
    code: str
    slug: str
    names: Texts
    local_name: str
    local_language: str
    country: str
    unit: str
    latitude: float | None
    longitude: float | None
    time_zone: str
    status: str
    member_since: str | None
    demonstration: bool


class Cities(Schema):
    count: int
    attributions: list[Attribution]
    cities: list[City]


class ExternalCode(Schema):
    scheme: str
    edition: str
    code: str


class Availability(Schema):
    indicator: str
    definition: str
    periods: list[str]


class CityInFull(City):
    attributions: list[Attribution]
    external_codes: list[ExternalCode]
    indicators: list[Availability]


class Indicator(Schema):
    code: str
    key: str
    version: int
    topic: str
    kind: str
    direction: str
    limits: str
    title: Texts
    short: Texts
    unit_label: Texts
    decimals: int
    in_force_from: str
    cities_by_period: dict[str, int]


class Indicators(Schema):
    count: int
    indicators: list[Indicator]


class Definition(Schema):
    key: str
    sha256: str
    factor: float
    content: dict[str, Any]


class IndicatorInFull(Schema):
    code: str
    versions: list[Definition]


class Variable(Schema):
    code: str
    unit: str
    title: Texts
    source: str
    origin: str
    integer: bool


class Variables(Schema):
    count: int
    attributions: list[Attribution]
    variables: list[Variable]


class Release(Schema):
    id: str
    number: int
    title: Texts
    rows: int
    published_at: str
    manifest_sha256: str
    demonstration: bool


class Releases(Schema):
    count: int
    releases: list[Release]


class File(Schema):
    """A file of a release; an archived one can no longer be fetched here, but is still proven by its hash."""

    name: str
    url: str
    sha256: str
    bytes: int
    archived: bool


class ReleaseInFull(Release):
    files: list[File]
    manifest: dict[str, Any]


class Change(Schema):
    kind: str
    area: str
    variable: str
    period: str
    before: str
    after: str
    flags_before: list[str]
    flags_after: list[str]
    reason: str
    release: str
    demonstration: bool


class Changes(Schema):
    release: str
    demonstration: bool
    counts: dict[str, int]
    rows: list[Change]


class Value(Schema):
    """One value of an indicator: one row of the CSV and of the Parquet file."""

    area: str
    area_name: str
    country: str
    indicator: str
    definition: str
    period: str
    value: float
    unit: str
    numerator: float | None
    denominator: float | None
    low: float | None
    high: float | None
    limits: str
    flags: list[str]
    flags_of_inputs: list[str]
    year_offset: int
    comparability: str
    comparability_reasons: list[str]
    releases: list[str]
    as_of: str
    source_codes: list[str]
    source: str
    licence: str
    demonstration: bool


class Data(Schema):
    citation: str
    attributions: list[Attribution]
    definition: dict[str, Any]
    as_of: str
    rows: list[Value]


class Figure(Schema):
    """One version of one observed figure; `value` is a decimal string with the digits of its source.

    A withdrawal has no value; `reason` says why a figure was revised or withdrawn.
    """

    area: str
    variable: str
    period: str
    value: str | None
    unit: str
    flags: list[str]
    release: str
    current: bool
    withdrawn: bool
    file: str
    row: int
    column: str
    conversion: str
    reason: str
    as_of: str
    source_code: str
    source: str
    licence: str
    demonstration: bool


class Series(Schema):
    variable: str
    title: Texts
    unit: str
    attributions: list[Attribution]
    as_of: str
    rows: list[Figure]


class Finding(Schema):
    """Something that is not plausible about a figure; `message` says why, `treatment` what is proposed."""

    area: str
    variable: str
    period: str
    kind: str
    confidence: float
    treatment: str
    message: str
    release: str
    as_of: str
    demonstration: bool


class Findings(Schema):
    as_of: str
    count: int
    rows: list[Finding]


class Compared(Schema):
    """One city of a comparison; null where a method does not apply."""

    city: str
    name: Texts
    value: float
    numerator: float | None
    denominator: float | None
    low: float | None
    high: float | None
    shrunk: float | None
    shrunk_low: float | None
    shrunk_high: float | None
    peer_median: float | None
    gap: float | None
    gap_low: float | None
    gap_high: float | None
    funnel: str | None
    rank_low: int | None
    rank_high: int | None
    flags: list[str]
    flags_of_inputs: dict[str, list[str]]
    comparability: str
    comparability_reasons: list[str]
    verdict: str
    peers: list[str]
    releases: list[str]
    sources: list[str]


class Comparison(Schema):
    indicator: str
    definition: str
    period: str
    as_of: str
    unit: Texts
    direction: str
    kind: str
    limits: str
    league: dict[str, Any]
    cities: list[Compared]
    citation: str
    attributions: list[Attribution]


class Event(Schema):
    position: int
    at: str
    kind: str
    by: str
    subject: str
    facts: dict[str, Any]
    demonstration: bool
    previous: str
    hash: str


class Head(Schema):
    position: int
    hash: str


class Events(Schema):
    head: Head
    events: list[Event]


class Commitment(Schema):
    city: str | None
    purpose: str
    text: Texts
    begins_at: str
    due_at: str
    zone: str


class Resolution(Schema):
    slug: str
    title: Texts
    text: Texts
    adopted_at: str
    zone: str
    demonstration: bool
    commitments: list[Commitment]


class Resolutions(Schema):
    count: int
    resolutions: list[Resolution]
