"""One more release, written and recorded in one transaction: what publishing and withdrawing share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from kontor.events.operations import record
from kontor.events.rules import instant
from kontor.indicators import codelists
from kontor.indicators import queries as indicators
from kontor.league.rules import Actor

from .. import models, plausibility, rules, store
from ..queries import releases as published
from .checking import check


def publish_alone() -> None:
    """One release at a time, until the transaction ends. SQLite already holds its write lock (BEGIN IMMEDIATE)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE observations_release IN EXCLUSIVE MODE")


def check_published() -> None:
    """Nothing is published beside an altered release: the index over both would be refused after the commit."""
    published.verify_all()


def publish(
    draft: store.Draft,
    *,
    event: str,
    title: Mapping[str, str],
    reason: str,
    submissions: Sequence[int] = (),
    by: Actor,
    at: datetime,
    demonstration: bool,
) -> models.Release:
    """The draft as the next release of its track, with its table row and its event."""
    row = _write(
        draft, title=title, reason=reason, submissions=submissions, at=at, demonstration=demonstration
    )
    facts = {"manifest_sha256": row.manifest_sha256, "rows": row.rows, "title": dict(title)}
    record(
        kind=event,
        by=by.reference,
        subject=f"release:{row.slug}",
        at=at,
        facts=facts | ({"reason": reason} if reason else {}),
        demonstration=demonstration,
    )
    return row


def _write(
    draft: store.Draft,
    *,
    title: Mapping[str, str],
    reason: str,
    submissions: Sequence[int],
    at: datetime,
    demonstration: bool,
) -> models.Release:
    earlier = models.Release.objects.filter(demonstration=demonstration).order_by("-number").first()
    real = models.Release.objects.filter(demonstration=False).order_by("-number").first()
    number = earlier.number + 1 if earlier else 1
    slug = rules.release_id(number=number, demonstration=demonstration)
    manifest = _manifest(draft, submissions=submissions) | {
        "title": dict(title),
        "published_at": instant(at),
        "demonstration": demonstration,
        "previous": earlier.manifest_sha256 if earlier else None,
    }
    if reason:
        manifest["reason"] = reason
    digest = store.write_release(release=slug, write=draft.write, manifest=manifest)
    row = models.Release.objects.create(
        slug=slug,
        number=number,
        demonstration=demonstration,
        after=real.number if demonstration and real else 0,
        title=dict(title),
        rows=manifest["rows"],
        manifest_sha256=digest,
        published_at=at,
    )
    row.submissions.set(submissions)
    return row


def _manifest(draft: store.Draft, *, submissions: Sequence[int]) -> dict[str, Any]:
    contents = draft.contents()
    checked, findings = check(draft, contents.variables)
    draft.keep(findings)
    handed = models.Submission.objects.filter(id__in=submissions).order_by("id")
    return {
        "rows": contents.rows,
        "changes": contents.changes,
        **({"left_withdrawn": contents.left} if contents.left else {}),
        "cities": contents.cities,
        "variables": contents.variables,
        "periods": contents.periods,
        "checked": checked,
        "engine": plausibility.ENGINE,
        "findings": dict(sorted(Counter(finding.kind for finding in findings).items())),
        "definitions": dict(indicators.fingerprint()),
        "sources": {key: codelists.sources()[key] for key in contents.sources},
        "submissions": [
            {"file": row.name, "sha256": row.sha256, "importer": row.importer, "report": row.report}
            for row in handed
        ],
    }
