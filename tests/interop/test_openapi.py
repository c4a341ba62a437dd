"""The interface against its own document, by a program that reads OpenAPI and tries what it finds (schemathesis)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

EXAMPLES = 10  # questions per address

EXISTING = {
    "area": "DE001C",
    "code": "road_death_rate",
    "id": "r1",
    "indicator": "road_death_rate",
    "period": "2019",
    "slug": "none",
    "variable": "starter:road_deaths",
    "version": 1,
}

FINDS = {"area", "as_of", "city", "period"}  # what names things that a random text does not hit
FORBIDS = {"enum", "minimum", "pattern"}  # what a value can be outside of

QUIETLY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,  # the same questions every time
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def document(loaded: Any, db: None, settings: Any) -> Iterator[Any]:
    """The document as the interface gives it, with the interface to try it on."""
    settings.KONTOR_API_LIMIT = 0
    # a server closes its connections between requests; this one is the test's transaction
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def tried(operation: Any) -> list[str]:
    """Asks the operation; statuses of the answers with the content types of those that are full."""
    answers: list[str] = []
    existing = EXISTING | ({"code": "DE001C"} if "/cities/" in operation.path else {})

    right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    bounded = any(
        parameter.definition["schema"].keys() & FORBIDS for parameter in operation.iter_parameters()
    )

    @QUIETLY
    @given(case=st.one_of(right, wrong) if bounded else right, found=st.booleans())
    def ask(case: Any, found: bool) -> None:
        if found:
            case.path_parameters = {name: existing[name] for name in case.path_parameters or {}}
            asked = {name: value for name, value in (case.query or {}).items() if name not in FINDS}
            case.query = asked | ({"area": "DE001C"} if operation.path.endswith("/series/{variable}") else {})
        response = case.call_and_validate(headers={"Accept-Encoding": "identity"})
        kind = response.headers["content-type"][0].split(";")[0] if response.status_code == 200 else ""
        answers.append(f"{response.status_code} {kind}".strip())

    ask()
    return answers


def test_no_question_breaks_the_interface_or_its_description(document: Any) -> None:
    """No 5xx; only documented statuses, content types and shapes; what the document forbids is refused."""
    answers = [answer for found in document.get_all_operations() for answer in tried(found.ok())]
    assert len(answers) > 60
    full = {"200 application/json", "200 application/vnd.apache.parquet", "200 text/csv"}
    assert set(answers) >= full | {"400", "404"}
