"""The process that answers requests: granian with one blocking thread per worker. Started by `kontor serve`."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from kontor.errors import Refused

from .terminal import near, start_django

WATCH = 1.0  # seconds between two looks for a new release
PATIENCE = 60.0  # seconds until workers that do not answer are no longer waited for


def main() -> None:
    host, port, workers, data = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    server = Server(
        "kontor.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        blocking_threads=1,
        respawn_failed_workers=True,
        workers_kill_timeout=5,
        log_level=LogLevels.warning,
    )
    server.on_startup(listen_to_ctrl_c)
    _welcome_when_it_answers(host, port, data)
    server.serve(target_loader=_application, wrap_loader=False)


def listen_to_ctrl_c() -> None:
    """`kontor serve` holds Ctrl-C back until somebody handles it; one that came meanwhile arrives now."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _application() -> Any:
    """What a worker loads. Until granian sets the worker's own handlers it has those of its parent, to whom a
    signal would mean nothing: a stop during loading must end it."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    start_django()
    from django.core.servers.basehttp import get_internal_wsgi_application
    from django.urls import get_resolver

    application = get_internal_wsgi_application()
    get_resolver().url_patterns  # noqa: B018 - loads every page now, so that the first visitor does not wait
    from kontor.comparison.queries.profile import warm
    from kontor.observations import store

    with suppress(Refused):  # what is refused is told where it is asked for
        warm()
    store.prepare_with(warm)
    threading.Thread(target=_watch, daemon=True).start()
    gc.collect()
    gc.freeze()  # what is loaded stays: to go through it at every collection halves the speed of long answers
    return application


def _watch() -> None:
    """Open what another process publishes, or the first visitor after a release would still see the one before."""
    from django.db import connections
    from django.db.utils import Error

    from kontor.observations.queries import releases

    while True:
        time.sleep(WATCH)
        with suppress(
            Refused, Error, OSError
        ):  # told where it is asked for; a database may be away for a while
            releases.as_of()
        connections.close_all()


def _welcome_when_it_answers(host: str, port: int, data: Path) -> None:
    """A process of its own says where the platform is; a thread could be caught holding a lock when workers are forked."""
    server = os.getpid()
    middle = os.fork()
    if middle:
        os.waitpid(middle, 0)
        return
    if os.fork() == 0:
        listen_to_ctrl_c()
        with suppress(KeyboardInterrupt):
            _welcome(server, host, port, data)
    os._exit(0)


def _welcome(server: int, host: str, port: int, data: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            os.kill(server, 0)
            socket.create_connection((host, port), timeout=1).close()
        except ProcessLookupError:
            return
        except OSError:
            time.sleep(0.05)
            continue
        print(welcome(host, port, data), flush=True)
        return


def welcome(host: str, port: int, data: Path) -> str:
    """Address, data directory and, where the demonstration is loaded, who can sign in."""
    shown = f"[{host}]" if ":" in host else host
    lines = [f"Kontor is at http://{shown}:{port}/", f"Data: {near(data)}"]
    accounts = data / "demo-accounts.txt"
    if accounts.exists():
        lines.append(f"Demonstration accounts ({near(accounts)}):")
        lines += [f"  {line}" for line in accounts.read_text(encoding="utf-8").splitlines()]
    return "\n".join([*lines, "Stop with Ctrl-C."])


if __name__ == "__main__":
    main()
