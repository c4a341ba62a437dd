"""The office's own proof: checked for itself, and nothing is searched that it proves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from kontor.audit import audit
from kontor.audit.group import Group
from kontor.audit.points import Points
from kontor.audit.singles import seen_by_singles, unproven
from kontor.audit.system import System
from kontor.errors import Invalid, Refused
from tests.audit.conftest import RECIPE, Made, safe_csv

TABLE = """
      x   y   z   _T
a     .   .   20  40
b     .   .   30  50
_T    30  10  50  90
"""
NAMES = [{"row": row, "column": column} for row in "ab" for column in "xy"]
TRUE = [13.0, 7.0, 17.0, 3.0]
UP = [1.0, -1.0, -1.0, 1.0]


def _written(folder: Path, **changed: Any) -> Path:
    """One witness per cell, three steps up and two down."""
    moves = np.array([UP, UP, UP, UP]).ravel()
    arrays: dict[str, Any] = {
        "format": "kontor-witnesses/2",
        "safe_sha256": hashlib.sha256(safe_csv(TABLE).encode()).hexdigest(),
        "cells": np.array([json.dumps(name, sort_keys=True) for name in NAMES]),
        "value": np.array(TRUE),
        "person": np.full(4, -1),
        "primary": np.array([False, False, False, True]),
        "cell": np.arange(4),
        "start": np.arange(0, 17, 4),
        "at": np.tile(np.arange(4), 4),
        "low": -2 * moves,
        "high": 3 * moves,
        "note": "do not pass on",
    }
    np.savez_compressed(folder / "WITNESSES.npz", **(arrays | changed))
    return folder


def test_right_witnesses(audited: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With them no interval needs a linear programme."""
    audited(TABLE)

    def never(*_args: object) -> None:
        raise AssertionError("searched what was proven")

    monkeypatch.setattr("kontor.audit.integers.MOST_CLASSES", 0)
    monkeypatch.setattr("kontor.audit.group.Programme", never)
    monkeypatch.setattr("kontor.audit.attack.respondents", lambda *_, **__: {"C": []})
    result = audit(tmp_path / "SAFE.csv", tmp_path / "recipe.toml", local=_written(tmp_path))
    assert result.safe
    assert ("witnesses_checked", {"count": 4}) in result.assumptions


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"safe_sha256": "0" * 64}, "witnesses_of_other_file"),
        ({"format": "another/1"}, "witnesses_malformed"),
        ({"format": "kontor-witnesses/1"}, "witnesses_malformed"),
        ({"person": np.array([0, -1, -1])}, "witnesses_malformed"),
        ({"person": np.array([True, False, False, False])}, "witnesses_malformed"),
        ({"start": np.array([0, 4])}, "witnesses_malformed"),
        ({"cells": np.array(["a", "b", "c", "d"])}, "witnesses_malformed"),
        ({"cells": np.array(["[1]"] * 4)}, "witnesses_malformed"),
        ({"cells": np.array(['{"row":["a"]}'] * 4)}, "witnesses_malformed"),
        ({"cells": np.array(["[" * 100_000] * 4)}, "witnesses_malformed"),
        ({"cells": np.arange(4)}, "witnesses_malformed"),
        ({"value": np.array(["13", "7", "17", "3"])}, "witnesses_malformed"),
        ({"value": np.full(4, np.nan)}, "witnesses_malformed"),
        ({"low": np.full(16, np.nan)}, "witnesses_malformed"),
        ({"high": np.full(16, np.inf)}, "witnesses_malformed"),
        ({"at": np.tile(np.arange(4.0), 4)}, "witnesses_malformed"),
        ({"start": np.arange(0, 17, 4)[None, :]}, "witnesses_malformed"),
        ({"start": np.zeros(0)}, "witnesses_malformed"),
        ({"width": np.zeros(2)}, "witnesses_malformed"),
        ({"value": np.array([13.0, 8.0, 17.0, 3.0])}, "witness_wrong"),
        ({"high": np.full(16, 1.0)}, "witness_wrong"),
        ({"low": -3 * np.array([UP] * 4).ravel()}, "witness_wrong"),
    ],
)
def test_wrong_witnesses(audited: Made, tmp_path: Path, changed: dict[str, Any], code: str) -> None:
    audited(TABLE)
    with pytest.raises(Invalid) as error:
        audit(tmp_path / "SAFE.csv", tmp_path / "recipe.toml", local=_written(tmp_path, **changed))
    assert error.value.rows[0].code == code


def _array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.arange(3))


@pytest.mark.parametrize(
    "write", [Path.touch, _array, lambda path: path.write_bytes(b"PK\x03\x04 and no more")]
)
def test_a_file_that_is_no_archive_of_arrays(
    audited: Made, tmp_path: Path, write: Callable[[Path], object]
) -> None:
    audited(TABLE)
    write(tmp_path / "WITNESSES.npz")
    with pytest.raises(Invalid) as error:
        audit(tmp_path / "SAFE.csv", tmp_path / "recipe.toml", local=tmp_path)
    assert [row.code for row in error.value.rows] == ["witnesses_malformed"]


def test_a_large_count_elsewhere_excuses_no_small_one(audited: Made, tmp_path: Path) -> None:
    """Beside a hidden count of 300 000 a witness may still not move a count of 3 by three on its own."""
    large = TABLE.replace("20  40", "20  300027").replace("30  10  50  90", "300017  10  50  300077")
    audited(large)
    moves = np.array([UP, UP, UP, [0.0, 0.0, 0.0, 1.0]]).ravel()
    wrong = {
        "safe_sha256": hashlib.sha256(safe_csv(large).encode()).hexdigest(),
        "value": np.array([300000.0, 7.0, 17.0, 3.0]),
        "low": -2 * moves,
        "high": 3 * moves,
    }
    with pytest.raises(Invalid) as error:
        audit(tmp_path / "SAFE.csv", tmp_path / "recipe.toml", local=_written(tmp_path, **wrong))
    assert [row.code for row in error.value.rows] == ["witness_wrong"]


def test_what_has_no_witness_is_searched(audited: Made, tmp_path: Path) -> None:
    audited(TABLE)
    nothing = {"cell": np.zeros(0, int), "start": np.zeros(1, int), "at": np.zeros(0, int)}
    none = {**nothing, "low": np.zeros(0), "high": np.zeros(0)}
    assert audit(tmp_path / "SAFE.csv", tmp_path / "recipe.toml", local=_written(tmp_path, **none)).safe


def test_no_witnesses_there(audited: Made, tmp_path: Path) -> None:
    audited(TABLE)
    with pytest.raises(Refused, match="file_missing"):
        audit(tmp_path / "SAFE.csv", tmp_path / "recipe.toml", local=tmp_path)


def test_amounts_are_judged_by_the_widths_the_office_asked_for(audited: Made, tmp_path: Path) -> None:
    recipe = RECIPE.replace("frequency", "magnitude").replace(
        '["row", "column"]', '["row", "column"]\nresponse = "kwh"'
    )
    assert audited(TABLE, recipe).safe
    wide, too_wide = np.full(4, 10.0), np.full(4, 11.0)
    paths = tmp_path / "SAFE.csv", tmp_path / "recipe.toml"
    assert audit(*paths, local=_written(tmp_path, width=wide)).safe
    result = audit(*paths, local=_written(tmp_path, width=too_wide))
    assert len(result.narrow or ()) == 4


@pytest.mark.parametrize("classes", [12, 0])
def test_who_is_really_alone_sees_what_nobody_could_suspect(
    audited: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, classes: int
) -> None:
    """a/x may be anything from 1 to 39, so from outside nobody is taken for alone there; the office knows that he is, and
    that he can tell b/y = 2. Where he is two persons, nobody is alone."""
    square = """
          x   y   z   _T
    a     .   .   20  60
    b     .   .   30  70
    _T    39  41  50  130
    """
    monkeypatch.setattr("kontor.audit.integers.MOST_CLASSES", classes)
    assert audited(square).safe
    paths = tmp_path / "SAFE.csv", tmp_path / "recipe.toml"
    digest = hashlib.sha256(safe_csv(square).encode()).hexdigest()
    steps = np.array([UP] * 4).ravel()
    more = {"safe_sha256": digest, "low": 0 * steps, "high": 3 * steps}
    alone = np.array([7, -1, -1, -1])
    folder = _written(tmp_path, **more, value=np.array([1.0, 39.0, 38.0, 2.0]), person=alone)
    result = audit(*paths, local=folder)
    assert [(leak.codes, leak.low) for leak in result.attackers["C"] or ()] == [
        ({"row": "b", "column": "y"}, 2)
    ]
    two = _written(tmp_path, **more, value=np.array([2.0, 38.0, 37.0, 3.0]))
    assert audit(*paths, local=two).safe


def test_in_large_groups_the_office_asks_those_who_are_alone_and_nobody_else(
    audited: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """a/x is 1 to 3, so outside everybody fears that somebody is alone there and can tell b/y. The office knows that they
    are two; where very many cells hang together, that is enough."""
    square = """
          x   y   z   _T
    a     .   .   20  60
    b     .   .   30  35
    _T    4   41  50  95
    """
    public = audited(square).attackers["C"]
    steps = np.array([UP] * 4).ravel()
    digest = hashlib.sha256(safe_csv(square).encode()).hexdigest()
    two = {"value": np.array([2.0, 38.0, 2.0, 3.0]), "low": -steps, "high": steps}
    one = {"value": np.array([1.0, 39.0, 3.0, 2.0]), "low": 0 * steps, "high": 2 * steps}
    paths, folder = (
        (tmp_path / "SAFE.csv", tmp_path / "recipe.toml"),
        _written(tmp_path, safe_sha256=digest, **two),
    )
    assert public
    assert audit(*paths, local=folder).attackers["C"] == public
    monkeypatch.setattr("kontor.audit.group.SMALL", 0)
    monkeypatch.setattr("kontor.audit.integers.MOST_CLASSES", 0)
    large = audit(*paths, local=folder)
    assert not large.attackers["C"]
    assert "single_persons_as_known" in [code for code, _ in large.assumptions]
    folder = _written(tmp_path, safe_sha256=digest, person=np.array([5, -1, -1, -1]), **one)
    assert {leak.low for leak in audit(*paths, local=folder).attackers["C"] or ()} == {2, 3}


@pytest.mark.parametrize(("person", "seen"), [([4, -1, -1, 9], 2), ([4, -1, -1, 4], 0)])
def test_who_is_alone_in_two_cells_sees_nothing_but_himself(
    audited: Made, tmp_path: Path, person: list[int], seen: int
) -> None:
    """a/x and b/y are 1 and tell each other: a leak where they are two persons, none where he stands in both."""
    square = """
          x   y   z   _T
    a     .   .   20  60
    b     .   .   30  69
    _T    39  40  50  129
    """
    audited(square)
    steps = np.array([UP] * 4).ravel()
    digest = hashlib.sha256(safe_csv(square).encode()).hexdigest()
    more = {"safe_sha256": digest, "low": 0 * steps, "high": 3 * steps}
    true = np.array([1.0, 39.0, 38.0, 1.0])
    folder = _written(tmp_path, **more, value=true, person=np.array(person))
    result = audit(tmp_path / "SAFE.csv", tmp_path / "recipe.toml", local=folder)
    assert len(result.attackers["C"] or ()) == seen


@pytest.mark.parametrize("moves", [[1.0, 0.0, -1.0], [1.0, 1.0, 0.0]])
def test_one_table_in_which_he_does_not_move_is_enough(moves: list[float]) -> None:
    """Class 0 is protected, class 1 is one person: only a table that moves the first and not the second clears him."""
    rows = csr_array(np.array([[1.0, -1.0, 0.0], moves]))
    left = unproven(rows, [np.array([1])], np.array([True, False, False]))
    assert [(place, by.tolist()) for place, by in left] == ([] if moves[1] == 0 else [(0, [0])])


def test_only_tables_in_which_he_keeps_his_number_clear_a_person() -> None:
    """x + y = z + 2: who is alone in x and in y knows that z is empty, whatever z is in tables where they are 2 and 2; who
    is alone in x does not."""
    system = System(
        csr_array(np.array([[1.0, 1.0, -1.0]])),
        *[np.array([2.0])] * 2,
        *_ends(),
        *[np.ones(3, bool)] * 2,
        np.full(3, 3.0),
    )
    group = Group(np.arange(3), system, Points(system), 4.0)
    group.points.add(np.array([2.0, 2.0, 2.0]))
    for own, left in ([0, 1], {0: [2]}), ([0], {}):
        seen = seen_by_singles(group, [np.array(own)], [(2, np.array([0]))], lambda *_: None)
        assert {person: classes.tolist() for person, classes in seen.items()} == left


def _ends() -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(3), np.full(3, 9.0)
