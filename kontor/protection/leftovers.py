"""What earlier runs left beside a safe table: reports, proofs and folders of the office whose own table is gone."""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np

from .local import NAMES
from .proof import FORMAT
from .publishing import sha256_of

LARGEST = 50_000_000  # bytes of a file that may be a report
REPORTED = re.compile(r"<code>([0-9a-f]{64})</code>")
WITNESSES = NAMES[-1]


def leftovers(safe: Path, written: Collection[Path]) -> list[str]:
    """Names beside `safe`, in their order, that speak of a table which no longer lies there. written: by this run."""
    written = {path.resolve() for path in written}
    claims = [(path, sha256) for path, sha256 in _claims(safe.parent) if path.resolve() not in written]
    if not claims:
        return []
    readable = (path for path in safe.parent.glob("*.csv") if path.is_file() and os.access(path, os.R_OK))
    tables = set(map(sha256_of, readable))
    gone = (path for path, sha256 in claims if sha256 not in tables)
    return sorted(path.parent.name if path.name == WITNESSES else path.name for path in gone)


def _claims(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file that says of which table it is, with the table's hash."""
    for pattern, read in (("*.json", _of_proof), ("*.html", _of_report), (f"*/{WITNESSES}", _of_witnesses)):
        for path in folder.glob(pattern):
            try:
                sha256 = read(path) if path.stat().st_size < LARGEST else ""
            except (OSError, ValueError, KeyError, zipfile.BadZipFile):
                continue  # something else of this name
            if sha256:
                yield path, sha256


def _of_proof(path: Path) -> str:
    content = json.loads(path.read_text(encoding="utf-8"))
    ours = isinstance(content, dict) and content.get("format") == FORMAT
    return str(content["safe_sha256"]) if ours else ""


def _of_report(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    found = REPORTED.search(text) if 'class="brand"' in text else None
    return found[1] if found else ""


def _of_witnesses(path: Path) -> str:
    with np.load(path, allow_pickle=False) as content:
        return str(content["safe_sha256"]) if "safe_sha256" in content.files else ""
