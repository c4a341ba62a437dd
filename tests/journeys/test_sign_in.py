"""Signing in and out: by the office's invitation alone, slowed down for guessers, and safe to leave."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.cast import NOON
from tests.journeys.conftest import PASSWORD

LOGIN = "/en/account/login/"
LOGOUT = "/en/account/logout/"
WORKSPACE = "/en/workspace/"


def sign_in(client: Any, *, email: str = "ingrid@league.example", password: str = PASSWORD) -> Any:
    return client.post(LOGIN, {"login": email, "password": password})


def signed_in(client: Any) -> bool:
    return bool(client.get(WORKSPACE).status_code == 200)


def test_the_workspace_is_behind_the_door(client: Any, db: None) -> None:
    response = client.get(WORKSPACE)
    assert (response.status_code, response["Location"]) == (302, f"{LOGIN}?next={WORKSPACE}")


def test_in_and_out_again(client: Any, officer: Any) -> None:
    response = sign_in(client)
    assert (response.status_code, response["Location"]) == (302, WORKSPACE)
    content = client.get(WORKSPACE).content.decode()
    assert "Ingrid Falkenau" in content
    assert "Workspace" in content and f'action="{LOGOUT}"' in content
    response = client.post(LOGOUT)
    assert (response.status_code, response["Location"]) == (302, "/en/")
    assert not signed_in(client)


def test_looking_at_the_way_out_is_not_taking_it(client: Any, officer: Any) -> None:
    sign_in(client)
    assert client.get(LOGOUT).status_code == 200
    assert client.head(LOGOUT).status_code == 200
    assert signed_in(client)


def test_nobody_is_signed_out_by_another_site(officer: Any) -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(officer, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert strict.post(LOGOUT).status_code == 403
    assert signed_in(strict)
    assert strict.post(LOGIN, {"login": "x@league.example", "password": "x"}).status_code in (302, 403)


def test_the_session_is_a_new_one_after_signing_in(client: Any, officer: Any) -> None:
    client.get(LOGIN)
    session = client.session
    session["planted"] = "by an attacker"
    session.save()
    before = client.session.session_key
    sign_in(client)
    assert client.session.session_key != before


def test_cookies_are_for_the_server_alone(client: Any, officer: Any) -> None:
    cookie = sign_in(client).cookies["sessionid"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["secure"]
    assert cookie["max-age"] == "", "it ends with the browser's session"


def test_a_wrong_password_says_nothing_about_the_account(client: Any, officer: Any) -> None:
    wrong = sign_in(client, password="not the password").content.decode()
    unknown = sign_in(client, email="nobody@league.example").content.decode()
    assert not signed_in(client)

    def said(content: str) -> str:
        found = re.search(r'role="alert".*?</div>', content, re.DOTALL)
        assert found
        return found[0]

    assert said(wrong) == said(unknown)
    assert 'value="ingrid@league.example"' in wrong and "not the password" not in wrong


def test_after_five_wrong_passwords_the_right_one_has_to_wait(client: Any, officer: Any) -> None:
    for _ in range(5):
        assert sign_in(client, password="not the password").status_code == 200
    response = sign_in(client)
    assert response.status_code in (200, 429)
    assert not signed_in(client)


def test_four_wrong_passwords_are_forgiven(client: Any, officer: Any) -> None:
    for _ in range(4):
        sign_in(client, password="not the password")
    assert sign_in(client).status_code == 302
    assert signed_in(client)


def test_the_limit_holds_whatever_the_guesser_calls_himself(client: Any, officer: Any) -> None:
    """A forged header does not make another visitor of the same one."""
    for number in range(5):
        client.post(
            LOGIN,
            {"login": "ingrid@league.example", "password": "not the password"},
            headers={"X-Forwarded-For": f"10.0.0.{number}"},
        )
    sign_in(client)
    assert not signed_in(client)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_signing_in_leads_to_our_own_pages_alone(client: Any, officer: Any, target: str) -> None:
    response = client.post(
        f"{LOGIN}?next={target}", {"login": officer.email, "password": PASSWORD, "next": target}
    )
    assert (
        response.status_code == 302
        and response["Location"].startswith("/")
        and "evil" not in response["Location"]
    )


def test_signing_in_leads_back_to_where_it_was_asked_for(client: Any, officer: Any) -> None:
    there = "/en/cities/berlin/"
    response = client.post(
        f"{LOGIN}?next={there}", {"login": officer.email, "password": PASSWORD, "next": there}
    )
    assert response["Location"] == there


def test_an_account_put_out_of_use_signs_in_no_more(client: Any, officer: Any) -> None:
    officer.is_active = False
    officer.save()
    response = sign_in(client)
    assert response.status_code == 403 and "account_inactive" in response.content.decode()
    assert not signed_in(client)


def addresses(resolver: URLResolver | None = None, prefix: str = "") -> list[str]:
    found = []
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            found += addresses(entry, f"{prefix}{entry.pattern}")
        elif isinstance(entry, URLPattern):
            found.append(f"{prefix}{entry.pattern}")
    return found


def test_there_is_no_door_but_the_one() -> None:
    """Of allauth only sign-in, sign-out and the one-time link are there; of the admin no password form."""
    public = [address for address in addresses() if not address.startswith("admin/")]
    assert len([address for address in public if "account/" in address]) == 4
    assert not [
        address for address in public if re.search(r"signup|register|social|mfa|email|invite", address)
    ]


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_operators_site_has_no_door_of_its_own(client: Any, db: None, method: str) -> None:
    """Its own form would know no limit on guessing."""
    response = getattr(client, method)("/admin/login/?next=/admin/", {"username": "a", "password": "b"})
    assert response.status_code == 302
    assert response["Location"].startswith("/en/account/login/?next=/admin/")


def test_nobody_registers(client: Any, db: None) -> None:
    from kontor.league.models import Account

    before = Account.objects.count()
    for address in (
        "/en/account/signup/",
        "/en/accounts/signup/",
        "/accounts/signup/",
        "/en/account/password/reset/",
    ):
        form = {"email": "a@b.example", "password1": PASSWORD}
        assert client.post(address, form, follow=True).status_code == 404
    assert Account.objects.count() == before


# ---- the one-time link


def link(account: Any) -> str:
    from kontor.cli.league import one_time_link

    return one_time_link(account, base_url="https://league.example", language="en").removeprefix(
        "https://league.example"
    )


def form_of(client: Any, address: str) -> str:
    """Opens the link; returns the address of the form behind it, which does not carry the key."""
    response = client.get(address)
    assert response.status_code == 302
    assert client.get(response["Location"]).status_code == 200
    return str(response["Location"])


def test_the_first_password_is_set_by_a_one_time_link(client: Any, officer: Any) -> None:
    officer.set_unusable_password()
    officer.save()
    address = link(officer)
    form = form_of(client, address)
    assert address.rsplit("-", 1)[1] not in form, "the key does not stay in the address"
    fresh = "another long password"
    response = client.post(form, {"password1": fresh, "password2": fresh})
    assert response.status_code == 302
    client.post(LOGOUT)
    assert sign_in(client, password=fresh).status_code == 302 and signed_in(client)


def test_the_link_works_once(client: Any, officer: Any) -> None:
    from django.test import Client

    address = link(officer)
    form = form_of(client, address)
    client.post(form, {"password1": "another long password", "password2": "another long password"})
    other = Client()
    response = other.get(address, follow=True)
    assert "no longer good" in response.content.decode()
    other.post(form, {"password1": "a third long password", "password2": "a third long password"})
    officer.refresh_from_db()
    assert officer.check_password("another long password")


@pytest.mark.parametrize("password", ["short", "1q2w3e4r5t6y", "ingrid@league.example"])
def test_a_weak_password_is_not_taken(client: Any, officer: Any, password: str) -> None:
    form = form_of(client, link(officer))
    response = client.post(form, {"password1": password, "password2": password})
    assert response.status_code == 200
    officer.refresh_from_db()
    assert officer.check_password(PASSWORD)


def test_a_link_for_somebody_else_is_no_link(client: Any, officer: Any) -> None:
    address = link(officer)
    head, key = address.rstrip("/").rsplit("-", 1)
    for forged in (f"{head}-{key[:-1]}x/", f"{head[:-1]}zz-{key}/"):
        assert "no longer good" in client.get(forged, follow=True).content.decode()


def test_a_link_is_good_for_three_days(
    client: Any, officer: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import datetime, timedelta

    from django.contrib.auth.tokens import PasswordResetTokenGenerator

    address = link(officer)
    later = datetime.now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT + 60)
    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda self: later)
    assert "no longer good" in client.get(address, follow=True).content.decode()


# ---- the workspace


def test_the_workspace_shows_mandates_in_force_alone(client: Any, officer: Any) -> None:
    from datetime import date

    from kontor.league import operations
    from kontor.league.rules import OPERATOR

    for capability, ends in (("observations", None), ("secretariat", date(2020, 12, 31))):
        operations.grant_mandate(
            person="ingrid",
            city=None,
            capability=capability,
            begins=date(2020, 1, 1),
            ends=ends,
            by=OPERATOR,
            at=NOON,
        )
    sign_in(client)
    content = client.get(WORKSPACE).content.decode()
    assert "Figures and releases" in content and "Meetings and resolutions" not in content


def test_an_invented_persons_workspace_is_marked(client: Any, db: None, no_attempts: None) -> None:
    from kontor.league.models import Person

    person = Person.objects.get(reference="demo-lindhafen-statistics")
    client.force_login(person.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    content = client.get("/de/workspace/").content.decode()
    assert "Ilka Brandhorst" in content and 'href="/de/cities/lindhafen/"' in content
    assert '<span class="tag warn">Demonstration</span>' in content
