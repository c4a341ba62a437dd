"""Published figures on disk: releases are the truth, the index over them can be rebuilt at any time."""

from .archives import put_back, take_away, unpack, write_archive
from .compact import Compacted, check_whole, compact_folder, compacted, standing
from .compacting import check_rows, write_compaction
from .drafting import Draft, draft
from .findings import FINDINGS, fill_findings
from .index import ensure_index, generation_of, index_path, index_rows
from .readers import Index, build_index, close, opened, prepare_with, readable, reader, settle
from .releases import (
    MANIFEST,
    PARQUET,
    drafts,
    manifest,
    releases_folder,
    sha256_of,
    sync,
    write_release,
)
from .rows import selects
from .verifying import State, is_archived, verify, verify_all

__all__ = [
    "FINDINGS",
    "MANIFEST",
    "PARQUET",
    "Compacted",
    "Draft",
    "Index",
    "State",
    "build_index",
    "check_rows",
    "check_whole",
    "close",
    "compact_folder",
    "compacted",
    "draft",
    "drafts",
    "ensure_index",
    "fill_findings",
    "generation_of",
    "index_path",
    "index_rows",
    "is_archived",
    "manifest",
    "opened",
    "prepare_with",
    "put_back",
    "readable",
    "reader",
    "releases_folder",
    "selects",
    "settle",
    "sha256_of",
    "standing",
    "sync",
    "take_away",
    "unpack",
    "verify",
    "verify_all",
    "write_archive",
    "write_compaction",
    "write_release",
]
