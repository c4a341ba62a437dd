"""What earlier runs left beside a safe table: reports, proofs, linked tables and folders of the office whose own table is
gone."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path

from .local import NAMES
from .proof import FORMAT
from .publishing import sha256_of
from .safe_file import CONFIDENTIALITY, VALUE

LARGEST = 50_000_000  # bytes of a file that may be a report
BEGINNING = 4096  # bytes in which a proof says of which table it is
HASH = "[0-9a-f]{64}"
PROVEN = re.compile(rf'\{{\s*"format": "{FORMAT}",\s*"safe_sha256": "({HASH})"')
REPORTED = re.compile(f"<code>({HASH})</code>")
WITNESSES = NAMES[-1]
WITNESSED = 4 * 64  # bytes of a hash in an array of texts


def leftovers(safe: Path, written: Collection[Path], read: Collection[Path] = ()) -> list[str]:
    """Names beside `safe`, in their order, that speak of a table which no longer lies there.

    written: by this run. read: tables that its recipe names; they are no leftovers of it. Whatever else lies there, it
    raises nothing: the table is published already.
    """
    written, read = {path.resolve() for path in written}, {path.resolve() for path in read}
    claims = [(path, named) for path, named in _claims(safe.parent) if path.resolve() not in written]
    linked = [path for path in _tables_linked_to(safe) if path.resolve() not in written | read]
    if not claims and not linked:
        return []
    tables = set(filter(None, map(_hash, _files(safe.parent, "*.csv"))))
    current = {sha256 for _, named in _claims(safe.parent) if named[0] in tables for sha256 in named}
    gone = [path for path, named in claims if named[0] not in tables]
    gone += [path for path in linked if _hash(path) not in current]
    return sorted(path.parent.name if path.name == WITNESSES else path.name for path in gone)


def _files(folder: Path, pattern: str) -> list[Path]:
    """Regular files only: whoever opens a pipe waits."""
    return [path for path in folder.glob(pattern) if path.is_file()]


def _claims(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Every file that says of which tables it is, with their hashes; that of the main table comes first."""
    for pattern, hashes in (("*.json", _of_proof), ("*.html", _of_report), (f"*/{WITNESSES}", _of_witnesses)):
        for path in _files(folder, pattern):
            try:
                named = hashes(path) if path.stat().st_size < LARGEST else []
            except Exception:  # noqa: S112 - a file of somebody else, whatever it holds
                continue
            if named:
                yield path, named


def _of_proof(path: Path) -> list[str]:
    with path.open("rb") as file:
        beginning = file.read(BEGINNING).decode("utf-8", errors="replace")
    return PROVEN.findall(beginning)[:1]


def _of_report(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return REPORTED.findall(text) if 'class="brand"' in text else []


def _of_witnesses(path: Path) -> list[str]:
    """The end of one array; nothing is unpacked that could be longer."""
    with zipfile.ZipFile(path) as arrays, arrays.open("safe_sha256.npy") as array:
        sha256 = array.read(BEGINNING)[-WITNESSED:].decode("utf-32-le")
    return [sha256] if re.fullmatch(HASH, sha256) else []


def _tables_linked_to(safe: Path) -> list[Path]:
    """Tables named like those that are linked to this one: SAFE.<recipe>.csv."""
    ending = f",{VALUE},{CONFIDENTIALITY}".encode()
    return [
        path
        for path in _files(safe.parent, "*.csv")
        if path.name.startswith(f"{safe.stem}.") and path.name != safe.name and _header(path).endswith(ending)
    ]


def _header(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.readline(BEGINNING).strip()
    except OSError:
        return b""


def _hash(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError:
        return ""
