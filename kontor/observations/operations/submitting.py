"""A file is handed in: kept by its hash, read, its report recorded."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from kontor.errors import BadRow, Invalid, Refused
from kontor.events.operations import record
from kontor.indicators import codelists
from kontor.league import queries as league
from kontor.league.rules import Actor

from .. import models, rules, store
from ..importers import Context, check_name, importer
from ..queries import submissions
from ..rules import Reading
from .previewing import findings_about


@dataclass(frozen=True, slots=True)
class Handed:
    """A submission's number and what its reading gave."""

    submission: int
    reading: Reading


def context(*, at: datetime, progress: Callable[[int], None] | None = None) -> Context:
    """What importers may know about the league right now; figures of years after `at` are refused.

    `progress` is told how many bytes of the file have been read since it was last told.
    """
    cities = league.cities()
    invented = frozenset(city.code for city in cities if city.demonstration)
    return Context(
        areas=frozenset(city.code for city in cities),
        codes=league.codes_by_edition(),
        variables=codelists.variables(),
        flags=frozenset(codelists.flags()),
        latest=at.year,
        source_of=lambda variable, area: (
            "demonstration" if area in invented else codelists.source_of(variable, area)
        ),
        progress=progress or (lambda _: None),
    )


def read(path: Path, *, layout: str, at: datetime, progress: Callable[[int], None] | None = None) -> Reading:
    """Read a file without keeping anything (`--dry-run`). Refused: file_missing, file_is_folder, importer_unknown,
    edition_not_used."""
    _check_there(path, layout=layout)
    return importer(layout)(path, context(at=at, progress=progress), name=rules.file_name(path.name))


def _check_there(path: Path, *, layout: str) -> None:
    check_name(layout)
    if path.is_dir():
        raise Refused("file_is_folder", file=rules.file_name(path.name))
    if not path.is_file():
        raise Refused("file_missing", file=rules.file_name(path.name))


def submit(
    *,
    path: Path,
    layout: str,
    by: Actor,
    at: datetime,
    demonstration: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Handed:
    """Keep a file by its hash, read what was kept, and record it with the report of its reading, whatever that says.

    A file that cannot be read at all (wrong header, wrong encoding) is kept too, then Invalid is raised;
    so is one with figures of the other kind of city, then Refused("real_and_invented_never_mix").
    """
    rules.check_can_submit(by, demonstration=demonstration)
    _check_there(path, layout=layout)
    name, digest = rules.file_name(path.name), _keep(path)
    refusal: Invalid | Refused | None = None
    try:
        reading = importer(layout)(_kept(digest), context(at=at, progress=progress), name=name)
        check_areas({figure.area for figure in reading.figures}, demonstration=demonstration)
        reading.findings = findings_about(reading.figures, demonstration=demonstration)
    except Invalid as invalid:
        reading, refusal = Reading(faults=invalid.rows), invalid
    except Refused as refused:
        # Nothing of it is taken, so that it never waits for publication.
        reading.figures, refusal = [], refused
        reading.faults.append(BadRow(refused.code))
    with transaction.atomic():
        row = models.Submission.objects.create(
            sha256=digest,
            name=name,
            importer=layout,
            provider=by.reference,
            report=reading.report(),
            at=at,
            demonstration=demonstration,
        )
        record(
            kind="observations.submitted",
            by=by.reference,
            subject=f"submission:{row.id}",
            at=at,
            facts={"sha256": digest, "file": name, "read": reading.read, "taken": len(reading.figures)},
            demonstration=demonstration,
        )
    if refusal:
        raise refusal
    return Handed(submission=row.id, reading=reading)


def check_areas(areas: Iterable[str], *, demonstration: bool) -> None:
    """Refused("real_and_invented_never_mix") unless all these cities are of the one kind."""
    invented = {city.code: city.demonstration for city in league.cities()}
    kinds = {invented.get(area, demonstration) for area in areas}
    rules.check_nothing_mixed(demonstration=demonstration, areas_invented=kinds)


def _kept(digest: str) -> Path:
    return settings.DATA / "submissions" / digest


def _keep(path: Path) -> str:
    """Copy a file into the data directory under its SHA-256, which is returned.

    What is read later is this copy, so that it does not matter whether the file changes meanwhile.
    """
    folder = settings.DATA / "submissions"
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"handed.draft-{secrets.token_hex(4)}"
    digest = hashlib.sha256()
    try:
        with path.open("rb") as source, draft.open("xb") as copy:
            while piece := source.read(1 << 20):
                digest.update(piece)
                copy.write(piece)
        store.sync(draft)
        if not _kept(digest.hexdigest()).exists():
            draft.replace(_kept(digest.hexdigest()))
            store.sync(folder)
    finally:
        draft.unlink(missing_ok=True)
    return digest.hexdigest()


def handed_again(submission: submissions.SubmissionRecord) -> Handed:
    """A submission that was kept, read anew under its own name; what the league knows by now counts."""
    reading = importer(submission.importer)(
        _kept(submission.sha256), context(at=submission.at), name=submission.name
    )
    return Handed(submission=submission.id, reading=reading)
