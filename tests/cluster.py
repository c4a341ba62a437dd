"""A PostgreSQL cluster of our own: started in a temporary folder, reached by its socket alone, thrown away at the end."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

USER = "postgres"
# Durability is of no use to a database that is thrown away.
SETTINGS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c listen_addresses= -c max_connections=50"


class ServerMissing(Exception):
    """No PostgreSQL server is installed on this machine."""


def programs() -> Path | None:
    """The folder with initdb and pg_ctl of the newest PostgreSQL; Debian keeps them off the path."""
    folders = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if (folder / "initdb").exists()]
    if folders:
        return max(folders, key=lambda folder: int(folder.parent.name))
    found = shutil.which("initdb")
    return Path(found).parent if found else None


@dataclass(frozen=True)
class Cluster:
    """`folder` holds the data and the socket; nothing of it is left after `stop`."""

    folder: Path
    programs: Path

    @classmethod
    def start(cls) -> Cluster:
        """Raises ServerMissing with a sentence that says what to install."""
        found = programs()
        if found is None:
            raise ServerMissing("PostgreSQL's server is not installed; on Debian: apt-get install postgresql")
        cluster = cls(folder=Path(tempfile.mkdtemp(prefix="kontor-pg-")), programs=found)
        if os.geteuid() == 0:
            shutil.chown(cluster.folder, USER, USER)
        data = str(cluster.folder / "data")
        cluster._run("initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        options = f"{SETTINGS} -k {cluster.folder}"
        cluster._run("pg_ctl", "-D", data, "-w", "-o", options, "-l", str(cluster.folder / "log"), "start")
        return cluster

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        """As root through the account that Debian makes for the server, which refuses to run as root."""
        command = [str(self.programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", USER, "--", *command]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder)

    def url(self, name: str) -> str:
        return f"postgresql://{USER}@{quote(str(self.folder), safe='')}/{name}"

    def create(self, name: str) -> str:
        """A new, empty database; returns its address."""
        self._sql(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def copy(self, source: str, *, to: str = "") -> str:
        """A copy of a database to which nobody is connected; returns its name."""
        name = to or self.fresh_name()
        self._sql(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        return name

    def drop(self, name: str) -> None:
        self._sql(f'DROP DATABASE "{name}" WITH (FORCE)')

    @staticmethod
    def fresh_name() -> str:
        return f"kontor_{secrets.token_hex(4)}"

    def _sql(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(host=str(self.folder), user=USER, dbname=USER, autocommit=True) as connection:
            connection.execute(statement.encode())
