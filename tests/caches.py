"""Emptying what the process remembers, so that a test never reads what another one left."""

from __future__ import annotations

import sys


def clear() -> None:
    """Empty every functools cache of the package and every open index of figures."""
    from kontor.observations import store
    from kontor.observations.queries import values

    for name, module in list(sys.modules.items()):
        if module is not None and (name == "kontor" or name.startswith("kontor.")):
            for thing in list(vars(module).values()):
                if hasattr(thing, "cache_clear"):
                    thing.cache_clear()
    values._kept.clear()
    store.close()
