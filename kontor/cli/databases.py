"""Saving and putting back the database itself: SQLite by its online backup, PostgreSQL by its own pg_dump and pg_restore."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from kontor.errors import Refused

NAMED = {
    "releases": "SELECT slug, manifest_sha256 FROM observations_release ORDER BY id",
    "compactions": "SELECT slug, manifest_sha256 FROM observations_compaction ORDER BY id",
    "submissions": "SELECT DISTINCT sha256 FROM observations_submission ORDER BY 1",
    "head": "SELECT position, hash FROM events_event ORDER BY position DESC LIMIT 1",
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The database as of one moment, and what it names: releases and compactions (id -> hash of the manifest),
    submissions (hashes)."""

    path: Path
    releases: dict[str, str]
    compactions: dict[str, str]
    submissions: list[str]
    events: int
    event_head: str


def vendor() -> str:
    return str(connection.vendor)


def member_name() -> str:
    """What the database is called inside a backup."""
    return "kontor.sqlite3" if vendor() == "sqlite" else "kontor.pgdump"


def dump(path: Path) -> Snapshot:
    """Save the database to `path`. Refused: program_missing, program_failed."""
    return _dump_sqlite(path) if vendor() == "sqlite" else _dump_postgresql(path)


def _snapshot(path: Path, ask: Any) -> Snapshot:
    head = ask(NAMED["head"])
    return Snapshot(
        path=path,
        releases=dict(ask(NAMED["releases"])),
        compactions=dict(ask(NAMED["compactions"])),
        submissions=[row[0] for row in ask(NAMED["submissions"])],
        events=head[0][0] if head else 0,
        event_head=head[0][1] if head else "",
    )


# ---- SQLite


def sqlite_file() -> Path:
    return Path(settings.DATABASES["default"]["NAME"])


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def _dump_sqlite(path: Path) -> Snapshot:
    path.touch(mode=0o600)
    with closing(_reading(sqlite_file())) as source, closing(sqlite3.connect(path)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        return _snapshot(path, lambda sql: copy.execute(sql).fetchall())


def sqlite_is_empty() -> bool:
    """Whether there is no database yet, or one without any table."""
    path = sqlite_file()
    if not path.exists() or path.stat().st_size == 0:
        return True
    with closing(_reading(path)) as database:
        return not database.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()


@contextmanager
def pointed_at(path: Path, data: Path) -> Iterator[None]:
    """Work on the SQLite database at `path` (any other stays the one it is) and on the data directory `data`."""
    here, there = settings.DATA, connection.settings_dict["NAME"]
    connection.close()
    settings.DATA = data
    if vendor() == "sqlite":
        connection.settings_dict["NAME"] = str(path)
    try:
        yield
    finally:
        connection.close()
        settings.DATA, connection.settings_dict["NAME"] = here, there


# ---- PostgreSQL


def _dump_postgresql(path: Path) -> Snapshot:
    program = _program("pg_dump")
    with transaction.atomic(), connection.cursor() as cursor:
        # pg_dump and our own questions see the same moment.
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        moment = cursor.fetchone()[0]
        options = [
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={moment}",
            f"--file={path}",
        ]
        _run([program, *options])

        def ask(sql: str) -> list[Any]:
            cursor.execute(sql)
            return list(cursor.fetchall())

        return _snapshot(path, ask)


def postgresql_is_empty() -> bool:
    return not connection.introspection.table_names()


def restore_postgresql(path: Path) -> None:
    """Put the dump into the empty database, whole or not at all. Refused: program_missing, program_failed."""
    name = str(connection.settings_dict["NAME"])
    connection.close()
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", f"--dbname={name}"]
    _run([_program("pg_restore"), *options, str(path)])


def empty_postgresql() -> None:
    """Take back what `restore_postgresql` put into a database that was empty before."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")


def _program(name: str) -> str:
    """The newest installed one: Debian keeps a version for each server."""
    candidates = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3])
    )
    found = str(candidates[-1]) if candidates else shutil.which(name)
    if not found:
        raise Refused("program_missing", program=name)
    return found


def _run(command: list[str]) -> None:
    given = connection.settings_dict
    environment = dict(os.environ)
    for name, key in (
        ("PGHOST", "HOST"),
        ("PGPORT", "PORT"),
        ("PGUSER", "USER"),
        ("PGPASSWORD", "PASSWORD"),
        ("PGDATABASE", "NAME"),
    ):
        if given.get(key):
            environment[name] = str(given[key])
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip().splitlines()
        raise Refused("program_failed", program=Path(command[0]).name, reason=reason[0] if reason else "")
