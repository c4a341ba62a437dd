"""Bad questions get a problem (RFC 9457) with a stable code and a sentence in the reader's language."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from kontor.api.problems import FOR_READERS
from kontor.sentences.status import STATUS

KONTOR = Path(__file__).resolve().parents[2] / "kontor"
ABOVE = {"web", "cli", "demo", "config"}  # parts that the interface never calls

CASES = [
    ("nowhere", 404, "address_unknown"),
    ("/api/nowhere", 404, "address_unknown"),
    ("cities/XX999C", 404, "city_unknown"),
    ("data/nothing", 404, "indicator_unknown"),
    ("data/road_death_rate?area=DE001C,XX999C", 404, "city_unknown"),
    ("data/road_death_rate?period=1871", 404, "period_unknown"),
    ("data/road_death_rate?as_of=r99", 404, "release_unknown"),
    ("data/road_death_rate?as_of=yesterday", 404, "release_unknown"),
    ("data/road_death_rate?format=xlsx", 400, "format_unknown"),
    ("data/road_death_rate?language=tlh", 400, "language_unknown"),
    ("data/road_death_rate?perod=2019", 400, "parameter_unknown"),
    ("data/road_death_rate?area=%00", 404, "city_unknown"),
    ("cities/%00", 404, "address_unknown"),
    ("cities?status=honorary", 400, "invalid"),
    ("cities?demonstration=maybe", 400, "invalid"),
    ("indicators/road_death_rate/v/99", 404, "definition_version_unknown"),
    ("indicators/road_death_rate/v/0", 400, "invalid"),
    ("indicators/road_death_rate/v/one", 404, "address_unknown"),
    ("compare/nothing", 404, "indicator_unknown"),
    ("compare/road_death_rate?city=XX999C", 404, "city_unknown"),
    ("compare/road_death_rate?period=1871", 404, "period_unknown"),
    ("releases/r99", 404, "release_unknown"),
    ("releases/r99/manifest.json", 404, "release_unknown"),
    ("releases/r1/diff?kind=invented", 400, "invalid"),
    ("series/starter:nothing?area=DE001C", 404, "variable_unknown"),
    ("series/starter:road_deaths", 400, "invalid"),
    ("series/starter:road_deaths?area=DE001C&period=1871", 404, "period_unknown"),
    ("series/starter:road_deaths?area=DE001C&period=%00", 404, "period_unknown"),
    ("cities?country=%00&demonstration=%00", 400, "invalid"),
    ("events?after=-1", 400, "invalid"),
    ("events?limit=many", 400, "invalid"),
    ("resolutions/none", 404, "resolution_unknown"),
]


@pytest.mark.parametrize(("address", "status", "code"), CASES)
def test_a_problem_says_what_and_where(api: Any, address: str, status: int, code: str) -> None:
    response = api(address)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response["Access-Control-Allow-Origin"] == "*"
    problem = response.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"http://testserver/api/v1/docs#{code}"
    assert problem["instance"] == (address if address.startswith("/") else f"/api/v1/{address}")
    assert problem["title"] and problem["detail"]
    assert ("rows" in problem) == (code == "invalid")


@pytest.mark.parametrize(
    "climb",
    ["releases/..%2Fsecret-key/manifest.json", "releases/../../secret-key", "releases/../manifest.json"],
)
def test_no_address_climbs_out_of_the_releases(api: Any, climb: str) -> None:
    assert api(climb).status_code == 404


def test_the_sentence_follows_the_reader(api: Any) -> None:
    said = {}
    for language in ("en", "de", "zh-hans"):
        response = api("cities/XX999C", accept_language=language)
        assert response["Content-Language"] == language
        said[language] = (response.json()["title"], response.json()["detail"])
        assert "XX999C" in said[language][1]
    assert len(set(said.values())) == 3
    assert api("cities/XX999C", accept_language="zh-CN,de;q=0.5").json()["title"] == said["zh-hans"][0]


def test_bad_parameters_are_named_each(api: Any) -> None:
    rows = api("events?after=-1&limit=many").json()["rows"]
    assert {row["column"] for row in rows} == {"after", "limit"}
    assert {row["code"] for row in rows} == {"parameter_malformed"}


def test_the_nearest_parameter_comes_first(api: Any) -> None:
    assert api("data/road_death_rate?perod=2019").json()["detail"].find("period") < api(
        "data/road_death_rate?perod=2019"
    ).json()["detail"].find("area")


def test_a_fault_of_ours_is_a_problem_too_and_tells_nothing(
    api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kontor.league import queries

    def broken() -> None:
        raise RuntimeError("a secret path")

    monkeypatch.setattr(queries, "cities", broken)
    response = api("cities")
    assert (response.status_code, response.json()["code"]) == (500, "server_fault")
    assert b"secret" not in response.content


def refused_codes() -> set[str]:
    """Every literal code of Refused below the interface."""
    paths = [path for path in KONTOR.rglob("*.py") if path.relative_to(KONTOR).parts[0] not in ABOVE]
    nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    calls = [
        node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused"
    ]
    return {str(call.args[0].value) for call in calls if call.args and isinstance(call.args[0], ast.Constant)}


def test_every_refusal_has_a_status() -> None:
    codes = refused_codes()
    assert "city_unknown" in codes and codes - set(STATUS) == set()


def test_codes_for_readers_have_a_status() -> None:
    assert set(FOR_READERS) <= set(STATUS)


def test_more_parameters_than_are_read(client: Any, db: None) -> None:
    response = client.get("/api/v1/cities?" + "&".join(f"a{number}=1" for number in range(1001)))
    assert (response.status_code, response.json()["code"]) == (400, "request_malformed")
