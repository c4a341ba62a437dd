"""An earlier table that was corrected: what counts as the same, and what nobody can tell any more."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest

from kontor.audit import Result
from kontor.audit.cells import numbered
from kontor.audit.corrections import corrected
from kontor.audit.equations import Equations
from kontor.audit.published import read_published
from kontor.audit.recipe import read_recipe
from tests.audit.conftest import RECIPE, Made, cells

AREAS = RECIPE.replace('"row", "column"', '"area"')
KNOWN = '[[known]]\nfile = "before.csv"\nrecipe = "before.toml"\n'
HEAD = "area,value,confidentiality\n"


def _audited(audited: Made, now: str, then: str, more: str = "") -> Result:
    before = AREAS + more
    return audited(HEAD + now, before + KNOWN, {"before.toml": before, "before.csv": HEAD + then})


def test_a_sum_that_today_s_figures_contradict_was_corrected(audited: Made) -> None:
    """Today the total is not published, then it was 31; today's figures make 32."""
    then = "a,,C\nb,,C\nc,22,F\n_T,31,F\n"
    found = _audited(audited, "a,5,F\nb,5,F\nc,22,F\n_T,,C\n", then)
    assert [leak.low for leak in found.attackers["A"] or ()] == [32]
    agreeing = _audited(audited, "a,5,F\nb,4,F\nc,22,F\n_T,,C\n", then)
    assert [leak.low for leak in agreeing.attackers["A"] or ()] == [31]


def test_a_zero_that_is_hidden_today_was_corrected(audited: Made) -> None:
    """Where zeros are published, what is hidden today is none; where they are not, it may be."""
    now, then = "a,,C\nb,,C\nc,22,F\n_T,40,F\n", "a,0,F\nb,18,F\nc,22,F\n_T,40,F\n"
    assert _audited(audited, now, then, "[publish]\nzeros = true\n").safe
    assert {"a", "b"} == cells(_audited(audited, now, then, "[publish]\nzeros = false\n"), "A")


def test_an_area_that_was_not_there_before_contradicts_an_earlier_total(audited: Made) -> None:
    """Then all was in b: 6. Today something is hidden in a too, so b or the total is another one."""
    found = _audited(audited, "a,,C\nb,,C\n_T,,C\n", "b,6,F\n_T,6,F\n", "[publish]\nzeros = true\n")
    assert found.safe


def test_of_several_earlier_tables_only_the_contradicting_one_was_corrected(audited: Made) -> None:
    """What the other one has published is still known."""
    before = AREAS + "[publish]\nzeros = true\n"
    second = KNOWN.replace("before", "second")
    files = {
        "before.toml": before,
        "before.csv": HEAD + "b,6,F\n_T,6,F\n",
        "second.toml": before,
        "second.csv": HEAD + "a,,C\nb,,C\nc,12,F\n_T,22,F\n",
    }
    found = audited(HEAD + "a,4,F\nb,,C\nc,12,F\n_T,,C\n", before + KNOWN + second, files)
    assert {"b", "_T"} == cells(found, "A")


def _known(*names: str) -> str:
    return "".join(f'[[known]]\nfile = "{name}.csv"\nrecipe = "{name}.toml"\n' for name in names)


def test_a_correction_far_off_unties_nothing(audited: Made) -> None:
    """One person moved from d to c; a and b were told then, and nothing says that they changed."""
    now, then = "a,,C\nb,,C\nc,50,F\nd,60,F\n_T,140,F\n", "a,12,F\nb,18,F\nc,49,F\nd,61,F\n_T,140,F\n"
    found = _audited(audited, now, then)
    assert cells(found, "A") == {"a", "b"}
    assert ("corrected_cells", {"file": "before.csv", "cells": 2}) in found.assumptions
    moved = then.replace("d,61", "d,60").replace("c,49", "c,50").replace("a,12", "a,13").replace("140", "141")
    assert _audited(audited, now, moved).safe  # a or b, who knows


def test_one_of_two_millions_is_a_correction(audited: Made) -> None:
    now, then = "a,,C\nb,,C\nc,2000001,F\n_T,2000011,F\n", "a,6,F\nb,4,F\nc,2000000,F\n_T,2000010,F\n"
    found = _audited(audited, now, then)
    assert cells(found, "A") == {"a", "b"}
    assert ("corrected_cells", {"file": "before.csv", "cells": 2}) in found.assumptions


@pytest.mark.parametrize("order", list(permutations(("k0", "k1", "k2"))), ids="-".join)
def test_earlier_tables_have_no_order(audited: Made, order: tuple[str, ...]) -> None:
    """Three tables of the same areas that contradict each other; whichever comes first says no more than the others."""
    groups = {"k0": None, "k1": ("p", "p", "q", "q"), "k2": ("r", "r", "s", "s")}
    sums = {"k0": "", "k1": "p,8,F\nq,12,F\n", "k2": "r,7,F\ns,13,F\n"}
    inner = {"k0": "a,5,F\nb,4,F\nc,,C\nd,,C\n"}
    files = {}
    for name, of in groups.items():
        under = zip("abcd", of or (), strict=False)
        hierarchy = "[hierarchy.area]\n" + "".join(f'{area} = "{group}"\n' for area, group in under)
        files[f"{name}.toml"] = AREAS + (hierarchy if of else "")
        files[f"{name}.csv"] = HEAD + inner.get(name, "a,,C\nb,,C\nc,,C\nd,,C\n") + sums[name] + "_T,20,F\n"
    now = HEAD + "a,,C\nb,,C\nc,,C\nd,,C\n_T,20,F\n"
    assert audited(now, AREAS + _known(*order), files).safe
    alone = audited(now, AREAS + _known("k0"), files)
    assert cells(alone, "A") == {"a", "b"}
    both = [audited(now, AREAS + _known(*pair), files) for pair in permutations(order[:2])]
    assert both[0].attackers == both[1].attackers


RATES = "".join(
    f'[[rate]]\nnumerator = "{name}"\ndenominator = "people"\nname = "{name} rate"\nper = 1000\ndecimals = 0\n'
    for name in ("deaths", "cases")
)


def _rates(deaths: str, cases_: str) -> str:
    lines = ["area,response,value,confidentiality"]
    for response, figures in (("deaths", deaths), ("cases", cases_), ("people", "9000 9000 9000 27000")):
        for area, figure in zip(("a", "b", "c", "_T"), figures.split(), strict=True):
            lines.append(
                f"{area},{response},{'' if figure == '.' else figure},{'C' if figure == '.' else 'F'}"
            )
    lines += [f"{area},{name} rate,,C" for name in ("deaths", "cases") for area in ("a", "b", "c", "_T")]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("deaths", [". . 20 .", "0 . 20 ."], ids=["the same", "a death more"])
def test_a_response_that_was_corrected_leaves_the_others_what_they_were(audited: Made, deaths: str) -> None:
    asked = AREAS + RATES
    files = {"before.toml": asked, "before.csv": _rates(deaths, "6 14 20 40")}
    found = audited(_rates(". . 20 .", ". . 20 40"), asked + KNOWN, files)
    assert {(leak.codes["area"], leak.response) for leak in found.attackers["A"] or ()} == {
        ("a", "cases"),
        ("b", "cases"),
    }
    files["before.csv"] = _rates(deaths, "6 14 20 40").replace("c,cases,20", "c,cases,19").replace("40", "39")
    files["before.csv"] = (
        files["before.csv"].replace("a,cases,6", "a,cases,").replace("a,cases,,F", "a,cases,,C")
    )
    files["before.csv"] = files["before.csv"].replace("b,cases,14,F", "b,cases,,C")
    assert audited(_rates(". . 20 .", ". . 20 40"), asked + KNOWN, files).safe


def test_one_way_is_no_way_where_the_tables_contradict_it(audited: Made) -> None:
    """d and the total grew, so what is hidden beside them has one less."""
    then = "b,,C\nc,,C\nd,50,F\ne,70,F\n_T,131,F\n"
    found = _audited(audited, "b,,C\nc,,C\nd,52,F\ne,70,F\n_T,132,F\n", then)
    assert found.safe
    assert "revision_one_way" not in dict(found.assumptions)
    grown = _audited(audited, "b,,C\nc,,C\nd,52,F\ne,70,F\n_T,133,F\n", then)
    assert grown.safe
    grown = _audited(audited, "b,,C\nc,,C\nd,52,F\ne,70,F\n_T,134,F\n", then)
    assert ("revision_one_way", {"tables": 1}) in grown.assumptions


@pytest.mark.parametrize("seed", range(40))
def test_what_is_the_same_by_trying_all_fillings(tmp_path: Path, seed: int) -> None:
    """Every filling of both tables with the least sum of differences, one by one."""
    random = np.random.default_rng(seed)
    shape = (3,) if seed % 2 else (2, 2)
    zeros = bool(random.integers(2))
    then = random.integers(0, 5, shape)
    now = np.maximum(then + (random.random(shape) < 0.3) * random.integers(-2, 3, shape), 0)
    variables = ["row", "column"][: len(shape)]
    text = f'[table]\nkind = "frequency"\nvariables = {variables}\n[publish]\nzeros = {str(zeros).lower()}\n'
    text = text.replace("'", '"') + "[primary]\nthreshold = 3\n"
    hidden = [
        (random.random([n + 1 for n in shape]) < 0.55) & ~(zeros & (_summed(one) == 0)) for one in (now, then)
    ]
    tables = []
    for name, one, unseen in zip(("now", "then"), (now, then), hidden, strict=True):
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        (tmp_path / f"{name}.csv").write_text(_rows(variables, _summed(one), unseen), encoding="utf-8")
        tables.append(read_published(tmp_path / f"{name}.csv", read_recipe(tmp_path / f"{name}.toml")))
    numbers = numbered(tables, 1)
    found = corrected(numbers, Equations(numbers))
    size = hidden[0].size
    apart = {now_cell for one in found.revised for now_cell, _ in one.pairs}
    assert [cell not in apart for cell in range(size)] == _same_by_trying(now, then, hidden, zeros).tolist()


def _same_by_trying(now: np.ndarray, then: np.ndarray, hidden: list[np.ndarray], zeros: bool) -> np.ndarray:
    fillings = [_fillings(one, unseen, zeros) for one, unseen in zip((now, then), hidden, strict=True)]
    gaps = np.abs(fillings[0][:, None, :] - fillings[1][None, :, :])
    costs = gaps.sum(axis=2)
    return (gaps[costs == costs.min()] == 0).all(axis=0)


def _fillings(table: np.ndarray, unseen: np.ndarray, zeros: bool) -> np.ndarray:
    """All tables that show the same figures, with their sums, one row each."""
    shown = _summed(table)
    found = []
    for values in product(range(9), repeat=table.size):
        one = _summed(np.array(values).reshape(table.shape))
        if (one == shown)[~unseen].all() and (not zeros or (one[unseen] >= 1).all()):
            found.append(one.ravel())
    return np.array(found)


def _summed(table: np.ndarray) -> np.ndarray:
    for axis in range(table.ndim):
        table = np.concatenate([table, table.sum(axis=axis, keepdims=True)], axis=axis)
    return table


def _rows(variables: list[str], summed: np.ndarray, unseen: np.ndarray) -> str:
    lines = [",".join([*variables, "value", "confidentiality"])]
    for place in np.ndindex(summed.shape):
        codes = ["_T" if at == size - 1 else f"{at}" for at, size in zip(place, summed.shape, strict=True)]
        lines.append(
            ",".join([*codes, "" if unseen[place] else str(summed[place]), "C" if unseen[place] else "F"])
        )
    return "\n".join(lines) + "\n"
