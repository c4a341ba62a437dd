"""What a figure must look like, how rows and releases are named, as tables."""

from __future__ import annotations

import pytest

from kontor.errors import Refused
from kontor.observations import rules

NUMBERS = [
    ("0", "0"),
    ("40.00", "40.00"),
    ("-3.5", "-3.5"),
    ("123456789012345678", "123456789012345678"),
    ("0.1234567890", "0.1234567890"),
    ("", None),
    (" 1", None),
    ("1 ", None),
    ("1\n", None),
    ("+1", None),
    ("1,5", None),
    ("1.", None),
    (".5", None),
    ("1e3", None),
    ("0x10", None),
    ("1_000", None),
    ("٤٠", None),
    ("nan", None),
    ("--1", None),
    ("1234567890123456789", None),
    ("0.12345678901", None),
]


@pytest.mark.parametrize(("text", "value"), NUMBERS)
def test_a_number_is_taken_as_written_or_not_at_all(text: str, value: str | None) -> None:
    found = rules.value_of(text)
    assert (None if found is None else str(found)) == value


FLAGS = [
    ("", ""),
    ("e", "e"),
    ("eb", "be"),
    ("bb", "b"),
    ("x", None),
    ("E", None),
    ("b e", None),
    (":", None),
]


@pytest.mark.parametrize(("text", "flags"), FLAGS)
def test_flags_are_a_set_in_one_order(text: str, flags: str | None) -> None:
    assert rules.flags_of(text, "bdep") == flags


ROWS = [([], ""), ([4], "4"), ([4, 5], "4-5"), ([9, 4, 6, 5, 5], "4-6, 9"), ([1, 3, 5], "1, 3, 5")]


@pytest.mark.parametrize(("numbers", "written"), ROWS)
def test_row_numbers_as_a_person_writes_them(numbers: list[int], written: str) -> None:
    assert rules.ranges(numbers) == written


RELEASES = [
    ("r1", (False, 1)),
    ("r120", (False, 120)),
    ("demo-3", (True, 3)),
    ("r0", None),
    ("r01", None),
    ("R1", None),
    ("r", None),
    ("demo3", None),
    ("r1\n", None),
    ("r1234567890", None),
]


@pytest.mark.parametrize(("release", "read"), RELEASES)
def test_how_releases_are_named(release: str, read: tuple[bool, int] | None) -> None:
    if read is None:
        with pytest.raises(Refused) as refused:
            rules.number_of(release)
        assert refused.value.code == "release_unknown"
        return
    assert rules.number_of(release) == read
    assert rules.release_id(demonstration=read[0], number=read[1]) == release


MIXED = [
    # invented release, kinds of its cities -> refused
    (False, {False}, False),
    (True, {True}, False),
    (False, {True}, True),
    (True, {False}, True),
    (True, {True, False}, True),
    (False, set(), False),
]


@pytest.mark.parametrize(("demonstration", "invented", "refused"), MIXED)
def test_real_and_invented_never_share_a_release(
    demonstration: bool, invented: set[bool], refused: bool
) -> None:
    if not refused:
        rules.check_nothing_mixed(demonstration=demonstration, areas_invented=invented)
        return
    with pytest.raises(Refused) as found:
        rules.check_nothing_mixed(demonstration=demonstration, areas_invented=invented)
    assert found.value.code == "real_and_invented_never_mix"
