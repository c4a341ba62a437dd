"""Which of our cities a code or label means. A code is matched only in the edition of its list; nothing is guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from . import Context
from .cells import REMEMBERED, Decided, shown
from .layouts import AreaList, Layout
from .regions import SCHEME, Regions

ELSEWHERE = ("city_not_in_league", "codes_missing", "municipality_row")


class Verdict(NamedTuple):
    """Why a text names no city of ours: passed over, or wrong."""

    code: str
    facts: Mapping[str, str]
    wrong: bool


class Areas(Decided[str]):
    """Text -> our city code or None, each text decided once; `why` then has its verdict.

    `recipes` has the texts that are codes of an older edition, each with the conversion to be kept with its figures.
    """

    def __init__(self, layout: Layout, context: Context) -> None:
        super().__init__()
        self.why: dict[str, Verdict] = {}
        self.recipes: dict[str, str] = {}
        self._others = layout.others
        self._codes = context.codes
        self._lists = [_Matcher(listed, context) for listed in layout.areas]

    def decide(self, text: str) -> str | None:
        found = self._found(text)
        if isinstance(found, Verdict):
            self.why[text] = found
            return None
        return found

    def forget_when_full(self) -> None:
        if len(self) > REMEMBERED:
            self.why.clear()
            self.recipes.clear()
        super().forget_when_full()

    def by_label(self, text: str) -> bool:
        """Whether this text was looked up in a list of labels, which are no keys."""
        return any(matcher.listed.labels for matcher in self._lists if matcher.shape.fullmatch(text))

    def _found(self, text: str) -> str | Verdict:
        fitting = next((listed for listed in self._lists if listed.shape.fullmatch(text)), None)
        if fitting and (city := fitting.city(text)):
            return city
        if fitting and fitting.regions and (followed := fitting.regions.follow(text)):
            if followed.recipe:
                self.recipes[text] = followed.recipe
            return followed.city
        repair = next(filter(None, (listed.nearest(text) for listed in self._lists)), "")
        if not self._others:
            repair = repair or self._of_another_list(text)
            return Verdict("city_unknown", {"city": shown(text), "repair": repair}, wrong=True)
        verdict = fitting.why_not(text) if fitting else None
        if verdict is None or (repair and verdict.code in ELSEWHERE):
            return Verdict("area_malformed", {"value": shown(text), "repair": repair}, wrong=True)
        return verdict

    def _of_another_list(self, text: str) -> str:
        """The one city that has this code or name in the lists of others, or "" where it is none or several."""
        found = {codes[text] for codes in self._codes.values() if text in codes}
        return found.pop() if len(found) == 1 else ""


class _Matcher:
    """One list of areas and what the league knows of it."""

    def __init__(self, listed: AreaList, context: Context) -> None:
        self.listed = listed
        self.shape = re.compile(listed.shape)
        self.kinds = [(code, re.compile(shape)) for code, shape in listed.kinds.items()]
        own = {code: code for code in context.areas}
        self.cities: Mapping[str, str] = context.codes.get(listed.key, {}) if listed.scheme else own
        self.elsewhere = {
            code: edition
            for (scheme, edition), codes in sorted(context.codes.items())
            if scheme == listed.scheme and edition != listed.edition
            for code in codes
        }
        self.regions = Regions(listed.edition, context.codes) if listed.scheme == SCHEME else None
        self._by_letters: dict[str, str] | None = None

    def city(self, text: str) -> str | None:
        return None if text in self.listed.ambiguous else self.cities.get(text)

    def why_not(self, text: str) -> Verdict:
        if text in self.listed.ambiguous:
            return Verdict("label_ambiguous", {"value": shown(text)}, wrong=False)
        if self.regions and (changed := self.regions.why_not(text)):
            return Verdict(changed[0], {"value": shown(text), **changed[1]}, wrong=False)
        for code, shape in self.kinds:
            if shape.fullmatch(text):
                return Verdict(code, {"value": shown(text)}, wrong=False)
        if text in self.elsewhere:
            facts = {"value": text, "edition": self.elsewhere[text], "expected": self.listed.edition}
            return Verdict("code_of_other_edition", facts, wrong=False)
        if self.listed.scheme and not self.cities and not (self.regions and self.regions.later):
            facts = {"value": shown(text), "scheme": self.listed.scheme, "edition": self.listed.edition}
            return Verdict("codes_missing", facts, wrong=False)
        return Verdict("city_not_in_league", {"value": shown(text)}, wrong=False)

    def nearest(self, text: str) -> str:
        """The code that this is but for case, blanks, wide letters or leading zeros; "" where there is none.

        Two codes that differ in a digit are two cities, so likeness counts for nothing here.
        """
        if self._by_letters is None:
            self._by_letters = {}
            for code in self.cities:
                self._by_letters.setdefault(_letters(code), code)
        found = self._by_letters.get(_letters(text), "")
        return "" if found == text else found


def _letters(text: str) -> str:
    """What remains of a code when case, blanks, the width of letters and leading zeros (DE_01001000) are left out."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"(^|_)0+", r"\1", re.sub(r"\s+", " ", plain).strip())
