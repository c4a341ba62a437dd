"""The OpenAPI document, completed with words, problems and formats, and its page for people."""

from __future__ import annotations

from typing import Any

from ninja.openapi.schema import OpenAPISchema

from kontor.sentences.status import STATUS
from kontor.tables import csv_text, parquet

from . import problems, schemas, wording

NOT_MODIFIED = {"description": "Not modified: the client already has this answer."}
REDIRECT = {
    "description": "Redirect from `latest` to the newest release.",
    "headers": {"Location": {"schema": {"type": "string"}}},
}
FINDS = {"area", "city", "period", "as_of"}  # query parameters that may name what does not exist


def complete(schema: OpenAPISchema) -> None:
    """Words for every operation, and every answer that the door and the problems can give."""
    for place, methods in schema["paths"].items():
        for operation in methods.values():
            _complete(operation, place)
    schema["components"]["schemas"]["Problem"] = schemas.Problem.model_json_schema()
    schema["components"]["responses"] = {
        "Problem": {
            "description": "Problem details (RFC 9457)",
            "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    }


def _complete(operation: dict[str, Any], place: str) -> None:
    name = operation["operationId"]
    operation["summary"] = wording.operation(name, "title")
    operation["description"] = wording.operation(name, "text")
    responses = {str(status): response for status, response in operation["responses"].items()}
    operation["responses"] = responses
    responses["200"]["headers"] = {
        "ETag": {"description": "Hash of the content", "schema": {"type": "string"}}
    }
    _formats(operation, place)
    responses["304"] = NOT_MODIFIED
    if "/releases/{id}" in place:
        responses["307"] = REDIRECT
    for parameter in operation["parameters"]:
        _plain(parameter)
    names = {parameter["name"] for parameter in operation["parameters"]}
    missing = ["404"] if "{" in place or names & FINDS else []
    missing += ["410"] if "{period}" in place or place.endswith(".parquet") else []
    for status in ("400", *missing, "429"):
        responses[status] = {"$ref": "#/components/responses/Problem"}


def _plain(parameter: dict[str, Any]) -> None:
    """The description once, no made-up title, and no default where nothing is asked by default."""
    schema = parameter["schema"]
    for name in ("title", "description"):
        schema.pop(name, None)
    if schema.get("default") == "":
        del schema["default"]


def _formats(operation: dict[str, Any], place: str) -> None:
    """Besides JSON: tables where there is a format parameter, and the files of a release."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    answer = operation["responses"]["200"]
    if any(parameter["name"] == "format" for parameter in operation["parameters"]):
        answer["content"][csv_text.MEDIA_TYPE.split(";")[0]] = {"schema": {"type": "string"}}
        answer["content"][parquet.MEDIA_TYPE] = binary
    elif place.endswith(".parquet"):
        answer["content"] = {parquet.MEDIA_TYPE: binary}
    elif place.endswith(".json"):
        answer["content"] = {"application/json": {"schema": {"type": "object"}}}


EXAMPLES = {
    "city_code": "DE001C",
    "code": "road_death_rate",
    "indicator": "road_death_rate",
    "version": "1",
    "id": "latest",
    "variable": "starter:road_deaths",
    "slug": "founding",
    "area": "DE001C",
    "period": "2019",
}


def operations(schema: dict[str, Any], language: str) -> list[dict[str, Any]]:
    """The operations of the document as a page lists them, in a language."""
    listed = []
    for place, methods in schema["paths"].items():
        operation = methods["get"]
        name = operation["operationId"]
        listed.append(
            {
                "id": name,
                "place": place,
                "title": wording.operation(name, "title", language),
                "text": wording.operation(name, "text", language),
                "parameters": [_parameter(item, name, language) for item in operation["parameters"]],
                "formats": sorted(operation["responses"]["200"].get("content", {"application/json": {}})),
                "example": _example(place, name, operation["parameters"]),
            }
        )
    return listed


def _parameter(item: dict[str, Any], operation: str, language: str) -> dict[str, Any]:
    titles, schema = wording.words()["titles"], item["schema"]
    values = ", ".join(map(str, filter(None, schema.get("enum", ()))))
    kind = {"integer": "number"}.get(schema.get("type", ""), "text")
    return {
        "name": item["name"],
        "place": titles[item["in"]][language],
        "required": item["required"],
        "values": values or titles[kind][language],
        "text": _in_language(item.get("description", ""), language),
    }


def _in_language(english: str, language: str) -> str:
    """The document carries the English sentence; the page looks up the same one in its language."""
    for texts in wording.words()["parameters"].values():
        if texts["en"] == english:
            return str(texts[language])
    return english


def _example(place: str, operation: str, listed: list[dict[str, Any]]) -> str:
    if operation == "city":
        return place.replace("{code}", EXAMPLES["city_code"])
    if operation == "resolution":
        return ""
    for item in listed:
        place = place.replace(f"{{{item['name']}}}", EXAMPLES.get(item["name"], ""))
    if operation in ("data", "series"):
        place += f"?area={EXAMPLES['area']}"
    return place


def problem_codes() -> list[dict[str, Any]]:
    """Codes that a reader can meet, with their status."""
    return [{"code": code, "status": STATUS[code]} for code in sorted(problems.FOR_READERS)]
