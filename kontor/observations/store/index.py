"""The rebuildable index over all releases: per generation two files, whose list with their hashes makes it valid."""

from __future__ import annotations

import fcntl
import hashlib
import json
import secrets
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
from django.conf import settings

from . import layout
from .findings import fill_findings
from .releases import sha256_of, sync
from .verifying import verify_all

Published = Sequence[tuple[str, str]]

FORMAT = 3  # of the files: raised when their layout changes
COLUMNS, CELLS, LIST = ".duckdb", ".sqlite", ".json"
KEPT = 2  # earlier generations, for readers that are still at them
# Rows behind the sorted ones, as a share of these, up to which a new generation extends an earlier one.
UNSORTED = 0.1
ROW_GROUP = 122_880  # that many rows DuckDB reads in any case


@dataclass(frozen=True, slots=True)
class Contents:
    """What a generation holds: releases, figures, how many of them lie in order, and the hash of each file."""

    published: tuple[tuple[str, str], ...]
    rows: int
    ordered: int
    sha256: dict[str, str]


def generation_of(published: Published) -> str:
    """The name of the index over these (release, manifest hash) pairs."""
    return hashlib.sha256(json.dumps([FORMAT, *published]).encode()).hexdigest()[:20]


def index_path(published: Published) -> Path:
    """Where the DuckDB file of the index over exactly these releases lies, once it is built."""
    return _folder() / f"{generation_of(published)}{COLUMNS}"


def is_built(published: Published) -> bool:
    """Whether somebody finished this index; whether it still is what was built only `ensure_index` knows."""
    return index_path(published).with_suffix(LIST).exists()


def ensure_index(published: Published) -> Path:
    """The index over these releases, built where it is missing or damaged."""
    path = index_path(published)
    return path if _whole(path) else build(published)


def index_rows(published: Published) -> int | None:
    """How many figures the index over these releases holds; None where it is damaged."""
    path = index_path(published)
    contents = _whole(path)
    if contents is None:
        return None
    try:
        with duckdb.connect(str(path), read_only=True) as columns:
            first = columns.execute("SELECT count(*) FROM by_variable").fetchone()
        with closing(sqlite3.connect(path.with_suffix(CELLS))) as cells:
            second = cells.execute("SELECT count(*) FROM figure").fetchone()
    except (duckdb.Error, sqlite3.Error):
        return None
    return contents.rows if first == second == (contents.rows,) else None


def build(published: Published) -> Path:
    """Build the index beside the earlier ones; it is there once its list has its name. Altered releases are Refused."""
    folder, final = _folder(), index_path(published)
    folder.mkdir(parents=True, exist_ok=True)
    with _build_alone(folder):
        if _whole(final):  # another process was quicker
            return final
        verify_all(published)
        draft = folder / f".draft-{secrets.token_hex(4)}{COLUMNS}"
        try:
            try:
                _write(draft, published)
            except (
                duckdb.IOException
            ):  # an original was moved into an archive, or back, just then: its rows are elsewhere
                _clear(draft)
                _write(draft, published)
            _name(draft, final)
        finally:
            _clear(draft)
        _forget_old(folder, keep=final)
    return final


def _clear(draft: Path) -> None:
    for file in draft.parent.glob(f"{draft.stem}.*"):
        file.unlink(missing_ok=True)


@contextmanager
def _build_alone(folder: Path) -> Iterator[None]:
    """One process or thread builds at a time; the others wait."""
    with (folder / ".building.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write(draft: Path, published: Published) -> None:
    """The files of a generation under the name of a draft, on the disk."""
    rows = layout.count(published)
    ordered = _begin(draft, published, rows)
    if not ordered:
        layout.fill(draft, draft.with_suffix(CELLS), published)
    with duckdb.connect(str(draft)) as columns:
        fill_findings(columns, published)
    files = {suffix: draft.with_suffix(suffix) for suffix in (COLUMNS, CELLS)}
    for path in files.values():
        sync(path)
    contents = Contents(
        tuple(published), rows, ordered or rows, {suffix: sha256_of(path) for suffix, path in files.items()}
    )
    draft.with_suffix(LIST).write_text(json.dumps(asdict(contents)), encoding="ascii")
    sync(draft.with_suffix(LIST))


def _begin(draft: Path, published: Published, rows: int) -> int:
    """Extend the largest earlier generation; how many of its rows lie in order, 0 where sorting anew is better."""
    wanted = set(published)
    found = [
        (contents.rows, path, contents)
        for path in _folder().glob(f"[!.]*{LIST}")
        if (contents := _contents(path)) and wanted.issuperset(contents.published)
    ]
    for _, path, contents in sorted(found, key=lambda item: item[:2], reverse=True):
        if rows - contents.ordered > max(ROW_GROUP, UNSORTED * contents.ordered):
            return 0
        later = [pair for pair in published if pair not in contents.published]
        if _extend(draft, path, contents, later):
            return contents.ordered
    return 0


def _extend(draft: Path, base: Path, contents: Contents, later: Published) -> bool:
    """Copy an earlier generation and add what came since. False, and no draft, where it is not what was built."""
    for suffix in (COLUMNS, CELLS):
        with suppress(FileNotFoundError):
            shutil.copyfile(base.with_suffix(suffix), draft.with_suffix(suffix))
            if sha256_of(draft.with_suffix(suffix)) == contents.sha256[suffix]:
                continue
        for part in (COLUMNS, CELLS):
            draft.with_suffix(part).unlink(missing_ok=True)
        return False
    layout.fill(draft, draft.with_suffix(CELLS), later)
    return True


def _name(draft: Path, final: Path) -> None:
    """The list goes first and comes last: without it no reader and no builder takes the files for an index."""
    final.with_suffix(LIST).unlink(missing_ok=True)
    for suffix in (COLUMNS, CELLS, LIST):
        draft.with_suffix(suffix).replace(final.with_suffix(suffix))
    sync(final.parent)


def _contents(path: Path) -> Contents | None:
    """What the list of a generation says; None where there is none that can be read."""
    try:
        found = json.loads(path.with_suffix(LIST).read_bytes())
        return Contents(**{**found, "published": tuple((item[0], item[1]) for item in found["published"])})
    except (OSError, ValueError, TypeError, LookupError):
        return None


def _whole(path: Path) -> Contents | None:
    """The contents of an index that is, byte by byte, what was built: a power cut or a bad disk may leave half of it."""
    contents = _contents(path)
    try:
        same = contents and all(
            sha256_of(path.with_suffix(suffix)) == contents.sha256[suffix] for suffix in (COLUMNS, CELLS)
        )
    except (OSError, LookupError):
        return None
    return contents if same else None


def _folder() -> Path:
    return settings.DATA / "index"


def _forget_old(folder: Path, *, keep: Path) -> None:
    """Older generations go, those named by `KEPT` stay. Drafts are left alone."""
    others: list[tuple[float, Path]] = []
    for path in folder.glob(f"[!.]*{COLUMNS}"):
        with suppress(FileNotFoundError):
            if path != keep:
                others.append((path.stat().st_mtime, path))
    for _, path in sorted(others)[:-KEPT]:
        for file in folder.glob(f"{path.stem}.*"):
            file.unlink(missing_ok=True)
