"""Every read of the league, as frozen records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ObjectDoesNotExist

from kontor.errors import Refused

from . import models, rules


@dataclass(frozen=True, slots=True)
class LeagueRecord:
    names: dict[str, str]
    languages: tuple[str, ...]
    time_zone: str
    contact: str
    demonstration: bool
    founded: datetime


@dataclass(frozen=True, slots=True)
class CityRecord:
    """One city. Names missing in a language fall back to the local name with its own language tag."""

    id: int
    code: str
    slug: str
    names: dict[str, str]
    local_name: str
    local_language: str
    country: str
    unit: str
    latitude: float | None
    longitude: float | None
    time_zone: str
    status: str
    member_since: date | None
    demonstration: bool

    def name(self, language: str) -> str:
        return self.names.get(language) or self.local_name

    def name_language(self, language: str) -> str:
        """The language the shown name is in: empty when it is the page's own."""
        return "" if self.names.get(language) else (self.local_language or "und")

    @property
    def ref(self) -> str:
        return f"city:{self.code}"


@dataclass(frozen=True, slots=True)
class MandateRecord:
    city: str | None
    capability: str
    begins: date
    ends: date | None


@dataclass(frozen=True, slots=True)
class PersonRecord:
    reference: str
    name: str
    language: str
    demonstration: bool
    mandates: tuple[MandateRecord, ...]


def league() -> LeagueRecord | None:
    """The league of this installation, or None before its first start."""
    row = models.League.objects.first()
    if row is None:
        return None
    return LeagueRecord(
        names=row.names,
        languages=tuple(row.languages),
        time_zone=row.time_zone,
        contact=row.contact,
        demonstration=row.demonstration,
        founded=row.founded,
    )


def _city(row: models.City) -> CityRecord:
    return CityRecord(
        id=row.id,
        code=row.code,
        slug=row.slug,
        names=row.names,
        local_name=row.local_name,
        local_language=row.local_language,
        country=row.country,
        unit=row.unit,
        latitude=None if row.latitude is None else float(row.latitude),
        longitude=None if row.longitude is None else float(row.longitude),
        time_zone=row.time_zone,
        status=row.status,
        member_since=row.member_since,
        demonstration=row.demonstration,
    )


def cities() -> list[CityRecord]:
    """All cities, by slug."""
    return [_city(row) for row in models.City.objects.order_by("slug")]


def city(code: str) -> CityRecord:
    """The city with this code. Refused("city_unknown") otherwise."""
    try:
        return _city(models.City.objects.get(code=code))
    except ObjectDoesNotExist:
        raise Refused("city_unknown", city=code) from None


def city_by_slug(slug: str) -> CityRecord:
    """The city at this address, also a former one: compare `.slug` to redirect. Refused("city_unknown") otherwise."""
    row = models.City.objects.filter(slug=slug).first()
    if row is None:
        former = models.FormerSlug.objects.select_related("city").filter(slug=slug).first()
        row = former.city if former else None
    if row is None:
        raise Refused("city_unknown", city=slug)
    return _city(row)


def codes_of_scheme(*, scheme: str, edition: str) -> dict[str, str]:
    """External code -> our city code, for one scheme in one edition."""
    rows = models.ExternalCode.objects.filter(scheme=scheme, edition=edition).values_list(
        "code", "city__code"
    )
    return dict(rows)


def codes_by_edition() -> dict[tuple[str, str], dict[str, str]]:
    """(scheme, edition) -> external code -> our city code, for every list that the league knows."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    rows = models.ExternalCode.objects.values_list("scheme", "edition", "code", "city__code")
    for scheme, edition, code, city in rows:
        found.setdefault((scheme, edition), {})[code] = city
    return found


def external_codes(code: str) -> list[tuple[str, str, str]]:
    """(scheme, edition, code) of a city in other people's lists."""
    rows = models.ExternalCode.objects.filter(city__code=code).order_by("scheme", "edition")
    return [(row.scheme, row.edition, row.code) for row in rows]


def person_of_account(account_id: int, *, on: date) -> PersonRecord | None:
    """The person who signs in with this account, with the mandates in force on that day."""
    row = models.Person.objects.filter(account_id=account_id).first()
    return _person(row, on=on) if row else None


def person(reference: str, *, on: date) -> PersonRecord:
    """The person behind a reference. Refused("person_unknown") otherwise."""
    row = models.Person.objects.filter(reference=reference).first()
    if row is None:
        raise Refused("person_unknown", person=reference)
    return _person(row, on=on)


def _person(row: models.Person, *, on: date) -> PersonRecord:
    mandates: Iterable[models.Mandate] = row.mandates.select_related("city").order_by("capability", "id")
    return PersonRecord(
        reference=row.reference,
        name=row.name,
        language=row.language,
        demonstration=row.demonstration,
        mandates=tuple(
            MandateRecord(
                city=mandate.city.code if mandate.city else None,
                capability=mandate.capability,
                begins=mandate.begins,
                ends=mandate.ends,
            )
            for mandate in mandates
            if rules.in_force(begins=mandate.begins, ends=mandate.ends, on=on)
        ),
    )


def account(email: str) -> models.Account:
    """The account that signs in with this address. Refused("account_unknown") where there is none."""
    row = models.Account.objects.select_related("person").filter(email__iexact=email).first()
    if row is None:
        raise Refused("account_unknown", email=email)
    return row


def actor_of(person: PersonRecord) -> rules.Actor:
    """The person as the rules see them."""
    return rules.Actor(
        reference=f"person:{person.reference}",
        mandates=tuple((mandate.city, mandate.capability) for mandate in person.mandates),
        demonstration=person.demonstration,
    )


def demonstration_accounts_that_can_sign_in() -> int:
    """How many invented people could sign in right now; a public start is refused while there are any."""
    accounts = models.Account.objects.filter(person__demonstration=True, is_active=True)
    return sum(account.has_usable_password() for account in accounts)
