"""What the journeys share: reading a page, and people who can sign in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cast import ingrid
from tests.page import Page

PASSWORD = "a long enough password"


@pytest.fixture
def read(client: Any, db: None) -> Any:
    """Asks an address and reads the answer as a page; `status` is what it must answer."""

    def ask(address: str, *, status: int = 200, **other: Any) -> Page:
        response = client.get(address, **other)
        assert response.status_code == status, f"{address}: {response.status_code}"
        assert response["Content-Type"].startswith("text/html")
        return Page(response.content.decode())

    return ask


@pytest.fixture
def no_attempts() -> Iterator[None]:
    """Limits on sign-in count across processes, in the cache: begin and end with none."""
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def officer(db: None, no_attempts: None) -> Any:
    """Ingrid's account; her password is PASSWORD."""
    return ingrid(password=PASSWORD)


@pytest.fixture
def operator(db: None) -> Any:
    from django.contrib.auth import get_user_model

    return get_user_model().objects.create_superuser("operator@league.example", PASSWORD)
