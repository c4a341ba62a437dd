"""Regions of an older edition of NUTS, followed to the edition in which the league names its cities by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from kontor.engines.crosswalk import Crosswalk, Share
from kontor.errors import Refused
from kontor.tables.files import Source

from .. import crosswalks
from . import Context
from .layouts import Layout

SCHEME = "nuts"
# What became of a region that is not the same any more, the most telling first -> why no figure of it is taken.
REASONS = {
    "split": "area_split",
    "merged": "area_merged",
    "boundary_shift": "area_boundaries_moved",
    "discontinued": "area_discontinued",
}


class Followed(NamedTuple):
    """The city, and the recipe by which its figure came from the older code."""

    city: str
    recipe: str


class Regions:
    """Codes of one edition -> cities that the league knows by a later one. `codes` are those of the league."""

    def __init__(self, edition: str, codes: Mapping[tuple[str, str], Mapping[str, str]]) -> None:
        self.edition = edition
        self.later = {
            later: cities
            for (scheme, later), cities in sorted(codes.items(), reverse=True)
            if scheme == SCHEME and edition < later and {edition, later} <= set(crosswalks.NUTS_EDITIONS)
        }

    def follow(self, code: str) -> Followed | None:
        """The city whose territory the region still is."""
        for later, cities in self.later.items():
            try:
                now = crosswalks.nuts_code(code, edition_from=self.edition, edition_to=later)
            except Refused:
                continue
            if city := cities.get(now):
                relabelled = Crosswalk(
                    SCHEME, self.edition, later, "codes", (Share(code, now, crosswalks.WHOLE),)
                )
                return Followed(city, relabelled.recipe(now))
        return None

    def why_not(self, code: str) -> tuple[str, dict[str, str]] | None:
        """(reason, facts) where one of our cities lies in what the region became; None where it does not concern us."""
        for later, cities in self.later.items():
            try:
                crosswalks.nuts_code(code, edition_from=self.edition, edition_to=later)
            except Refused as refused:
                if refused.code != "territory_changed":
                    continue
                facts, kinds = refused.facts, refused.facts["kinds"].split()
                ours = [
                    one
                    for one in facts["into"].split()
                    if self._reaches(one, facts["edition"], later, cities)
                ]
                if ours or code in cities:
                    reason = next(
                        (code for kind, code in REASONS.items() if kind in kinds), "area_discontinued"
                    )
                    return reason, {"edition": facts["edition"], "into": " ".join(ours) or code}
        return None

    @staticmethod
    def _reaches(code: str, edition: str, later: str, cities: Mapping[str, str]) -> bool:
        try:
            return crosswalks.nuts_code(code, edition_from=edition, edition_to=later) in cities
        except Refused:
            return False


def of_edition(layout: Layout, context: Context, source: Source) -> Layout:
    """The layout with the edition of NUTS that was named for this file.

    No file says which one it has. Invalid: "edition_missing", "edition_unknown", "edition_not_used".
    """
    known = sorted(
        {*crosswalks.NUTS_EDITIONS, *(edition for scheme, edition in context.codes if scheme == SCHEME)}
    )
    if not any(listed.scheme == SCHEME for listed in layout.areas):
        if context.edition:
            raise source.refusal("edition_not_used", value=context.edition)
        return layout
    areas = tuple(
        replace(listed, edition=context.edition or listed.edition) if listed.scheme == SCHEME else listed
        for listed in layout.areas
    )
    for listed in areas:
        if listed.scheme == SCHEME and listed.edition not in known:
            code = "edition_unknown" if listed.edition else "edition_missing"
            raise source.refusal(code, value=listed.edition, known=", ".join(known))
    return replace(layout, areas=areas)
