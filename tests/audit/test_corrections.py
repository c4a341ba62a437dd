"""An earlier table that was corrected, though none of its published figures differs from today's."""

from __future__ import annotations

from kontor.audit import Result
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
