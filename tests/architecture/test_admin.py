"""The operator's site: everything can be looked at, nothing added, changed or deleted, and nobody else comes in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.urls import URLPattern, URLResolver

from kontor.events.admin import site

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
WRITING = re.compile(r"(^|/)(add|delete|change)/")
LOOKING = {"", "jsi18n/", "logout/", "autocomplete/", "login/"}


def patterns(entries: Any, prefix: str = "") -> list[tuple[str, str]]:
    """(address with its places, name) of everything below the site."""
    found = []
    for entry in entries:
        if isinstance(entry, URLResolver):
            found += patterns(entry.url_patterns, f"{prefix}{entry.pattern}")
        elif isinstance(entry, URLPattern):
            found.append((f"{prefix}{entry.pattern}", entry.name or ""))
    return found


def address(pattern: str) -> str | None:
    """The pattern with an object that is there; None where the table has none."""
    if "<path:object_id>" in pattern or "<int:object_id>" in pattern:
        app, model = pattern.split("/")[:2]
        row = apps.get_model(app, model).objects.order_by("pk").first()
        if row is None:
            return None
        pattern = re.sub(r"<(path|int):object_id>", str(row.pk), pattern)
    pattern = pattern.replace("<int:content_type_id>", "1").replace("<path:object_id>", "1")
    return "/admin/" + pattern.replace("(?P<app_label>", "").replace("(?P<url>.*)$", "x/")


def all_addresses() -> list[str]:
    listed = []
    for pattern, _ in patterns(site.get_urls()):
        if pattern.startswith("r/") or "app_label" in pattern or "(?P<url>" in pattern:
            continue
        if (found := address(pattern)) is not None:
            listed.append(found)
    return listed


def counts() -> dict[str, int]:
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.label != "sessions.Session"
    }


@pytest.fixture
def operator(client: Any, db: None) -> Any:
    client.force_login(
        get_user_model().objects.create_superuser("operator@league.example", "x"), backend=BACKEND
    )
    return client


def test_the_walk_sees_every_table(db: None) -> None:
    shown = {model._meta.label for model in site._registry}
    ours = {model._meta.label for model in apps.get_models() if model.__module__.startswith("kontor.")}
    assert ours <= shown
    writing = [found for found in all_addresses() if WRITING.search(found)]
    assert len(writing) >= 2 * len(ours)


def test_the_operator_changes_nothing(operator: Any) -> None:
    before = counts()
    for found in all_addresses():
        if found.endswith(("/add/", "/delete/")):
            assert operator.get(found).status_code == 403, found
        if WRITING.search(found):
            assert operator.post(found, {"post": "yes", "action": "delete_selected"}).status_code == 403, (
                found
            )
    assert counts() == before


def test_the_operator_looks_at_everything(operator: Any) -> None:
    seen = 0
    for found in all_addresses():
        if found.endswith(("/add/", "/delete/")) or re.search(
            r"/admin/(jsi18n|logout|login|autocomplete|password)", found
        ):
            continue
        response = operator.get(found, follow=True)
        assert response.status_code == 200, found
        content = response.content.decode()
        assert 'name="_save"' not in content and "deletelink" not in content and "addlink" not in content, (
            found
        )
        assert 'name="action"' not in content, found
        seen += 1
    assert seen > 20


def test_no_password_is_shown_or_changed(operator: Any) -> None:
    account = get_user_model().objects.get(email="operator@league.example")
    content = operator.get(f"/admin/league/account/{account.pk}/change/").content.decode()
    assert account.password not in content and "md5$" not in content and "argon2" not in content
    for found in ("/admin/password_change/", f"/admin/league/account/{account.pk}/password/"):
        form = {"old_password": "x", "new_password1": "another long one", "new_password2": "another long one"}
        assert operator.post(found, form).status_code in (403, 404, 302)
    account.refresh_from_db()
    assert account.check_password("x")


def test_a_post_to_a_list_does_nothing(operator: Any) -> None:
    before = counts()
    for model in site._registry:
        row = model._default_manager.first()
        form = {
            "action": "delete_selected",
            "_selected_action": row.pk if row else 1,
            "post": "yes",
            "index": "0",
        }
        operator.post(f"/admin/{model._meta.app_label}/{model._meta.model_name}/", form)
    assert counts() == before


@pytest.mark.parametrize("who", ["nobody", "an officer", "staff"])
def test_nobody_else_comes_in(client: Any, db: None, who: str) -> None:
    if who != "nobody":
        account = get_user_model().objects.create_user("a@league.example", "x", is_staff=who == "staff")
        client.force_login(account, backend=BACKEND)
    before = counts()
    for found in all_addresses():
        for response in (client.get(found), client.post(found, {"post": "yes"})):
            if "jsi18n" in found and who == "nobody":
                continue
            if found.endswith("/logout/"):
                continue
            assert response.status_code in (302, 403, 404, 405), found
            assert (
                response.status_code != 302
                or "login" in response["Location"]
                or "/admin/" in response["Location"]
            ), found
        if who != "nobody":
            client.force_login(account, backend=BACKEND)
    assert counts() == before
    response = client.get("/admin/", follow=True)
    assert response.status_code == (200 if who == "nobody" else 403)
    assert "Berlin" not in response.content.decode()
