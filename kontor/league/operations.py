"""Every write of the league."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from kontor.errors import Invalid, Refused
from kontor.events.operations import record

from . import models, rules
from .rules import Actor, NewCode


@dataclass(frozen=True, slots=True)
class NewCity:
    """A city as handed in. `external_codes` are (scheme, edition, code)."""

    code: str
    names: dict[str, str]
    local_name: str
    country: str
    unit: str
    latitude: float | None = None
    longitude: float | None = None
    time_zone: str = ""
    local_language: str = ""
    external_codes: tuple[tuple[str, str, str], ...] = ()
    member_since: date | None = None
    demonstration: bool = False
    row: int | None = field(default=None, compare=False)


@transaction.atomic
def found_league(
    *,
    names: dict[str, str],
    languages: Sequence[str],
    time_zone: str,
    contact: str,
    demonstration: bool,
    by: Actor,
    at: datetime,
) -> None:
    """Create the league of this installation, once. Refused where one exists or the zone is unknown."""
    rules.check_can_found(by)
    if models.League.objects.exists():
        raise Refused("league_exists")
    if not rules.known_zone(time_zone):
        raise Refused("time_zone_unknown", value=time_zone)
    unknown = [language for language in languages if language not in rules.LANGUAGES]
    if unknown or not languages:
        raise Refused("language_unknown", value=", ".join(unknown), known=", ".join(rules.LANGUAGES))
    models.League.objects.create(
        names=names,
        languages=list(languages),
        time_zone=time_zone,
        contact=contact,
        demonstration=demonstration,
        founded=at,
    )
    record(
        kind="league.founded",
        by=by.reference,
        subject="league:1",
        at=at,
        facts={
            "names": names,
            "languages": list(languages),
            "time_zone": time_zone,
            "demonstration": demonstration,
        },
    )


@transaction.atomic
def admit_cities(*, cities: Sequence[NewCity], by: Actor, at: datetime, demonstration: bool = False) -> int:
    """Add cities, all or none; a city with `member_since` becomes a member, also one that was observed until now.

    Raises Invalid with every faulty row.
    """
    rules.check_can_admit(by, demonstration=demonstration)
    if any(city.demonstration != demonstration for city in cities):
        raise Refused("real_and_invented_never_mix")
    _check_cities(cities)
    existing = {
        city.code: city for city in models.City.objects.filter(code__in=[city.code for city in cities])
    }
    _refuse_doubles(cities, existing)
    slugs = _free_slugs([city for city in cities if city.code not in existing])
    for city in cities:
        if city.code in existing:
            _make_member(existing[city.code], since=city.member_since)
        else:
            _create(city, slug=slugs[city.code])
    members = [city.code for city in cities if city.member_since]
    record(
        kind="league.cities_admitted",
        by=by.reference,
        subject="league:1",
        at=at,
        facts={"cities": len(cities), "members": members},
        demonstration=demonstration,
    )
    return len(cities)


def _check_cities(cities: Sequence[NewCity]) -> None:
    faults = []
    for city in cities:
        faults += rules.city_faults(
            code=city.code,
            names=city.names,
            country=city.country,
            unit=city.unit,
            latitude=city.latitude,
            longitude=city.longitude,
            time_zone=city.time_zone,
            row=city.row,
        )
    if faults:
        raise Invalid(faults)


def _refuse_doubles(cities: Sequence[NewCity], existing: dict[str, models.City]) -> None:
    seen: set[str] = set()
    for city in cities:
        known = existing.get(city.code)
        if city.code in seen or (known and (known.status == "member" or city.member_since is None)):
            raise Refused("city_exists", city=city.code)
        if known and known.demonstration != city.demonstration:
            raise Refused("city_exists", city=city.code)
        seen.add(city.code)


def _free_slugs(cities: Sequence[NewCity]) -> dict[str, str]:
    taken = set(models.City.objects.values_list("slug", flat=True))
    taken |= set(models.FormerSlug.objects.values_list("slug", flat=True))
    slugs = rules.slugs_of([(city.code, city.names.get("en") or city.local_name) for city in cities])
    return {code: slug if slug not in taken else f"{slug}-{code.lower()}" for code, slug in slugs.items()}


def _make_member(city: models.City, *, since: date | None) -> None:
    city.status, city.member_since = "member", since
    city.save(update_fields=["status", "member_since"])


def _create(city: NewCity, *, slug: str) -> None:
    row = models.City.objects.create(
        code=city.code,
        slug=slug,
        names={language: name for language, name in city.names.items() if name},
        local_name=city.local_name,
        local_language=city.local_language,
        country=city.country,
        unit=city.unit,
        latitude=city.latitude,
        longitude=city.longitude,
        time_zone=city.time_zone,
        status="member" if city.member_since else "observed",
        member_since=city.member_since,
        demonstration=city.demonstration,
    )
    models.ExternalCode.objects.bulk_create(
        models.ExternalCode(city=row, scheme=scheme, edition=edition, code=code)
        for scheme, edition, code in city.external_codes
    )


@transaction.atomic
def link_codes(*, codes: Sequence[NewCode], by: Actor, at: datetime) -> int:
    """Add codes that cities have in other people's lists, all or none; what is known already is passed over.

    Returns how many are new. Raises Invalid with every faulty row.
    """
    rules.check_can_admit(by, demonstration=False)
    cities = {city.code: city for city in models.City.objects.all()}
    if any(item.city in cities and cities[item.city].demonstration for item in codes):
        raise Refused("real_and_invented_never_mix")
    linked = {
        (row.scheme, row.edition, row.code): row.city.code
        for row in models.ExternalCode.objects.select_related("city")
    }
    faults = rules.code_faults(codes, cities=cities, linked=linked)
    if faults:
        raise Invalid(faults)
    fresh = {item.key: item.city for item in codes if item.key not in linked}
    models.ExternalCode.objects.bulk_create(
        models.ExternalCode(city=cities[city], scheme=scheme, edition=edition, code=code)
        for (scheme, edition, code), city in fresh.items()
    )
    if fresh:
        linked_now = [[*key, city] for key, city in sorted(fresh.items())]
        record(
            kind="league.codes_linked",
            by=by.reference,
            subject="league:1",
            at=at,
            facts={"codes": linked_now},
        )
    return len(fresh)


@transaction.atomic
def add_person(
    *,
    reference: str,
    name: str,
    email: str,
    language: str,
    password: str | None,
    by: Actor,
    at: datetime,
    demonstration: bool = False,
) -> models.Account:
    """Add a person with an account. Without a password nobody can sign in until a one-time link sets one."""
    rules.check_can_admit(by, demonstration=demonstration)
    if language not in rules.LANGUAGES:
        raise Refused("language_unknown", value=language, known=", ".join(rules.LANGUAGES))
    if models.Account.objects.filter(email__iexact=email).exists():
        raise Refused("account_exists")
    account = models.Account.objects.create_user(email, password)
    models.Person.objects.create(
        reference=reference, name=name, language=language, account=account, demonstration=demonstration
    )
    record(
        kind="league.person_added",
        by=by.reference,
        subject=f"person:{reference}",
        at=at,
        demonstration=demonstration,
    )
    return account


@transaction.atomic
def grant_mandate(
    *,
    person: str,
    city: str | None,
    capability: str,
    begins: date,
    ends: date | None,
    by: Actor,
    at: datetime,
) -> None:
    """Give a person a mandate for a city, or (city None) for the permanent office."""
    if capability not in rules.CAPABILITIES:
        raise Refused("capability_unknown", value=capability, known=", ".join(rules.CAPABILITIES))
    holder = models.Person.objects.filter(reference=person).first()
    if holder is None:
        raise Refused("person_unknown", person=person)
    rules.check_can_admit(by, demonstration=holder.demonstration)
    place = models.City.objects.filter(code=city).first() if city else None
    if city and place is None:
        raise Refused("city_unknown", city=city)
    if place and place.status != "member":
        raise Refused("mandate_needs_member_city", city=city)
    if place and holder.demonstration != place.demonstration:
        raise Refused("real_and_invented_never_mix", city=city, person=person)
    rules.check_order(begins=begins, ends=ends)
    models.Mandate.objects.create(person=holder, city=place, capability=capability, begins=begins, ends=ends)
    record(
        kind="league.mandate_granted",
        by=by.reference,
        subject=f"person:{person}",
        at=at,
        facts={
            "city": city,
            "capability": capability,
            "begins": str(begins),
            "ends": str(ends) if ends else None,
        },
        demonstration=holder.demonstration,
    )
