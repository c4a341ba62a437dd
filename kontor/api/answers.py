"""What goes out: JSON, tables in three formats, files as published."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpResponse

from kontor.errors import Refused
from kontor.tables import canonical_json, csv_text, parquet

from . import limits

FORMATS = ("json", "csv", "parquet")
IMMUTABLE = "public, max-age=31536000, immutable"


def json(content: Any, *, licences: Iterable[str] = ()) -> HttpResponse:
    """A JSON answer whose ETag is the hash of its content."""
    return _bytes(canonical_json.write(content), canonical_json.MEDIA_TYPE, licences=licences)


def table(
    rows: list[dict[str, Any]],
    columns: Mapping[str, str],
    *,
    format: str,
    name: str,
    metadata: Mapping[str, str],
    licences: Iterable[str] = (),
) -> HttpResponse:
    """Rows as CSV or Parquet, to be saved under `name`."""
    if format == "csv":
        response = _bytes(csv_text.write(rows, list(columns)), csv_text.MEDIA_TYPE, licences=licences)
    else:
        response = _bytes(parquet.write(rows, columns, metadata), parquet.MEDIA_TYPE, licences=licences)
    response["Content-Disposition"] = f'attachment; filename="{name}.{format}"'
    return response


def file(path: Path, *, sha256: str, content_type: str, name: str) -> FileResponse:
    """A published file, which never changes; its ETag is its hash as published."""
    response = FileResponse(path.open("rb"), content_type=content_type, as_attachment=True, filename=name)
    response["ETag"] = f'"{sha256}"'
    response["Cache-Control"] = IMMUTABLE
    return response


def check_size(rows: int) -> None:
    """Refused("answer_too_large") beyond the limit that /config states."""
    if rows > limits.ROWS:
        raise Refused("answer_too_large", rows=rows, limit=limits.ROWS)


def _bytes(content: bytes, content_type: str, *, licences: Iterable[str]) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["ETag"] = f'"{hashlib.sha256(content).hexdigest()}"'
    response["Cache-Control"] = "no-cache"  # keep it, but ask whether it still holds
    links = licence_links(licences)
    if links:
        response["Link"] = links
    return response


def licence_links(licences: Iterable[str]) -> str:
    """The value of a Link header (RFC 8288); empty where there are none."""
    return ", ".join(f'<{address}>; rel="license"' for address in dict.fromkeys(licences) if address)
