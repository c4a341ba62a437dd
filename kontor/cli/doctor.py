"""`kontor doctor`: is everything in order? One finding per line, exit 1 where something is wrong."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from kontor.errors import Refused

from . import terminal
from .terminal import AsJson

GIGABYTE = 1e9
YOUNG = 600  # seconds: what was written to since may belong to work that is under way


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `code` and `facts` make its sentence."""

    check: str
    ok: bool
    code: str
    facts: dict[str, Any] = field(default_factory=dict)


def doctor(
    clean: Annotated[bool, typer.Option("--clean", help="Remove leftovers of interrupted work.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check database, record, releases, index, definitions, translations, accounts, settings, disk."""
    terminal.open_league()
    from .first_start import check_no_unfinished_restore

    check_no_unfinished_restore()
    found = [_try(name, check) for name, check in _checks(clean)]
    healthy = all(finding.ok for finding in found)
    if as_json:
        checks = [
            {"check": one.check, "ok": one.ok, "code": one.code, "message": _words(one), "facts": one.facts}
            for one in found
        ]
        terminal.print_json({"healthy": healthy, "checks": checks})
    else:
        for one in found:
            typer.echo(f"{'ok ' if one.ok else 'NOT'}  {_words(one)}")
    if not healthy:
        raise typer.Exit(terminal.REFUSED)


def _words(finding: Finding) -> str:
    return terminal.words(finding.code, **finding.facts)


def _checks(clean: bool) -> Iterator[tuple[str, Callable[[], Finding]]]:
    yield "database", _database
    yield "events", _events
    yield "releases", _releases
    yield "compactions", _compactions
    yield "index", _index
    yield "leftovers", lambda: _leftovers(clean=clean)
    yield "definitions", _definitions
    yield "translations", _translations
    yield "accounts", _accounts
    yield "settings", _settings
    yield "disk", _disk


def _try(name: str, check: Callable[[], Finding]) -> Finding:
    """A check that is refused is a finding like any other, and the next one still runs."""
    try:
        return check()
    except Refused as refusal:
        return Finding(name, False, refusal.code, refusal.facts)


def _database() -> Finding:
    from django.db import connection

    behind = terminal.migrations_missing()
    if behind:
        raise Refused("database_not_migrated", count=behind)
    return Finding("database", True, "doctor_database", {"vendor": connection.vendor})


def _events() -> Finding:
    from kontor.events import queries as events

    found = events.verify()
    if found.broken_at is not None:
        raise Refused("events_altered", position=found.broken_at)
    return Finding("events", True, "doctor_events", {"count": found.events})


def _releases() -> Finding:
    from kontor.observations.queries import releases

    from .first_start import verify_releases

    verify_releases()
    return Finding("releases", True, "doctor_releases", {"count": len(releases.releases())})


def _compactions() -> Finding:
    from kontor.observations.queries import retention

    return Finding("compactions", True, "doctor_compactions", {"count": len(retention.verify_compactions())})


def _index() -> Finding:
    from kontor.observations import store
    from kontor.observations.queries import releases

    published = releases.pairs()
    if not store.index_path(published).exists():
        return Finding("index", False, "doctor_index_missing")
    whole = store.index_rows(published) == sum(record.rows for record in releases.releases())
    return Finding("index", whole, "doctor_index" if whole else "doctor_index_damaged")


def _leftovers(*, clean: bool) -> Finding:
    found = leftovers()
    names = {"names": ", ".join(path.name for path in found)}
    if not found:
        return Finding("leftovers", True, "doctor_leftovers")
    if not clean:
        return Finding("leftovers", False, "doctor_leftovers_found", names)
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return Finding("leftovers", True, "doctor_leftovers_removed", names)


def leftovers() -> list[Path]:
    """Drafts of releases, submissions and indexes, and folders of releases or compactions that the database does not
    know.

    Only what nobody has written to for ten minutes: younger ones may be under way.
    """
    from django.conf import settings

    from kontor.observations import store
    from kontor.observations.queries import releases, retention

    data: Path = settings.DATA
    known = {record.id for record in releases.releases()}
    found = [
        *store.drafts(),
        *data.glob("index/.draft-*"),
        *data.glob("submissions/*.draft-*"),
        *data.glob("compact/.draft-*"),
        *data.glob(".restoring-*"),
    ]
    found += [path for path in data.glob("compact/[!.]*") if path.name not in retention.names()]
    found += [
        path for path in data.glob("releases/*") if path.name not in known and not path.name.startswith(".")
    ]
    return [path for path in sorted(found) if time.time() - path.stat().st_mtime > YOUNG]


def _definitions() -> Finding:
    from django.conf import settings

    from kontor.indicators import queries as indicators
    from kontor.indicators import rules

    loaded = dict(indicators.fingerprint())
    on_disk = {}
    for path in sorted((settings.DEFINITIONS / "indicators").glob("*/v*.toml")):
        on_disk[f"{path.parent.name}/{path.stem}"] = _digest(path, rules.digest)
    changed = [key for key, digest in on_disk.items() if key in loaded and loaded[key] != digest]
    new = [key for key in on_disk if key not in loaded]
    if changed or new:
        code = "doctor_definitions_changed" if changed else "doctor_definitions_new"
        return Finding("definitions", False, code, {"names": ", ".join(changed or new)})
    return Finding("definitions", True, "doctor_definitions", {"count": len(loaded)})


def _digest(path: Path, digest: Callable[[dict[str, Any]], str]) -> str:
    import tomllib

    try:
        return digest(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return "unreadable"


def _translations() -> Finding:
    from .translations import stale

    count = len(stale())
    code = "doctor_translations_stale" if count else "doctor_translations"
    return Finding("translations", not count, code, {"count": count})


def _accounts() -> Finding:
    from django.conf import settings

    from kontor.league import queries as league

    count = league.demonstration_accounts_that_can_sign_in()
    if count and not settings.DEBUG:
        raise Refused("demonstration_accounts_open", count=count)
    return Finding(
        "accounts", True, "doctor_accounts_trial" if count else "doctor_accounts", {"count": count}
    )


def _settings() -> Finding:
    from django.conf import settings
    from django.core import checks

    if settings.DEBUG:
        return Finding("settings", True, "doctor_deploy_trial")
    if settings.SECRET_KEY_IS_GENERATED:
        raise Refused("secret_key_generated")
    found = checks.run_checks(include_deployment_checks=True)
    messages = [
        f"{one.id}: {one.msg}" for one in found if one.level >= checks.WARNING and not one.is_silenced()
    ]
    if messages:
        return Finding("settings", False, "doctor_deploy_findings", {"findings": "; ".join(messages)})
    return Finding("settings", True, "doctor_deploy")


def _disk() -> Finding:
    from django.conf import settings

    free = shutil.disk_usage(settings.DATA).free
    facts = {"free": f"{free / GIGABYTE:.1f}"}
    low = free < GIGABYTE
    return Finding("disk", not low, "doctor_disk_low" if low else "doctor_disk", facts)
