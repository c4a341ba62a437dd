"""Views hand frozen records to templates: while a page is rendered nothing is asked, of no database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.template import Context, Template, base

from kontor.observations import store
from tests.journeys.pages import PAGES, address


class AskedWhileRendering(AssertionError):
    pass


def refuse(*asked: Any) -> None:
    raise AskedWhileRendering(str(asked[0])[:300])


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """From here on rendering must not ask; the list names the templates that were rendered."""
    rendered: list[str] = []
    render, doors = base.Template._render, {name: getattr(store, name) for name in ("opened", "reader")}

    @contextmanager
    def guarded() -> Iterator[None]:
        with connection.execute_wrapper(lambda execute, sql, *rest: refuse(sql)):
            try:
                for name in doors:
                    setattr(store, name, refuse)
                yield
            finally:
                for name, door in doors.items():
                    setattr(store, name, door)

    def rendering(self: base.Template, context: Context) -> Any:
        rendered.append(self.name or "")
        with guarded():
            return render(self, context)

    monkeypatch.setattr(base.Template, "_render", rendering)
    yield rendered


def test_the_guard_sees_a_query(db: None, silent: list[str]) -> None:
    """A guard that guards nothing would find nothing."""
    from kontor.league.models import City

    template = Template("{% for city in cities %}{{ city.code }}{% endfor %}")
    assert "DE001C" in template.render(Context({"cities": list(City.objects.all())}))
    with pytest.raises(AskedWhileRendering):
        template.render(Context({"cities": City.objects.all()}))


@pytest.mark.parametrize("page", PAGES)
def test_no_page_asks_while_it_is_rendered(client: Any, db: None, silent: list[str], page: str) -> None:
    assert client.get(address(page)).status_code == 200
    assert silent


@pytest.mark.parametrize("page", ["", "workspace/", "cities/berlin/", "nowhere/", "account/logout/"])
def test_nor_for_somebody_who_is_signed_in(client: Any, officer: Any, silent: list[str], page: str) -> None:
    client.force_login(officer, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(f"/en/{page}").status_code in (200, 404)
    assert silent
