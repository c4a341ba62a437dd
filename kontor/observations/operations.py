"""Every write of figures: a file is handed in, a release is published."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from kontor.errors import BadRow, Invalid, Refused
from kontor.events.operations import record
from kontor.events.rules import instant
from kontor.indicators import codelists
from kontor.indicators import queries as indicators
from kontor.league import queries as league
from kontor.league.rules import Actor

from . import models, rules, store
from .importers import NAMES, Context, importer
from .queries import figures as current
from .queries import releases as published
from .queries import submissions
from .rules import Figure, Reading


@dataclass(frozen=True, slots=True)
class Handed:
    """A submission's number and what its reading gave."""

    submission: int
    reading: Reading


def context(*, at: datetime) -> Context:
    """What importers may know about the league right now; figures of years after `at` are refused."""
    cities = league.cities()
    invented = frozenset(city.code for city in cities if city.demonstration)
    return Context(
        areas=frozenset(city.code for city in cities),
        codes={("urban_audit", "2024"): league.codes_of_scheme(scheme="urban_audit", edition="2024")},
        variables=codelists.variables(),
        flags=frozenset(codelists.flags()),
        latest=at.year,
        source_of=lambda variable, area: (
            "demonstration" if area in invented else codelists.source_of(variable, area)
        ),
    )


def read(path: Path, *, layout: str, at: datetime) -> Reading:
    """Read a file without keeping anything (`--dry-run`). Refused: file_missing, importer_unknown."""
    if layout not in NAMES:
        raise Refused("importer_unknown", value=layout, known=", ".join(NAMES))
    if not path.is_file():
        raise Refused("file_missing", file=rules.file_name(path.name))
    return importer(layout)(path, context(at=at))


def submit(*, path: Path, layout: str, by: Actor, at: datetime, demonstration: bool = False) -> Handed:
    """Read a file and keep it by its hash with the report of its reading, whatever that says.

    A file that cannot be read at all (wrong header, wrong encoding) is kept too, then Invalid is raised;
    so is one with figures of the other kind of city, then Refused("real_and_invented_never_mix").
    """
    rules.check_can_submit(by, demonstration=demonstration)
    refusal: Invalid | Refused | None = None
    try:
        reading = read(path, layout=layout, at=at)
        _check_areas(reading.figures, demonstration=demonstration)
    except Invalid as invalid:
        reading, refusal = Reading(faults=invalid.rows), invalid
    except Refused as refused:
        if refused.code != "real_and_invented_never_mix":
            raise
        # Nothing of it is taken, so that it never waits for publication.
        reading.figures, refusal = [], refused
        reading.faults.append(BadRow(refused.code))
    name = rules.file_name(path.name)
    digest = _keep(path)
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


def _check_areas(figures: Iterable[Figure], *, demonstration: bool) -> None:
    invented = {city.code: city.demonstration for city in league.cities()}
    rules.check_nothing_mixed(
        demonstration=demonstration, areas_invented={invented[figure.area] for figure in figures}
    )


def _keep(path: Path) -> str:
    """Copy a file into the data directory under its SHA-256, which is returned."""
    digest = store.sha256_of(path)
    kept: Path = settings.DATA / "submissions" / digest
    kept.parent.mkdir(parents=True, exist_ok=True)
    if not kept.exists():
        draft = kept.with_suffix(f".draft-{secrets.token_hex(4)}")
        shutil.copyfile(path, draft)
        draft.replace(kept)
    return digest


def handed_again(submission: submissions.SubmissionRecord) -> Handed:
    """A submission that was kept, read anew under its own name; what the league knows by now counts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / submission.name
        path.symlink_to(settings.DATA / "submissions" / submission.sha256)
        return Handed(
            submission=submission.id, reading=read(path, layout=submission.importer, at=submission.at)
        )


def release(
    *, handed: Sequence[Handed], title: dict[str, str], by: Actor, at: datetime, demonstration: bool = False
) -> published.ReleaseRecord:
    """Publish what is new or changed in the submissions as the next release: before or after, never half.

    Refused("release_empty") where nothing differs from what is published.
    """
    rules.check_can_release(by, demonstration=demonstration)
    figures = _last_wins(figure for item in handed for figure in item.reading.figures)
    _check_areas(figures, demonstration=demonstration)
    _check_submissions(handed, demonstration=demonstration)
    with transaction.atomic():
        _publish_alone()
        _check_published()
        fresh = _changed(figures)
        if not fresh:
            raise Refused("release_empty")
        row = _write(fresh, handed=handed, title=title, at=at, demonstration=demonstration)
        record(
            kind="observations.released",
            by=by.reference,
            subject=f"release:{row.slug}",
            at=at,
            facts={"manifest_sha256": row.manifest_sha256, "rows": row.rows, "title": title},
            demonstration=demonstration,
        )
    store.build_index(published.as_of().published)
    return published.release(row.slug)


def _check_submissions(handed: Sequence[Handed], *, demonstration: bool) -> None:
    """A submission of the other kind is refused even where its figures would fit."""
    chosen = models.Submission.objects.filter(id__in=[item.submission for item in handed])
    if chosen.exclude(demonstration=demonstration).exists():
        raise Refused("real_and_invented_never_mix")


def _check_published() -> None:
    """Nothing is published beside an altered release: the index over both would be refused after the commit."""
    for standing in published.releases():
        published.verify(standing.id)


def _last_wins(figures: Iterable[Figure]) -> list[Figure]:
    """One figure per cell: where two submissions bring one, the later submission holds."""
    return list({(figure.area, figure.variable, figure.period): figure for figure in figures}.values())


def _publish_alone() -> None:
    """One release at a time. SQLite already holds its write lock (BEGIN IMMEDIATE)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE observations_release IN EXCLUSIVE MODE")


def _changed(figures: Sequence[Figure]) -> list[Figure]:
    """Figures that are not published yet exactly so."""
    known = published.as_of()
    if not known.published:
        return list(figures)
    variables = sorted({figure.variable for figure in figures})
    standing = {
        (cell.area, cell.variable, cell.period): (cell.value, cell.flags)
        for cell in current.export(variables, known=known)
    }
    return [
        figure
        for figure in figures
        if standing.get((figure.area, figure.variable, figure.period)) != (figure.value, figure.flags)
    ]


def _write(
    figures: Sequence[Figure],
    *,
    handed: Sequence[Handed],
    title: dict[str, str],
    at: datetime,
    demonstration: bool,
) -> models.Release:
    earlier = models.Release.objects.filter(demonstration=demonstration).order_by("-number").first()
    real = models.Release.objects.filter(demonstration=False).order_by("-number").first()
    number = earlier.number + 1 if earlier else 1
    slug = rules.release_id(number=number, demonstration=demonstration)
    manifest = _manifest(figures, handed=handed, title=title, at=at, demonstration=demonstration)
    manifest["previous"] = earlier.manifest_sha256 if earlier else None
    digest = store.write_release(
        release=slug, figures=figures, demonstration=demonstration, manifest=manifest
    )
    row = models.Release.objects.create(
        slug=slug,
        number=number,
        demonstration=demonstration,
        after=real.number if demonstration and real else 0,
        title=title,
        rows=len(figures),
        manifest_sha256=digest,
        published_at=at,
    )
    row.submissions.set(item.submission for item in handed)
    return row


def _manifest(
    figures: Sequence[Figure],
    *,
    handed: Sequence[Handed],
    title: dict[str, str],
    at: datetime,
    demonstration: bool,
) -> dict[str, Any]:
    submissions = models.Submission.objects.filter(id__in=[item.submission for item in handed]).order_by("id")
    used = sorted({figure.source for figure in figures})
    return {
        "title": title,
        "published_at": instant(at),
        "demonstration": demonstration,
        "rows": len(figures),
        "cities": len({figure.area for figure in figures}),
        "variables": sorted({figure.variable for figure in figures}),
        "periods": [min(figure.period for figure in figures), max(figure.period for figure in figures)],
        "definitions": dict(indicators.fingerprint()),
        "sources": {key: codelists.sources()[key] for key in used},
        "submissions": [
            {"file": row.name, "sha256": row.sha256, "importer": row.importer, "report": row.report}
            for row in submissions
        ],
    }
