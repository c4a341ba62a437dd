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

EXAMPLES = 10  # questions per address

EXISTING = {
    "code": "road_death_rate",
    "id": "r1",
    "indicator": "road_death_rate",
    "slug": "none",
    "variable": "starter:road_deaths",
    "version": 1,
}

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


def test_no_question_breaks_the_interface_or_its_description(document: Any) -> None:
    """No 5xx; only documented statuses, content types and shapes; what the document forbids is refused."""
    tried, answered = 0, set()
    for listed in document.get_all_operations():
        operation = listed.ok()
        existing = EXISTING | ({"code": "DE001C"} if "/cities/" in operation.path else {})

        @QUIETLY
        @given(case=operation.as_strategy(), found=st.booleans())
        def ask(case: Any, found: bool) -> None:
            nonlocal tried
            tried += 1
            if found:
                case.path_parameters = {name: existing[name] for name in case.path_parameters or {}}
            response = case.call_and_validate(headers={"Accept-Encoding": "identity"})
            if response.status_code == 200:
                answered.add(response.headers["content-type"][0].split(";")[0])

        ask()
    assert tried > 60 and answered == {"application/json", "application/vnd.apache.parquet", "text/csv"}
