"""The environment of the whole suite: a data directory that is thrown away, one loaded league, databases to break.

The league with its demonstration is loaded once, and every test that asks for `db` works on it in a transaction that
is rolled back. Whoever publishes releases asks for `own_data` too; whoever commits asks for `empty_database`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cluster import Cluster

DATA = Path(tempfile.mkdtemp(prefix="kontor-tests-"))

# Before Django reads its settings. The settings' module is named here and not in pyproject.toml, because
# pytest-django would load it before this file could say where the data lie.
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "kontor.config.settings",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
    "KONTOR_DATA": str(DATA / "session"),
    "DEBUG": "0",
    "SECRET_KEY": "only-for-tests-0123456789-0123456789-0123456789-0123456789",
    "SSL_REDIRECT": "0",
    "HSTS_SECONDS": "0",
    "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
}
for name in ("DATABASE_URL", "KONTOR_DEFINITIONS", "BEHIND_PROXY", "CSRF_TRUSTED_ORIGINS"):
    os.environ.pop(name, None)

AT = datetime.now(UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="the database under test; for PostgreSQL a cluster is started and thrown away",
    )


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Names for cases of bytes that are the same in every process: packed bytes hold the time at which it was done."""
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    manages = bool(config.getoption("numprocesses", None))
    wanted = config.getoption("--database") == "postgresql" and not manages
    config.stash[CLUSTER] = cluster = _cluster() if wanted else None
    if cluster:
        os.environ["DATABASE_URL"] = cluster.create("kontor")
    from django.conf import settings

    if Path(settings.DATA) != DATA / "session":
        pytest.exit(
            "The settings were loaded before tests/conftest.py: unset DJANGO_SETTINGS_MODULE.", returncode=4
        )
    # Programs that a test starts choose their own database; they must never meet that of this session.
    os.environ.pop("DATABASE_URL", None)
    if manages:  # what runs the tests then are processes of their own, which inherit this environment
        os.environ.pop("DJANGO_SETTINGS_MODULE")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # strength costs time
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.WHITENOISE_USE_FINDERS = True
    settings.STATIC_ROOT.mkdir(parents=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    cluster = config.stash.get(CLUSTER, None)
    if cluster:
        cluster.stop()
    shutil.rmtree(DATA, ignore_errors=True)


CLUSTER: pytest.StashKey[Cluster | None] = pytest.StashKey()


def _cluster() -> Cluster:
    from tests.cluster import Cluster, ServerMissing

    try:
        return Cluster.start()
    except ServerMissing as missing:
        pytest.exit(str(missing), returncode=4)


# ---- the loaded league


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """Migrated tables and, committed once, the starter league with its release r1 and the demonstration."""
    from django.db import connections

    with django_db_blocker.unblock():
        from kontor.cli import first_start

        _make_template(request.config.stash[CLUSTER])
        first_start.prepare(at=AT, demonstration=True, public=False, say=lambda text: None)
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture(scope="session")
def loaded(django_db_setup: None) -> datetime:
    """The instant at which the league of this session was founded."""
    return AT


@pytest.fixture(autouse=True)
def _nothing_remembered(request: pytest.FixtureRequest) -> Iterator[None]:
    """Positions of rolled-back events come again with other events; what was computed at them is forgotten."""
    if not {"db", "client"} & set(request.fixturenames) and not request.node.get_closest_marker("django_db"):
        yield
        return
    request.getfixturevalue("db")
    from kontor.events import queries as events

    before = events.head()
    yield
    if events.head() != before:
        forget()


def forget() -> None:
    """Empty every cache of this process that holds what was read from a database or a data directory."""
    from tests.caches import clear

    clear()


# ---- data directories and databases of a test's own


@pytest.fixture
def own_data(loaded: datetime, settings: Any, tmp_path: Path) -> Iterator[Path]:
    """A copy of the data directory, for tests that publish releases or alter files; `db` still rolls back."""
    forget()
    folder = tmp_path / "data"
    kept = ("releases", "index", "submissions")
    for name in kept:
        shutil.copytree(DATA / "session" / name, folder / name)
    settings.DATA = folder
    yield folder
    forget()


@pytest.fixture
def publish(db: None, own_data: Path, tmp_path: Path) -> Callable[..., object]:
    """Hands in rows (`city_code,variable,period,value,flag` each) and publishes them; returns the release."""
    from kontor.league.rules import OPERATOR
    from kontor.observations import operations
    from tests.cast import text

    def run(
        *rows: str, layout: str = "starter", demonstration: bool = False, title: str = "A release"
    ) -> object:
        path = tmp_path / "handed.csv"
        path.write_text("\n".join(["city_code,variable,period,value,flag", *rows]) + "\n", encoding="utf-8")
        at = datetime.now(UTC)
        handed = operations.submit(path=path, layout=layout, by=OPERATOR, at=at, demonstration=demonstration)
        assert handed.reading.faults == []
        return operations.release(
            handed=[handed], title=text(title), by=OPERATOR, at=at, demonstration=demonstration
        )

    return run


@pytest.fixture
def empty_database(
    request: pytest.FixtureRequest,
    django_db_blocker: Any,
    django_db_setup: None,
    settings: Any,
    tmp_path: Path,
) -> Iterator[Path]:
    """A migrated database with nothing in it, in which a test may commit, and its data directory.

    It takes the place of the loaded one for all threads of this process, and is dropped afterwards.
    """
    from django.db import connections

    assert "db" not in request.fixturenames, "empty_database commits; db would roll back another database"
    cluster: Cluster | None = request.config.stash[CLUSTER]
    configured = connections.settings["default"]
    loaded_name = configured["NAME"]
    with django_db_blocker.unblock():
        connections.close_all()
        if cluster:
            configured["NAME"] = cluster.copy(TEMPLATE)
        else:
            configured["NAME"] = str(
                shutil.copyfile(DATA / f"{TEMPLATE}.sqlite3", tmp_path / "kontor.sqlite3")
            )
        _point_this_thread_to(configured["NAME"])
        settings.DATA = tmp_path
        forget()
        try:
            yield tmp_path
        finally:
            connections.close_all()
            if cluster:
                cluster.drop(configured["NAME"])
            configured["NAME"] = loaded_name
            _point_this_thread_to(loaded_name)
            forget()


@pytest.fixture
def new_database(request: pytest.FixtureRequest) -> Iterator[Callable[[], dict[str, str]]]:
    """Makes the variables by which a program that a test starts gets an empty database of its own.

    On SQLite there are none, because the database lies in the program's KONTOR_DATA.
    """
    cluster: Cluster | None = request.config.stash[CLUSTER]
    made: list[str] = []

    def make() -> dict[str, str]:
        if cluster is None:
            return {}
        made.append(cluster.fresh_name())
        return {"DATABASE_URL": cluster.create(made[-1])}

    yield make
    for name in made:
        assert cluster is not None
        cluster.drop(name)


TEMPLATE = "kontor_empty"


def _point_this_thread_to(name: str) -> None:
    from django.db import connection

    connection.settings_dict["NAME"] = name


def _make_template(cluster: Cluster | None) -> None:
    """Migrate once; copies of this empty database are made in no time."""
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", interactive=False, verbosity=0)
    connections.close_all()
    if cluster:
        cluster.copy("kontor", to=TEMPLATE)
        return
    import sqlite3

    source, copy = (
        sqlite3.connect(DATA / "session" / "kontor.sqlite3"),
        sqlite3.connect(DATA / f"{TEMPLATE}.sqlite3"),
    )
    source.backup(copy)
    copy.close()
    source.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from tests.chromium import launched

    with launched() as chromium:
        yield chromium
