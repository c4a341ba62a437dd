"""What is answered where the request itself is at fault: in the reader's language, with a way on, without the database."""

from __future__ import annotations

from typing import Any

import pytest

from kontor.errors import Refused
from kontor.web import errors


@pytest.mark.parametrize(("language", "said"), [("de", "nicht verständlich"), ("zh-hans", "无法理解")])
def test_a_wrong_host_is_a_bad_request(client: Any, language: str, said: str) -> None:
    """No `db` here: the page may not ask for it."""
    response = client.get(f"/{language}/", headers={"host": "elsewhere.example"})
    assert response.status_code == 400
    content = response.content.decode()
    assert said in content and f'lang="{language}"' in content and 'href="/"' in content


@pytest.mark.parametrize(("language", "said"), [("de", "nicht mehr gültig"), ("en", "no longer valid")])
def test_an_outdated_form_has_a_way_on(db: None, language: str, said: str) -> None:
    from django.test import Client

    response = Client(enforce_csrf_checks=True).post(f"/{language}/account/login/", {"login": "a@b.example"})
    assert response.status_code == 403
    content = response.content.decode()
    assert said in content and f'href="/{language}/"' in content


def test_pages_answer_with_the_status_of_the_interface(rf: Any, db: None) -> None:
    assert errors.page(rf.get("/en/"), Refused("release_altered", release="r1")).status_code == 500
