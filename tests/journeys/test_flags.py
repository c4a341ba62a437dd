"""A flag that a source sets arrives in every page, format and chart, with the figure that carries it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import duckdb
import pytest

from kontor.comparison.queries import peers
from kontor.comparison.queries.basis import basis
from kontor.comparison.queries.profile import profile
from tests.cast import BERLIN

ROAD = "road_death_rate"
CARRIED = ["starter:road_deaths=p", "starter:population=su"]
ABBREVIATION = re.compile(r'<abbr class="flag" title="([^"]*)">(\w)</abbr>')


@pytest.fixture
def year(publish: Callable[..., object]) -> str:
    """The year that Berlin's page shows; its deaths are now provisional, its residents unreliable by a strike."""
    ground = basis()
    entry = next(entry for entry in profile(ground, BERLIN) if entry.definition.code == ROAD)
    newest = peers.structures(ground)[BERLIN].population_period
    deaths = f"{BERLIN},road_deaths,{entry.period},41,p"
    residents = [f"{BERLIN},population,{period},3644799,us" for period in {entry.period, newest}]
    publish(deaths, *residents)
    return entry.period


def tips(html: str, letter: str) -> set[str]:
    """What the page says of a flag wherever it stands."""
    return {unescape(tip) for tip, found in ABBREVIATION.findall(html) if found == letter}


def row_of(html: str, words: str) -> str:
    """The rows of the page's tables that hold the words."""
    return "".join(row for row in re.findall(r"<tr.*?</tr>", html, re.DOTALL) if words in unescape(row))


PAGES = {
    "a city": "cities/berlin/",
    "an indicator": f"indicators/{ROAD}/?period={{year}}&city={BERLIN}&show=peers",
    "a comparison": f"compare/?city={BERLIN}&indicator={ROAD}",
}
SAID = {
    "en": (
        "Provisional (p): Persons killed in road accidents. Will be replaced by a final figure.",
        "Low reliability (u): Population on 1 January. Rests on few cases or a small sample.",
        "Special event (s): Population on 1 January. A strike, disaster or other event distorts the figure.",
    ),
    "de": (
        "Vorläufig (p): Im Straßenverkehr Getötete. Wird durch ein endgültiges Ergebnis ersetzt.",
        "Geringe Zuverlässigkeit (u): Bevölkerung am 1. Januar. "
        "Beruht auf wenigen Fällen oder einer kleinen Stichprobe.",
        "Sonderereignis (s): Bevölkerung am 1. Januar. "
        "Streik, Katastrophe oder ein anderes Ereignis verzerrt die Zahl.",
    ),
    "zh-hans": (
        "初步数据 (p)：道路交通事故死亡人数。将由最终数据取代。",
        "可靠性低 (u)：1月1日常住人口。所依据的个案较少或样本量较小。",
        "特殊事件影响 (s)：1月1日常住人口。受罢工、灾害或其他事件影响而失真。",
    ),
}


def test_a_page_says_which_figure_carries_which_flag(read: Any, year: str) -> None:
    for language, sentences in SAID.items():
        for address in PAGES.values():
            html = read(f"/{language}/{address.format(year=year)}").html
            for letter, said in zip("pus", sentences, strict=True):
                assert said in tips(html, letter), (language, address)


def test_a_city_says_it_of_residents_in_its_history_and_in_its_notes(read: Any, year: str) -> None:
    page = read("/en/cities/berlin/")
    plain = "Special event (s): A strike, disaster or other event distorts the figure."
    facts = re.search(r'<dl class="facts">.*?</dl>', page.html, re.DOTALL)
    assert facts and plain in tips(facts[0], "s")
    assert plain in tips(row_of(page.html, "3\u202f644\u202f799"), "s")
    histories = page.html.split('id="h-time"')[1].split("</section>")[0]
    assert SAID["en"][0] in tips(histories, "p")
    # What limits comparability stands on the page itself, not only in a tip.
    assert "Low reliability (u): Population on 1 January. Rests on few cases" in page.text
    assert plain in tips(row_of(read("/en/cities/?q=berlin").html, "Berlin"), "s")


def test_a_value_of_one_figure_does_not_repeat_its_own_name(
    read: Any, publish: Callable[..., object]
) -> None:
    entry = next(e for e in profile(basis(), BERLIN) if len(e.definition.inputs) == 1)
    (variable,) = [of for of in entry.definition.inputs[0].of if of.startswith("starter:")]
    publish(f"{BERLIN},{variable.removeprefix('starter:')},{entry.period},20,s")
    address = f"indicators/{entry.definition.code}/?period={entry.period}&city={BERLIN}&show=peers"
    assert tips(row_of(read(f"/en/{address}").html, "Berlin"), "s") == {
        "Special event (s): A strike, disaster or other event distorts the figure."
    }


def test_a_release_says_what_its_flags_mean_and_its_data_keep_them(read: Any, client: Any, year: str) -> None:
    html = read("/en/releases/r2/").html
    assert tips(html, "p") == {"Provisional (p): Will be replaced by a final figure."}
    assert tips(html, "s") and tips(html, "u")
    rows = json.loads(client.get("/en/releases/r2/changes.json").content)["rows"]
    assert {row["flags_after"] for row in rows} == {"p", "su"}
    text = client.get("/en/releases/r2/changes.csv").content.decode("utf-8-sig")
    assert {row["flags_after"] for row in csv.DictReader(io.StringIO(text))} == {"p", "su"}


# ---- charts


def drawings(html: str, id: str) -> list[str]:
    """The drawings of a chart, in each of its widths."""
    found = re.findall(rf'<svg class="chart[^>]*aria-labelledby="{id}-.*?</svg>', html, re.DOTALL)
    assert found
    return found


def description(drawing: str) -> str:
    (said,) = re.findall(r"<desc[^>]*>(.*?)</desc>", drawing)
    return unescape(said)


def test_charts_of_a_city_draw_flagged_values_hollow_and_say_so(read: Any, year: str) -> None:
    html = read("/en/cities/berlin/").html
    for drawing in drawings(html, f"history-{ROAD}"):
        assert "hollow" in drawing
        said = description(drawing)
        assert "hollow, flagged by the source: " in said
        assert re.search(rf"Provisional \(p\): (?:[\d–, ]*)\b{year}\b", said)
    for drawing in drawings(html, "peers"):
        assert "you hollow" in drawing and "p hollow" in drawing and " psu<" in drawing
        assert "Road deaths (psu)" in description(drawing)
    html = read(f"/en/compare/?city={BERLIN}&indicator={ROAD}").html
    for drawing in drawings(html, f"multiple-{ROAD}"):
        assert "ln y hollow" in drawing and f"Special event (s): {year}" in description(drawing)


def test_charts_of_an_indicator_draw_flagged_cities_hollow_and_count_them(read: Any, year: str) -> None:
    html = read(f"/en/indicators/{ROAD}/?period={year}&city={BERLIN}&show=peers").html
    for drawing in drawings(html, "funnel"):
        assert "you hollow" in drawing and "f2 hollow" in drawing and " psu<" in drawing
        assert "Hollow: flagged by the source." in description(drawing)
        assert "Special event (s): 1" in description(drawing)
    for drawing in drawings(html, "spread"):
        assert re.search(r"Berlin [\d.]+ psu<", drawing)
        assert re.search(r"Flagged by the source: .*Special event \(s\): 1", description(drawing))
    assert 'class="you hollow"' in row_of(html, "Berlin")


# ---- formats


def test_csv_and_json_of_a_page_carry_the_flags(client: Any, year: str) -> None:
    wanted = (BERLIN, ROAD, year)
    for place in ("/en/cities/berlin", f"/en/indicators/{ROAD}"):
        lines = csv.DictReader(io.StringIO(client.get(f"{place}.csv").content.decode("utf-8-sig")))
        (line,) = [row for row in lines if (row["area"], row["indicator"], row["period"]) == wanted]
        rows = json.loads(client.get(f"{place}.json").content)["rows"]
        (row,) = [row for row in rows if (row["area"], row["indicator"], row["period"]) == wanted]
        assert row["flags"] == list("psu") and row["flags_of_inputs"] == CARRIED
        assert line["flags"].split("; ") == list("psu")
        assert line["flags_of_inputs"].split("; ") == CARRIED


def test_the_api_carries_the_flags_in_every_form(client: Any, year: str, tmp_path: Any) -> None:
    address = f"/api/v1/data/{ROAD}?area={BERLIN}&period={year}"
    (row,) = client.get(address).json()["rows"]
    assert row["flags"] == list("psu") and row["flags_of_inputs"] == CARRIED
    file = tmp_path / "data.parquet"
    file.write_bytes(client.get(f"{address}&format=parquet").content)
    found = duckdb.sql(f"SELECT flags, flags_of_inputs FROM '{file}'").fetchall()
    assert found == [(list("psu"), CARRIED)]
    (city,) = client.get(f"/api/v1/compare/{ROAD}?period={year}&city={BERLIN}").json()["cities"]
    assert city["flags"] == list("psu")
    assert city["flags_of_inputs"] == {"starter:road_deaths": ["p"], "starter:population": ["s", "u"]}
    series = client.get(f"/api/v1/series/starter:population?area={BERLIN}&period={year}").json()["rows"]
    assert [row["flags"] for row in series if row["current"]] == [["s", "u"]]


def test_the_command_names_flags_with_their_figures(
    year: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from kontor.cli import compare, terminal

    monkeypatch.setattr(terminal, "open_league", lambda: None)  # it is open already
    compare.compare(ROAD, period=year, city=[BERLIN], as_of=None)
    assert "p:road_deaths su:population" in capsys.readouterr().out
