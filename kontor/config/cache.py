"""The cache that all workers share, in files of the data directory."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from django.core.cache.backends.filebased import FileBasedCache

clock = time.monotonic

PAUSE = 60.0  # seconds between two looks at the whole folder


class SharedCache(FileBasedCache):
    """Django lists the folder at every write; this does so once a minute, and then lets go of what has expired."""

    looked: float | None = None  # of this process

    def _cull(self) -> None:
        if SharedCache.looked is not None and clock() < SharedCache.looked + PAUSE:
            return
        SharedCache.looked = clock()
        for path in self._list_cache_files():  # type: ignore[attr-defined]
            with suppress(FileNotFoundError), Path(path).open("rb") as file:
                self._is_expired(file)  # type: ignore[attr-defined]  # deletes the file if it has
        super()._cull()  # type: ignore[misc]
