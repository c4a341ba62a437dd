"""Published figures on disk: releases are the truth, the index over them can be rebuilt at any time."""

from .index import build_index, ensure_index, generation_of, index_path, index_rows, reader
from .releases import MANIFEST, PARQUET, drafts, manifest, releases_folder, sha256_of, verify, write_release

__all__ = [
    "MANIFEST",
    "PARQUET",
    "build_index",
    "drafts",
    "ensure_index",
    "generation_of",
    "index_path",
    "index_rows",
    "manifest",
    "reader",
    "releases_folder",
    "sha256_of",
    "verify",
    "write_release",
]
