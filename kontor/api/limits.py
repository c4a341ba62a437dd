"""How much one client may ask: a fixed window per address, counted in one small file that all workers share."""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

clock = time.time

WINDOW = 60  # seconds
ROWS = 100_000  # of one answer

TAKEN = "kontor.allowance"  # where the environment of a request holds what is counted already
PLACES = 1 << 16  # for as many addresses in one window
NEAR = 16  # places in which an address is looked for
PLACE = struct.Struct("<QII")  # address (a hash), window, requests


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left in this window; `remaining` below zero means too many. `reset` is in seconds."""

    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """IETF draft-ietf-httpapi-ratelimit-headers-10."""
        return {
            "RateLimit-Policy": f'"default";q={self.limit};w={WINDOW}',
            "RateLimit": f'"default";r={max(0, self.remaining)};t={self.reset}',
        }


def limit() -> int:
    """Requests per minute and address; 0 means that nothing is counted."""
    return int(settings.KONTOR_API_LIMIT)


def take(meta: Mapping[str, Any]) -> Allowance | None:
    """Count one request, given by its WSGI environment; None where nothing is counted.

    Two requests in the same instant may be counted as one: the limit protects the machine, it is no account.
    """
    allowed = limit()
    if allowed <= 0:
        return None
    at = clock()
    window = int(at // WINDOW)
    used = _count(_places(settings.DATA / "cache"), address(meta), window)
    return Allowance(allowed, allowed - used, max(1, int((window + 1) * WINDOW - at)))


@lru_cache(maxsize=1)
def _places(folder: Path) -> mmap.mmap:
    """The file with the counts, mapped into memory: 1 MB, and no worker waits for another."""
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(folder / "allowances", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.ftruncate(file, PLACES * PLACE.size)
        return mmap.mmap(file, PLACES * PLACE.size)
    finally:
        os.close(file)


def _count(places: mmap.mmap, address: str, window: int) -> int:
    """One more request of this address in this window; how many there were with it."""
    mark = int.from_bytes(hashlib.sha256(address.encode()).digest()[:8], "little")
    free = -1
    for step in range(NEAR):
        offset = (mark + step) % PLACES * PLACE.size
        held, then, used = PLACE.unpack_from(places, offset)
        if held == mark and then == window:
            PLACE.pack_into(places, offset, mark, window, used + 1)
            return int(used) + 1
        if free < 0 and then != window:
            free = offset
    # Where all are taken, more addresses ask than anybody counts: the first place near is begun anew.
    PLACE.pack_into(places, free if free >= 0 else mark % PLACES * PLACE.size, mark, window, 1)
    return 1


def address(meta: Mapping[str, Any]) -> str:
    """The client's address; behind our own proxy the one that the proxy saw, which is the last it adds."""
    if getattr(settings, "BEHIND_PROXY", False):
        seen = [part.strip() for part in meta.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if seen:
            return without_port(seen[-1])
    return str(meta.get("REMOTE_ADDR", ""))


def without_port(address: str) -> str:
    """192.0.2.1:4711 and [2001:db8::1]:4711 without the port, which is another for every connection."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    host, _, port = address.rpartition(":")
    return host if port and "." in host and ":" not in host else address
