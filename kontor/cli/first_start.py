"""From an empty data directory to a league that can be served, in steps that are each done wholly or not at all.

Every step looks at what is there: a start that was killed anywhere is continued by the next one.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, transaction

from kontor.errors import Refused
from kontor.indicators import operations as indicators
from kontor.league import operations as league_operations
from kontor.league import queries as league
from kontor.league.rules import LANGUAGES, OPERATOR
from kontor.observations import store
from kontor.observations.queries import releases

from . import databases, starter, translations
from .locks import alone

if TYPE_CHECKING:
    from kontor.demo.story import Account

NAMES = {"en": "League of Cities", "de": "Städtebund", "zh-hans": "城市联盟"}
ZONE = "Europe/Berlin"
RESTORING = ".restoring"  # stands in the data directory while a backup is being put back

Say = Callable[[str], None]


def prepare(*, at: datetime, demonstration: bool, public: bool, say: Say) -> None:
    """Bring the data directory to where it can be served; a second process waits until the first is done.

    Refused: demonstration_already_decided, demonstration_not_public, release_altered, definition_changed,
    restore_unfinished.
    """
    with alone(settings.DATA / "setup.lock"):
        check_no_unfinished_restore()
        migrate()
        translations.compile_stale()
        _decide(at=at, demonstration=demonstration, public=public, say=say)
        indicators.load_definitions(folder=settings.DEFINITIONS / "indicators", by=OPERATOR, at=at)
        verify_releases()
        if starter.figures_missing():
            say("Publishing the starter figures …")
            starter.publish_figures(at=at)
        if _story_untold():
            say("Telling the demonstration league's story …")
            tell_story(at=at)
        store.ensure_index(releases.pairs())


def migrate() -> None:
    """Bring the tables up to date. Refused("database_unreachable") where the database does not answer."""
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        raise Refused("database_unreachable", reason=str(error).strip().splitlines()[0]) from None


def unfinished_restore() -> bool:
    """Whether a `kontor restore` was killed here. With SQLite it is done as soon as the database has its name."""
    marker = settings.DATA / RESTORING
    if marker.exists() and databases.vendor() == "sqlite" and not databases.sqlite_is_empty():
        marker.unlink()
    return marker.exists()


def check_no_unfinished_restore() -> None:
    """What a killed `kontor restore` left behind is not served."""
    if unfinished_restore():
        raise Refused("restore_unfinished", folder=settings.DATA.name)


def _decide(*, at: datetime, demonstration: bool, public: bool, say: Say) -> None:
    """Found the trial league where there is none; that decides about the demonstration for ever."""
    standing = league.league()
    if standing is None:
        if demonstration and public:
            raise Refused("demonstration_not_public")
        say("First start: founding the league …")
        found_trial_league(at=at, demonstration=demonstration)
    elif standing.demonstration and not demonstration:
        raise Refused("demonstration_already_decided", folder=settings.DATA.name)


def found_trial_league(*, at: datetime, demonstration: bool) -> None:
    """The league and its observed cities, both or neither."""
    with transaction.atomic():
        league_operations.found_league(
            names=NAMES,
            languages=LANGUAGES,
            time_zone=ZONE,
            contact="",
            demonstration=demonstration,
            by=OPERATOR,
            at=at,
        )
        league_operations.admit_cities(cities=starter.new_cities(), by=OPERATOR, at=at)


def verify_releases() -> None:
    """Recompute the hashes of every release. Refused("release_altered") names the first that differs."""
    releases.verify_all()


def _story_untold() -> bool:
    standing = league.league()
    return (
        standing is not None
        and standing.demonstration
        and not any(city.demonstration for city in league.cities())
    )


def accounts_file() -> Path:
    return settings.DATA / "demo-accounts.txt"


def tell_story(*, at: datetime) -> None:
    """The whole demonstration in one transaction, which ends only when the passwords are on the disk.

    Killed before the end, nothing of it is there and the next start tells it anew.
    """
    from kontor.demo.story import tell

    with transaction.atomic():
        write_accounts(tell(at=at))


def write_accounts(accounts: Iterable[Account]) -> None:
    """The demonstration's accounts in a file that its owner alone can read."""
    path = accounts_file()
    rows = [(account.email, account.password, account.name, account.role) for account in accounts]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(2)]
    lines = [f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}, {row[3]}" for row in rows]
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
