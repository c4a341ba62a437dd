"""Whether releases are what was published: their files, or their rows where the original is archived."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from kontor.errors import Refused

from .. import models
from . import compact
from .releases import PARQUET, manifest, releases_folder, sha256_of

State = Literal["intact", "archived"]


def verify(release: str, manifest_sha256: str, *, whole: set[str] | None = None) -> State:
    """Recompute every hash of a release. Refused("release_altered") names the first file that differs.

    Where the original figures are archived, the compacted file stands for them: Refused("compaction_altered").
    `whole` collects compactions that were looked at, so that of many releases each is hashed once.
    """
    folder = releases_folder() / release
    state: State = "intact"
    for name, entry in manifest(release, manifest_sha256)["files"].items():
        if name == PARQUET and is_archived(release):
            _check_proven(release, manifest_sha256, whole=whole)
            state = "archived"
        elif not (folder / name).exists() or sha256_of(folder / name) != entry["sha256"]:
            raise Refused("release_altered", release=release, file=name)
    return state


def verify_all(published: Iterable[tuple[str, str]]) -> None:
    """`verify` for each (release, manifest hash)."""
    whole: set[str] = set()
    for release, manifest_sha256 in published:
        verify(release, manifest_sha256, whole=whole)


def is_archived(release: str) -> bool:
    """Whether the original figures are gone from here and, as recorded, in an archive."""
    if (releases_folder() / release / PARQUET).exists():
        return False
    return models.Release.objects.filter(slug=release, archive__isnull=False).exists()


def _check_proven(release: str, manifest_sha256: str, *, whole: set[str] | None) -> None:
    found = compact.covering(release)
    if found is None or found.releases[release]["manifest_sha256"] != manifest_sha256:
        raise Refused("release_altered", release=release, file=PARQUET)
    if whole is None or found.id not in whole:
        compact.check_whole(found)
    if whole is not None:
        whole.add(found.id)
