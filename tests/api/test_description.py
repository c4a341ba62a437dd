"""The OpenAPI document and its page: complete, in three languages, without scripts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kontor.api import problems, wording
from kontor.league.rules import LANGUAGES
from kontor.sentences.status import STATUS


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["operationId"]: item for methods in document["paths"].values() for item in methods.values()}


def test_the_document_describes_every_address(api: Any) -> None:
    document = api("openapi.json").json()
    assert document["openapi"].startswith("3.1")
    found = operations(document)
    assert set(found) == set(wording.words()["operations"])
    for item in found.values():
        assert item["summary"] and item["description"]
        assert {"200", "304", "400", "429"} <= set(item["responses"])
        for parameter in item["parameters"]:
            assert parameter["description"]
    assert set(found["data"]["responses"]["200"]["content"]) == {
        "application/json",
        "text/csv",
        "application/vnd.apache.parquet",
    }


def test_every_reference_leads_somewhere(api: Any) -> None:
    document = api("openapi.json").json()
    for reference in set(re.findall(r'"\$ref":\s*"#/([^"]+)"', api("openapi.json").content.decode())):
        place: Any = document
        for step in reference.split("/"):
            place = place[step]


def texts(content: Any) -> list[dict[str, str]]:
    if isinstance(content, dict) and "en" in content:
        return [content]
    parts = content.values() if isinstance(content, dict) else content
    return [text for part in parts for text in texts(part)]


def test_every_word_is_in_three_languages() -> None:
    found = texts(wording.words())
    assert len(found) > 80
    for text in found:
        assert set(text) == set(LANGUAGES) and all(text.values())
        assert re.search(r"[\u4e00-\u9fff]", text["zh-hans"]) or text["zh-hans"].isascii()


def test_every_status_has_words() -> None:
    assert {str(status) for status in STATUS.values()} <= set(wording.words()["statuses"])


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Open data"), ("de", "Datenschnittstelle"), ("zh-hans", "开放数据接口")]
)
def test_the_page_speaks_the_readers_language(api: Any, language: str, title: str) -> None:
    for response in (
        api("docs", accept_language=language),
        api(f"docs?language={language}", accept_language="fr"),
    ):
        page = response.content.decode()
        assert response.status_code == 200 and title in page
        assert re.search(r'<html lang="([^"]+)"', page)[1].lower() == language  # type: ignore[index]
        for name in wording.words()["operations"]:
            assert f'id="{name}"' in page and wording.operation(name, "text", language) in page
        for code in problems.FOR_READERS:
            assert f'id="{code}"' in page


def test_the_page_runs_and_loads_nothing_from_elsewhere(api: Any) -> None:
    response = api("docs")
    page = response.content.decode()
    assert "<script" not in page and "style=" not in page and "<style" not in page
    assert not re.findall(r'(?:src|href)="https?://(?!testserver)[^"]*\.(?:js|css|woff2?)', page)
    assert "'unsafe-inline'" not in response["Content-Security-Policy"]


def test_the_examples_on_the_page_work(api: Any) -> None:
    addresses = set(re.findall(r'href="(/api/v1/[^"#]+)"><code>', api("docs").content.decode()))
    assert len(addresses) > 15
    for address in sorted(addresses):
        assert api(address.replace("&amp;", "&")).status_code in (200, 307), address


def test_the_front_leads_to_the_page(api: Any) -> None:
    for address in ("/api/", "/api/v1/"):
        response = api(address)
        assert (response.status_code, response["Location"]) == (302, "/api/v1/docs")
