"""`league.toml` and its `members.csv`: what a real league is founded from. Every fault is named, not only the first."""

from __future__ import annotations

import csv
import difflib
import io
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from kontor.errors import BadRow, Invalid
from kontor.league.operations import NewCity
from kontor.league.rules import LANGUAGES, city_faults, known_zone

KEYS = ("name", "languages", "time_zone", "contact", "base_url", "members", "first_officer")
OFFICER = ("name", "email", "language")
COLUMNS = (
    "code",
    "name_en",
    "name_de",
    "name_zh",
    "country",
    "unit",
    "latitude",
    "longitude",
    "time_zone",
    "member_since",
    "urban_audit",
)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
SITE = re.compile(r"https?://[a-z0-9.-]+(:\d+)?/?", re.IGNORECASE)
AUDIT = ("urban_audit", "2024")


@dataclass(frozen=True, slots=True)
class LeaguePlan:
    """A league as it will be founded; `base_url` has no slash at its end."""

    names: dict[str, str]
    languages: tuple[str, ...]
    time_zone: str
    contact: str
    base_url: str
    officer_name: str
    officer_email: str
    officer_language: str
    members: tuple[NewCity, ...]


def read(path: Path, *, starter: Mapping[str, NewCity]) -> LeaguePlan:
    """The plan in `path`. `starter` are the observed cities that come along, by code.

    Raises Invalid with every fault of both files.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid(
            [BadRow("toml_unreadable", None, None, {"file": path.name, "reason": str(error)})]
        ) from None
    faults = _faults(content)
    members: list[NewCity] = []
    if isinstance(content.get("members"), str):
        members, found = _members(path.parent / content["members"], starter=starter)
        faults += found
    if faults:
        raise Invalid(faults)
    officer = content["first_officer"]
    return LeaguePlan(
        names={language: content["name"][language] for language in LANGUAGES},
        languages=tuple(content["languages"]),
        time_zone=content["time_zone"],
        contact=content["contact"],
        base_url=content["base_url"].rstrip("/"),
        officer_name=officer["name"],
        officer_email=officer["email"],
        officer_language=officer["language"],
        members=tuple(members),
    )


def _faults(content: Mapping[str, Any]) -> list[BadRow]:
    """What is wrong in league.toml itself; the column is the key."""
    faults = _keys(content, KEYS, "")
    faults += _names(content.get("name", {}))
    faults += _languages(content.get("languages", []))
    zone = content.get("time_zone")
    if zone is not None and not (isinstance(zone, str) and known_zone(zone)):
        faults.append(BadRow("time_zone_unknown", None, "time_zone", {"value": zone}))
    faults += _pattern(content, "contact", EMAIL, "email_malformed")
    faults += _pattern(content, "base_url", SITE, "address_malformed")
    if not isinstance(content.get("members", ""), str):
        facts = {"value": content["members"], "expected": '"members.csv"'}
        faults.append(BadRow("key_malformed", None, "members", facts))
    officer = content.get("first_officer", {})
    if not isinstance(officer, dict):
        return [
            *faults,
            BadRow("key_malformed", None, "first_officer", {"value": officer, "expected": "[first_officer]"}),
        ]
    if officer:
        faults += _keys(officer, OFFICER, "first_officer.")
    faults += _pattern(officer, "email", EMAIL, "email_malformed", "first_officer.")
    if officer.get("language", "en") not in LANGUAGES:
        facts = {"value": officer["language"], "known": ", ".join(LANGUAGES)}
        faults.append(BadRow("language_unknown", None, "first_officer.language", facts))
    return faults


def _keys(content: Mapping[str, Any], known: tuple[str, ...], prefix: str) -> list[BadRow]:
    missing = [
        BadRow("key_missing", None, f"{prefix}{key}", {"value": f"{prefix}{key}"})
        for key in known
        if content.get(key) in (None, "", [], {})
    ]
    unknown = []
    for key in content:
        if key not in known:
            nearest = difflib.get_close_matches(key, known, n=1, cutoff=0)[0]
            unknown.append(BadRow("key_unknown", None, f"{prefix}{key}", {"value": key, "nearest": nearest}))
    return missing + unknown


def _names(names: Any) -> list[BadRow]:
    if not isinstance(names, dict):
        return [BadRow("key_malformed", None, "name", {"value": names, "expected": "[name] en, de, zh-hans"})]
    return _keys(names, LANGUAGES, "name.") if names else []


def _languages(languages: Any) -> list[BadRow]:
    if not isinstance(languages, list):
        return [
            BadRow("key_malformed", None, "languages", {"value": languages, "expected": str(list(LANGUAGES))})
        ]
    return [
        BadRow("language_unknown", None, "languages", {"value": language, "known": ", ".join(LANGUAGES)})
        for language in languages
        if language not in LANGUAGES
    ]


def _pattern(
    content: Mapping[str, Any], key: str, form: re.Pattern[str], code: str, prefix: str = ""
) -> list[BadRow]:
    value = content.get(key)
    if value in (None, "") or (isinstance(value, str) and form.fullmatch(value)):
        return []
    return [BadRow(code, None, f"{prefix}{key}", {"value": value})]


# ---- members.csv


def _members(path: Path, *, starter: Mapping[str, NewCity]) -> tuple[list[NewCity], list[BadRow]]:
    """Member cities and every fault with its row; the header is row 1."""
    if not path.is_file():
        return [], [BadRow("file_missing", None, "members", {"file": path.name})]
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return [], [BadRow("encoding_wrong", None, "members", {"file": path.name, "expected": "UTF-8"})]
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=False)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        found = ",".join(reader.fieldnames or ())[:200]
        return [], [
            BadRow(
                "header_wrong", 1, None, {"file": path.name, "expected": ",".join(COLUMNS), "found": found}
            )
        ]
    members, faults = [], []
    first_row: dict[str, int] = {}
    for row in reader:
        number = reader.line_num
        if None in row or None in row.values():
            length = (
                len([cell for cell in row.values() if cell is not None])
                + len(row.get(None) or ())
                - (None in row)
            )
            faults.append(BadRow("row_length", number, None, {"expected": len(COLUMNS), "found": length}))
            continue
        cells = {name: (cell or "").strip() for name, cell in row.items()}
        member, found_faults = _member(cells, number, starter=starter)
        if cells["code"] in first_row:
            facts = {"value": cells["code"], "first": first_row[cells["code"]]}
            found_faults.append(BadRow("city_twice", number, "code", facts))
        first_row.setdefault(cells["code"], number)
        faults += found_faults
        if member and not found_faults:
            members.append(member)
    if not first_row and not faults:
        faults.append(BadRow("key_missing", None, "members", {"value": "members"}))
    return members, faults


def _member(
    cells: Mapping[str, str], number: int, *, starter: Mapping[str, NewCity]
) -> tuple[NewCity | None, list[BadRow]]:
    faults: list[BadRow] = []
    latitude = _degrees(cells, "latitude", number, faults)
    longitude = _degrees(cells, "longitude", number, faults)
    since = _day(cells, number, faults)
    code, audit = cells["code"], cells["urban_audit"]
    names = {"en": cells["name_en"], "de": cells["name_de"], "zh-hans": cells["name_zh"]}
    faults += city_faults(
        code=code,
        names=names,
        country=cells["country"],
        unit=cells["unit"],
        latitude=latitude,
        longitude=longitude,
        time_zone=cells["time_zone"],
        row=number,
    )
    faults += _clashes(code, audit, number, starter=starter)
    if faults:
        return None, faults
    known = starter.get(code)
    member = NewCity(
        code=code,
        names=names,
        local_name=known.local_name if known else cells["name_en"],
        country=cells["country"],
        unit=cells["unit"],
        latitude=latitude,
        longitude=longitude,
        time_zone=cells["time_zone"],
        external_codes=known.external_codes if known else ((*AUDIT, audit),) if audit else (),
        member_since=since,
        row=number,
    )
    if known and latitude is None:
        member = replace(member, latitude=known.latitude, longitude=known.longitude)
    return member, []


def _clashes(code: str, audit: str, number: int, *, starter: Mapping[str, NewCity]) -> list[BadRow]:
    """A member that the starter figures know must carry their code, and no other city's."""
    if audit in starter and audit != code:
        return [BadRow("member_under_other_code", number, "urban_audit", {"value": audit})]
    if code in starter and audit not in ("", code):
        return [
            BadRow("member_is_elsewhere", number, "code", {"value": code, "name": starter[code].names["en"]})
        ]
    return []


def _degrees(cells: Mapping[str, str], column: str, number: int, faults: list[BadRow]) -> float | None:
    text = cells[column]
    if not text:
        return None
    if not re.fullmatch(r"-?\d{1,3}(\.\d+)?", text):
        faults.append(BadRow("coordinate_malformed", number, column, {"value": text}))
        return None
    return float(text)


def _day(cells: Mapping[str, str], number: int, faults: list[BadRow]) -> date | None:
    text = cells["member_since"]
    try:
        return date.fromisoformat(text)
    except ValueError:
        faults.append(BadRow("date_malformed", number, "member_since", {"value": text}))
        return None
