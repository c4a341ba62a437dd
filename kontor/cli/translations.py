"""Compiling the pages' translations: `.po` are kept, `.mo` are made where they are missing or older."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

from kontor.errors import Refused


def catalogues() -> Iterator[Path]:
    """Every `.po` file of the installation."""
    from django.conf import settings

    for folder in settings.LOCALE_PATHS:
        yield from sorted(Path(folder).glob("*/LC_MESSAGES/*.po"))


def stale() -> list[Path]:
    """Catalogues whose compiled form is missing or older than they are."""
    return [source for source in catalogues() if not _is_fresh(source)]


def _is_fresh(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return compiled.exists() and compiled.stat().st_mtime_ns >= source.stat().st_mtime_ns


def compile_stale() -> int:
    """Compile what is stale, each file whole or not at all; returns how many. Refused: folder_unwritable."""
    import polib

    found = stale()
    for source in found:
        draft = source.with_name(f".{source.stem}.{secrets.token_hex(4)}.mo")
        try:
            polib.pofile(str(source)).save_as_mofile(str(draft))
        except OSError as error:
            raise Refused(
                "folder_unwritable", folder=str(source.parent), reason=str(error.strerror)
            ) from None
        draft.replace(source.with_suffix(".mo"))
    return len(found)
