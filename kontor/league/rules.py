"""What a city, a person and a mandate must be, and who may do what. Pure: neither Django nor HTTP."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kontor.errors import BadRow, Refused

LANGUAGES = ("en", "de", "zh-hans")
UNITS = ("city", "greater city", "borough")
STATUSES = ("member", "observed")
CAPABILITIES = ("league", "indicators", "observations", "secretariat")
CODE = re.compile(r"^[A-Z0-9][A-Z0-9_-]{1,30}$")
# A code in somebody else's list may be a label with blanks inside; its scheme and edition are words of ours.
CODE_PARTS = {
    "scheme": re.compile(r"[a-z][a-z0-9_]{0,39}"),
    "edition": re.compile(r"[0-9A-Za-z.-]{1,20}"),
    "code": re.compile(r"(?=\S)[^\x00-\x1f]{1,120}(?<=\S)"),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person with mandates, or the operator at the command line (`operator:cli`)."""

    reference: str
    mandates: tuple[tuple[str | None, str], ...] = ()  # (city code or None for the office, capability)
    operator: bool = False
    demonstration: bool = False  # an invented person; acts for invented cities alone

    def serves_office(self, capability: str) -> bool:
        """Whether the permanent office gave this actor a mandate for the capability."""
        return self.operator or (None, capability) in self.mandates


OPERATOR = Actor(reference="operator:cli", operator=True)


def check_office(action: str, *, capability: str, by: Actor, demonstration: bool = False) -> None:
    """Raise Refused unless `by` acts for the permanent office in this capability.

    `demonstration` says that the subject is invented: an invented person may touch nothing else.
    """
    if not by.serves_office(capability):
        raise Refused("not_permitted", action=action, who=by.reference)
    if by.demonstration and not demonstration:
        raise Refused("real_and_invented_never_mix")


def check_can_admit(by: Actor, *, demonstration: bool) -> None:
    """Cities, people and mandates are the office's, by a mandate for `league`."""
    check_office("admit", capability="league", by=by, demonstration=demonstration)


def check_can_found(by: Actor) -> None:
    """A league is founded at the command line by the operator of the machine."""
    if not by.operator:
        raise Refused("not_permitted", action="found_league", who=by.reference)


def slug_of(name: str) -> str:
    """A name as it stands in an address: lower case ASCII letters, digits and hyphens; may be empty for other scripts."""
    spelled = name.replace("ß", "ss").replace("Ł", "L").replace("ł", "l").replace("Ø", "O").replace("ø", "o")
    for umlaut, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue")):
        spelled = spelled.replace(umlaut, plain)
    ascii_only = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")


def slugs_of(cities: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Code -> slug for (code, name) pairs: the name alone, plus the code wherever two share it."""
    wanted: dict[str, list[str]] = {}
    for code, name in cities:
        wanted.setdefault(slug_of(name) or slug_of(code), []).append(code)
    return {
        code: slug if len(codes) == 1 else f"{slug}-{code.lower()}"
        for slug, codes in wanted.items()
        for code in codes
    }


def city_faults(
    *,
    code: str,
    names: Mapping[str, str],
    country: str,
    unit: str,
    latitude: float | None,
    longitude: float | None,
    time_zone: str,
    row: int | None,
) -> list[BadRow]:
    """Everything that is wrong with one city as handed in, one BadRow each."""
    faults = []
    if not CODE.fullmatch(code):
        faults.append(BadRow("city_code_malformed", row, "code", {"value": code}))
    if not names.get("en", "").strip():
        faults.append(BadRow("city_name_missing", row, "name_en", {"code": code}))
    if not re.fullmatch(r"[A-Z]{2}", country):
        faults.append(BadRow("country_malformed", row, "country", {"value": country}))
    if unit not in UNITS:
        faults.append(BadRow("unit_of_city_unknown", row, "unit", {"value": unit, "known": ", ".join(UNITS)}))
    if (latitude is None) != (longitude is None):
        faults.append(BadRow("coordinates_incomplete", row, "latitude", {"code": code}))
    elif (
        latitude is not None
        and longitude is not None
        and not (-90 <= latitude <= 90 and -180 <= longitude <= 180)
    ):
        faults.append(BadRow("coordinates_outside", row, "latitude", {"value": f"{latitude}, {longitude}"}))
    if time_zone and not known_zone(time_zone):
        faults.append(BadRow("time_zone_unknown", row, "time_zone", {"value": time_zone}))
    return faults


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code that a city has in somebody's list. It means something only together with the edition of that list."""

    scheme: str
    edition: str
    code: str
    city: str
    row: int | None = field(default=None, compare=False)

    @property
    def key(self) -> tuple[str, str, str]:
        return self.scheme, self.edition, self.code


def code_faults(
    codes: Sequence[NewCode], *, cities: Collection[str], linked: Mapping[tuple[str, str, str], str]
) -> list[BadRow]:
    """Everything that is wrong with new codes. `linked` says whose the known ones are: one code names one city."""
    faults = []
    holders = dict(linked)
    for item in codes:
        for column, form in CODE_PARTS.items():
            value = getattr(item, column)
            if not form.fullmatch(value):
                faults.append(BadRow("code_malformed", item.row, column, {"value": value}))
        if item.city not in cities:
            faults.append(BadRow("city_unknown", item.row, "city_code", {"city": item.city}))
        holder = holders.setdefault(item.key, item.city)
        if holder != item.city:
            facts = {"value": item.code, "scheme": item.scheme, "edition": item.edition, "city": holder}
            faults.append(BadRow("code_taken", item.row, "code", facts))
    return faults


def known_zone(name: str) -> bool:
    """Whether the IANA time zone exists on this machine."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError):
        return False
    return True


def check_order(*, begins: date | str, ends: date | str | None) -> None:
    """Days or periods alike; None is open."""
    if ends is not None and str(ends) < str(begins):
        raise Refused("ends_before_it_begins", begins=str(begins), ends=str(ends))


def in_force(*, begins: date, ends: date | None, on: date) -> bool:
    """Whether a mandate or membership from `begins` to `ends` (inclusive; None = open) holds on that day."""
    return begins <= on and (ends is None or on <= ends)
