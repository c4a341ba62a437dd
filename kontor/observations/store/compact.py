"""Compacted files: the rows of many releases in one Parquet, which proves them where the originals are archived."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from kontor.errors import Refused

from .. import models
from ..rules import number_of
from .releases import MANIFEST, PARQUET, sha256_of


@dataclass(frozen=True, slots=True)
class Compacted:
    """A compaction as recorded: `releases` by id, each with the hash of its manifest, number and hash of its rows."""

    id: str
    folder: Path
    releases: Mapping[str, Mapping[str, Any]]
    sha256: str

    @property
    def parquet(self) -> Path:
        return self.folder / PARQUET


def compact_folder() -> Path:
    return settings.DATA / "compact"


def standing(*, demonstration: bool) -> Compacted | None:
    """The compaction of a track, or None. Refused("compaction_altered") where its manifest is another one."""
    row = models.Compaction.objects.filter(demonstration=demonstration).first()
    return compacted(row.slug, row.manifest_sha256) if row else None


def compacted(slug: str, manifest_sha256: str) -> Compacted:
    """The compaction of this name. Refused("compaction_altered") where its manifest is gone or another one."""
    folder = compact_folder() / slug
    try:
        raw = (folder / MANIFEST).read_bytes()
        if hashlib.sha256(raw).hexdigest() != manifest_sha256:
            raise Refused("compaction_altered", name=slug, file=MANIFEST)
        content = json.loads(raw)
        releases = {entry["id"]: entry for entry in content["releases"]}
        return Compacted(slug, folder, releases, content["files"][PARQUET]["sha256"])
    except (OSError, ValueError, LookupError):
        raise Refused("compaction_altered", name=slug, file=MANIFEST) from None


def covering(release: str) -> Compacted | None:
    """The compaction that holds the rows of a release, or None."""
    demonstration, _ = number_of(release)
    found = standing(demonstration=demonstration)
    return found if found and release in found.releases else None


def check_whole(found: Compacted) -> None:
    """Recompute the hash of the file. Refused("compaction_altered")."""
    if not found.parquet.exists() or sha256_of(found.parquet) != found.sha256:
        raise Refused("compaction_altered", name=found.id, file=PARQUET)
