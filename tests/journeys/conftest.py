"""What the journeys share: reading a page, and people who can sign in."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.cast import ingrid

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
PASSWORD = "a long enough password"


class Page(HTMLParser):
    """A page as its elements in order and its visible text; every element is closed where it was opened."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice on {tag}: {names}"
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]} at {self.getpos()}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        return [
            found
            for name, found in self.elements
            if name == tag and all(found.get(key.strip("_")) == value for key, value in attributes.items())
        ]

    def links(self) -> list[str]:
        return [found["href"] for found in self.all("a") if "href" in found]


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
