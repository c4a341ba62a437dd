"""Pointers from a lower record to anything above it, resolved by name in web and api."""

from __future__ import annotations

import re

from kontor.errors import Refused

_FORM = re.compile(r"^[a-z_]+:[A-Za-z0-9][A-Za-z0-9._/-]*$")


class Ref(str):
    """`kind:key`, for example `city:DE001C` or `release:r1`. Raises Refused where malformed."""

    __slots__ = ()

    def __new__(cls, text: str) -> Ref:
        if not _FORM.fullmatch(text):
            raise Refused("reference_malformed", reference=text)
        return super().__new__(cls, text)

    @property
    def kind(self) -> str:
        return self.split(":", 1)[0]

    @property
    def key(self) -> str:
        return self.split(":", 1)[1]
