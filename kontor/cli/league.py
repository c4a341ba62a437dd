"""`kontor league`: a real league is founded, shown, and its people get their one-time links."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kontor.errors import Refused

from . import terminal
from .terminal import AsJson

if TYPE_CHECKING:
    from datetime import datetime

    from kontor.league.models import Account

    from .league_file import LeaguePlan

commands = typer.Typer(help="The league of this installation.", no_args_is_help=True)


@commands.command("init")
def init(
    file: Annotated[Path, typer.Argument(metavar="LEAGUE.TOML", help="See docs/guide/operate.md.")],
    no_starter: Annotated[
        bool, typer.Option("--no-starter", help="Leave out the observed cities and their published figures.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Found a real league: members, first officer with a one-time link. Never loads the demonstration."""
    terminal.start_django()
    check_key_lasts()
    from django.conf import settings

    from kontor.league import queries as league

    from . import first_start, starter
    from .league_file import read
    from .locks import alone

    observed = {} if no_starter else {city.code: city for city in starter.new_cities()}
    plan = read(file, starter=observed)
    at = terminal.now()
    with alone(settings.DATA / "setup.lock"):
        first_start.check_no_unfinished_restore()
        first_start.migrate()
        if league.league() is not None:
            raise Refused("league_exists")
        officer = found(plan, observed=not no_starter, at=at)
    # The rest is done by every start; done now, the first one is quick.
    link = one_time_link(officer, base_url=plan.base_url, language=plan.officer_language)
    first_start.prepare(at=at, demonstration=True, public=True, say=terminal.say)
    members, watched = len(plan.members), len(league.cities()) - len(plan.members)
    if as_json:
        content = {"members": members, "observed": watched, "officer": plan.officer_email, "link": link}
        terminal.print_json(content)
        return
    name = plan.names[terminal.language()]
    typer.echo(terminal.words("league_founded", name=name, members=members, observed=watched))
    _print_link(plan.officer_email, link)


def found(plan: LeaguePlan, *, observed: bool, at: datetime) -> Account:
    """League, cities, first officer with the office's mandates: all of it or nothing."""
    from django.db import transaction

    from kontor.league import operations
    from kontor.league.rules import CAPABILITIES, OPERATOR

    from . import starter

    with transaction.atomic():
        operations.found_league(
            names=plan.names,
            languages=plan.languages,
            time_zone=plan.time_zone,
            contact=plan.contact,
            demonstration=False,
            by=OPERATOR,
            at=at,
        )
        operations.admit_cities(cities=plan.members, by=OPERATOR, at=at)
        if observed:
            known = {city.code for city in plan.members}
            operations.admit_cities(cities=starter.new_cities(without=known), by=OPERATOR, at=at)
        return admit(
            plan.officer_email,
            name=plan.officer_name,
            language=plan.officer_language,
            city=None,
            capabilities=CAPABILITIES,
        )


def check_key_lasts() -> None:
    """A link signed with the generated key would be dead as soon as the service starts with its own."""
    from django.conf import settings

    if settings.SECRET_KEY_IS_GENERATED and not settings.DEBUG:
        raise Refused("secret_key_generated")


def one_time_link(account: Account, *, base_url: str, language: str) -> str:
    """Where the account sets its password: once, until PASSWORD_RESET_TIMEOUT."""
    from allauth.account.forms import default_token_generator
    from allauth.account.utils import user_pk_to_url_str
    from django.urls import reverse
    from django.utils import translation

    key = {"uidb36": user_pk_to_url_str(account), "key": default_token_generator.make_token(account)}
    with translation.override(language):
        return base_url.rstrip("/") + reverse("account_reset_password_from_key", kwargs=key)


def _site(base_url: str) -> str:
    from django.conf import settings

    return base_url or next(iter(settings.CSRF_TRUSTED_ORIGINS), "http://127.0.0.1:8000")


def _print_link(email: str, link: str) -> None:
    from django.conf import settings

    days = settings.PASSWORD_RESET_TIMEOUT // 86_400
    typer.echo(terminal.words("one_time_link", email=email, days=days))
    typer.echo(link)


@commands.command("link")
def link_again(
    email: Annotated[str, typer.Argument(help="The address with which the person signs in.")],
    base_url: Annotated[str, typer.Option(help="Address of the site.")] = "",
    as_json: AsJson = False,
) -> None:
    """A new one-time link with which a person sets the password."""
    terminal.open_league()
    check_key_lasts()
    from kontor.league import queries as league

    account = league.account(email)
    language = account.person.language if hasattr(account, "person") else terminal.language()
    link = one_time_link(account, base_url=_site(base_url), language=language)
    if as_json:
        terminal.print_json({"email": account.email, "link": link})
    else:
        _print_link(account.email, link)


@commands.command("add")
def add(
    email: Annotated[str, typer.Argument(help="The address with which the person will sign in.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    language: Annotated[str, typer.Option(help="en, de or zh-hans.")],
    capability: Annotated[
        list[str],
        typer.Option(help="league, indicators, observations or secretariat; give it once for each."),
    ],
    city: Annotated[
        str, typer.Option(help="Code of the member city; without it the person serves the permanent office.")
    ] = "",
    base_url: Annotated[str, typer.Option(help="Address of the site.")] = "",
    as_json: AsJson = False,
) -> None:
    """Add a person with mandates and print the one-time link."""
    terminal.open_league()
    check_key_lasts()
    from .league_file import EMAIL

    if not EMAIL.fullmatch(email):
        raise Refused("email_malformed", value=email)
    account = admit(email, name=name, language=language, city=city or None, capabilities=capability)
    link = one_time_link(account, base_url=_site(base_url), language=language)
    if as_json:
        terminal.print_json({"email": account.email, "link": link})
    else:
        _print_link(account.email, link)


def admit(email: str, *, name: str, language: str, city: str | None, capabilities: Sequence[str]) -> Account:
    """A person with mandates from today on: all of it or nothing."""
    from django.db import transaction

    from kontor.league import operations
    from kontor.league.rules import OPERATOR

    reference, at = _reference(), terminal.now()
    with transaction.atomic():
        account = operations.add_person(
            reference=reference, name=name, email=email, language=language, password=None, by=OPERATOR, at=at
        )
        for capability in dict.fromkeys(capabilities):
            operations.grant_mandate(
                person=reference,
                city=city,
                capability=capability,
                begins=at.date(),
                ends=None,
                by=OPERATOR,
                at=at,
            )
    return account


def _reference() -> str:
    """Says nothing about the person: the record keeps it for ever."""
    return f"p-{secrets.token_hex(6)}"


@commands.command("codes")
def codes(
    file: Annotated[Path, typer.Argument(metavar="CODES.CSV", help="See docs/guide/import.md.")],
    as_json: AsJson = False,
) -> None:
    """Tell the league what its cities are called in other lists: each code with its list and edition."""
    terminal.open_league()
    from kontor.league import operations
    from kontor.league.rules import OPERATOR

    from . import codes_file

    found = codes_file.read(file)
    fresh = operations.link_codes(codes=found, by=OPERATOR, at=terminal.now())
    if as_json:
        terminal.print_json({"read": len(found), "new": fresh})
    else:
        typer.echo(terminal.words("codes_linked", read=len(found), new=fresh))


@commands.command("show")
def show(as_json: AsJson = False) -> None:
    """The league of this installation in a few lines."""
    terminal.open_league()
    from kontor.events.rules import instant
    from kontor.league import queries as league

    found_league = league.league()
    assert found_league is not None  # open_league made sure
    cities = league.cities()
    content = {
        "name": found_league.names,
        "languages": list(found_league.languages),
        "time_zone": found_league.time_zone,
        "contact": found_league.contact,
        "founded": instant(found_league.founded),
        "members": sum(city.status == "member" and not city.demonstration for city in cities),
        "observed": sum(city.status == "observed" for city in cities),
        "demonstration": found_league.demonstration,
        "demonstration_cities": sum(city.demonstration for city in cities),
    }
    if as_json:
        terminal.print_json(content)
        return
    content["name"] = found_league.names.get(terminal.language(), found_league.names["en"])
    content["languages"] = ", ".join(found_league.languages)
    for key, value in content.items():
        typer.echo(f"{key:<21} {value}")
