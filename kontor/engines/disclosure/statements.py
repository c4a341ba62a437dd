"""What a method guarantees and what it does not, and why it is advised: codes with facts, for whoever finds the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Statement:
    """One claim. `facts` are plain numbers and words; all of them may be published unless the docstring of the
    function that makes the statement says otherwise."""

    code: str
    facts: Mapping[str, float | int | str] = field(default_factory=dict)
