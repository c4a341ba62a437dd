"""Why a figure was published: the reason that came with it, that of the release, or the code of what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from kontor.errors import Refused
from kontor.league.rules import OPERATOR
from kontor.observations import operations
from kontor.observations.operations import Handed
from kontor.observations.queries import figures, releases
from kontor.observations.rules import REASONS, Figure, Reading, reason_of
from kontor.sentences import reason, sentences
from tests.cast import BERLIN, text

DEATHS = "starter:road_deaths"
Publish = Callable[..., releases.ReleaseRecord]


def figure(period: str, value: str, **other: str) -> Figure:
    return Figure(BERLIN, DEATHS, period, Decimal(value), "", "eurostat", "a.csv", 2)._replace(**other)


def publish_figures(
    publish: Publish, listed: Sequence[Figure], *, reason: str | None = None
) -> releases.ReleaseRecord:
    """Through a submission of one row that is there already, whose reading is replaced."""
    reading = Reading(read=len(listed), figures=list(listed))
    return operations.release(
        handed=[Handed(submission=1, reading=reading)],
        title=text(),
        reason=reason,
        by=OPERATOR,
        at=datetime.now(UTC),
    )


def reasons(release: str) -> list[tuple[str, str, str]]:
    return [(change.kind, change.period, change.reason) for change in releases.diff(release)]


def test_without_a_word_the_code_says_what_happened(publish: Publish) -> None:
    publish_figures(
        publish,
        [
            figure("1960", "7"),
            figure("2018", "46"),
            figure("2019", "41", conversion="kreise 2008>2020 population: 1*1"),
            figure("1961", "8", conversion="kreise 2008>2020 population: 1*1"),
        ],
    )
    assert reasons("r2") == [
        ("added", "1960", "new_in_source"),
        ("added", "1961", "converted"),
        ("revised", "2018", "revised_in_source"),
        ("revised", "2019", "converted"),
    ]
    publish_figures(publish, [figure("2019", "42", conversion="kreise 2008>2020 population: 1*1")])
    assert reasons("r3") == [("revised", "2019", "revised_in_source")]


def test_the_reason_of_the_release_holds_where_a_figure_has_none(publish: Publish) -> None:
    why = "Die Polizei hat Fälle nachgemeldet; 更正"
    publish_figures(publish, [figure("2018", "46"), figure("2019", "41", reason="Typing error")], reason=why)
    assert reasons("r2") == [("revised", "2018", why), ("revised", "2019", "Typing error")]
    assert releases.manifest("r2")["reason"] == why
    assert "reason" not in releases.manifest("r1")
    found = figures.cell(DEATHS, BERLIN, "2018")
    assert found is not None and found.reason == why


@pytest.mark.parametrize(
    ("given", "kept"),
    [(None, ""), ("", ""), ("  two \n lines\t", "two lines"), ("a\x00b", "a b"), ("revised_in_source",) * 2],
)
def test_a_reason_is_one_printable_line(given: str | None, kept: str) -> None:
    assert reason_of(given) == kept


def test_a_reason_is_never_cut() -> None:
    assert reason_of("x" * 500) == "x" * 500
    with pytest.raises(Refused) as refused:
        reason_of("x" * 501)
    assert (refused.value.code, refused.value.facts) == ("reason_too_long", {"limit": 500, "count": 501})


def test_every_code_has_its_sentence_and_other_words_stay_as_given() -> None:
    assert set(REASONS) <= set(sentences())
    assert reason("converted", "de") == sentences()["converted"]["de"]
    assert reason("Typing error", "de") == "Typing error"
    assert reason("invalid", "de") == "invalid", "a code of something else is no reason"
    assert reason("", "zh-hans") == ""


def test_of_several_figures_for_one_cell_the_last_holds_and_digits_stay(publish: Publish) -> None:
    listed = [
        figure("1960", "1"),
        figure("1961", "0.0000000001"),
        figure("1962", "0E-10"),
        figure("1960", "2.50"),
    ]
    assert publish_figures(publish, listed).rows == 3
    found = {cell.period: str(cell.value) for cell in figures.series(DEATHS, BERLIN) if cell.period < "1970"}
    assert found == {"1960": "2.50", "1961": "1E-10", "1962": "0E-10"}
    assert [change.after for change in releases.diff("r2")] == ["2.50", "0.0000000001", "0.0000000000"]


def test_texts_keep_every_character(publish: Publish) -> None:
    odd = 'a "quoted", comma; semi\\N 北京\u2028'
    publish_figures(publish, [figure("1960", "1", file=odd, column=odd, conversion="\\N", reason=odd)])
    found = figures.cell(DEATHS, BERLIN, "1960")
    assert found is not None
    assert (found.file, found.column, found.conversion, found.reason) == (odd, odd, "\\N", odd)


def test_the_same_rows_give_the_same_bytes(db: None, own_data: Path) -> None:
    from kontor.observations import store

    written = []
    for number in range(2):
        with store.draft() as draft:
            listed = [figure(str(year), f"{year}.5", flags="b") for year in range(1960, 1990)]
            draft.hand_in(listed if number else listed[::-1])
            draft.compare([])
            folder = own_data / f"copy-{number}"
            folder.mkdir()
            draft.write(folder)
            written.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert written[0] == written[1]
