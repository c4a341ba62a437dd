"""How much one client may ask: a fixed window per address, counted in the cache that all workers share."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

clock = time.time

WINDOW = 60  # seconds
ROWS = 100_000  # of one answer


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


def take(request: HttpRequest) -> Allowance | None:
    """Count one request; None where nothing is counted.

    Two requests in the same instant may be counted as one: the limit protects the machine, it is no account.
    """
    allowed = limit()
    if allowed <= 0:
        return None
    at = clock()
    window = int(at // WINDOW)
    key = f"api-{window}-{hashlib.sha256(address(request).encode()).hexdigest()[:32]}"
    cache.add(key, 0, timeout=2 * WINDOW)
    try:
        used = cache.incr(key)
    except ValueError:  # the cache let go of it between the two calls
        used = 1
    return Allowance(allowed, allowed - used, max(1, int((window + 1) * WINDOW - at)))


def address(request: HttpRequest) -> str:
    """The client's address; behind our own proxy the one that the proxy saw, which is the last it adds."""
    if getattr(settings, "BEHIND_PROXY", False):
        seen = [
            part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()
        ]
        if seen:
            return without_port(seen[-1])
    return str(request.META.get("REMOTE_ADDR", ""))


def without_port(address: str) -> str:
    """192.0.2.1:4711 and [2001:db8::1]:4711 without the port, which is another for every connection."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    host, _, port = address.rpartition(":")
    return host if port and "." in host and ":" not in host else address
