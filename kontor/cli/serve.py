"""`kontor serve`: the platform, from the first start on."""

from __future__ import annotations

import errno
import ipaddress
import os
import signal
import socket
import sys
from typing import Annotated

import typer

from kontor.errors import Refused

from . import terminal

WORKERS = 4  # at most; fewer where the machine has fewer cores


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine's own are public.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, envvar="PORT", help="Port to listen on.")] = 8000,
    no_demo: Annotated[
        bool,
        typer.Option("--no-demo", help="First start only: leave the demonstration league out, for ever."),
    ] = False,
) -> None:
    """Serve the platform. The first start loads the starter league; a later one starts in seconds."""
    check_port_free(host, port)
    terminal.start_django()
    from django.conf import settings

    public = not settings.DEBUG or not is_loopback(host)
    check_public_settings(public=public, host=host)
    from . import first_start

    first_start.prepare(at=terminal.now(), demonstration=not no_demo, public=public, say=terminal.say)
    check_no_open_door(public=public)
    if not settings.DEBUG:
        from .assets import collect

        collect()
    check_port_free(host, port)
    start_server(host, port)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_port_free(host: str, port: int) -> None:
    """Refused: port_in_use, port_not_permitted, address_unusable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except PermissionError:
            raise Refused("port_not_permitted", port=port) from None
        except socket.gaierror:
            raise Refused("address_unusable", host=host) from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Refused("port_in_use", port=port) from None
            raise Refused("address_unusable", host=host) from None


def check_public_settings(*, public: bool, host: str) -> None:
    """A public start needs a key of its own and no debug pages."""
    from django.conf import settings

    if public and settings.SECRET_KEY_IS_GENERATED:
        raise Refused("secret_key_generated")
    if public and settings.DEBUG:
        raise Refused("debug_not_public", host=host)


def check_no_open_door(*, public: bool) -> None:
    """Nobody invented may sign in where strangers can reach the page."""
    from kontor.league import queries as league

    count = league.demonstration_accounts_that_can_sign_in() if public else 0
    if count:
        raise Refused("demonstration_accounts_open", count=count)


def start_server(host: str, port: int) -> None:
    """Become the server: a fresh process image, so that no open database or thread is inherited by its workers."""
    from django.conf import settings

    from .locks import hold_for_life

    # A second start on the same directory and port finds this lock, even in the moment before the port is bound.
    if not hold_for_life(settings.DATA / f".serving-{port}.lock"):
        raise Refused("port_in_use", port=port)
    workers = min(os.cpu_count() or 1, WORKERS)
    sys.stdout.flush()
    sys.stderr.flush()
    arguments = [
        *(["-P"] if sys.flags.safe_path else []),
        "-m",
        "kontor.cli.server",
        host,
        str(port),
        str(workers),
        str(settings.DATA),
    ]
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # until the server handles it (server.py)
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - a fixed list of words
