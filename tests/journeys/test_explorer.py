"""Series, figures and what is to be asked: from a value to its row in the source, and back to any release."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.cast import RIGA, text
from tests.conftest import forget
from tests.journeys.pages import LANGUAGES

WASTE = "starter:municipal_waste_kt"
SERIES = f"/en/series/{WASTE}/riga/"
STARTER = Path(__file__).resolve().parents[2] / "starter" / "figures.csv"
REVISED = f"{RIGA},municipal_waste_kt,2020,206.34,p"


def rows_of_riga() -> dict[str, tuple[int, str]]:
    """Year -> (row, the row as it is written) of Riga's waste in the starter figures."""
    lines = STARTER.read_text(encoding="utf-8").splitlines()
    found = [(number, line) for number, line in enumerate(lines, 1)]
    return {
        line.split(",")[2]: (number, line)
        for number, line in found
        if line.startswith(f"{RIGA},municipal_waste_kt,")
    }


@pytest.fixture
def withdrawn(publish: Callable[..., object]) -> None:
    """Riga's waste: the figure of 2020 revised by r2, that of 2023 withdrawn by r3."""
    from kontor.league.rules import OPERATOR
    from kontor.observations import operations
    from kontor.observations.rules import FigureKey

    publish(REVISED)
    operations.withdraw(
        cells=[FigureKey(RIGA, WASTE, "2023")],
        reason="It was given in tonnes.",
        title=text("A withdrawal"),
        by=OPERATOR,
        at=datetime.now(UTC),
    )


def table(client: Any, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(address).content.decode())))


# ---- a series


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_waste_of_riga_shows_what_is_wrong_why_and_where(read: Any, language: str) -> None:
    """Two years in tonnes instead of 1,000 tonnes: seen in the drawing, said in words, found in the file."""
    page = read(SERIES.replace("/en/", f"/{language}/"))
    assert page.all("circle", class_="odd") != []
    kind = {"en": "Other unit", "de": "Andere Einheit", "zh-hans": "单位不同"}[language]
    assert kind in page.text
    number, line = rows_of_riga()["2020"]
    assert line in page.text and str(number) in page.text
    value = "206\u202f338,61" if language == "de" else "206\u202f338.61"
    assert value in page.html
    assert "Source: Eurostat city statistics (Urban Audit), CC BY 4.0" in page.text
    assert "c0ff4098f342ac0a" in page.text, "the hash of the file"
    assert f"/{language}/indicators/municipal_waste_per_resident/" in page.links()
    assert "municipal_waste_per_resident/v1" in page.text
    words = {"en": "logarithmic", "de": "logarithmisch", "zh-hans": "对数"}[language]
    assert words in page.text


def test_every_figure_says_its_row_as_it_was_handed_in(read: Any) -> None:
    page = read(SERIES)
    for year, (number, line) in rows_of_riga().items():
        assert f"row {number}" in page.text and line in page.text, year


def test_a_probable_error_counts_neither_in_the_table_of_others_nor_in_its_middle(read: Any) -> None:
    """The figure of 2023 would be nine hundred times the middle; the newest year that counts is 2022."""
    page = read(SERIES)
    assert "What other cities look like, 2022" in page.text
    assert "Riga lies in the middle half of 20 similar cities with 218.97 in 2022." in page.text
    ours = page.html.split('id="others"')[1].split("</section>")[0]
    assert 'class="me"' in ours and "218.97" in ours and "191" not in re.sub(r"<[^>]*>", "", ours)


def test_greater_cities_and_boroughs_stand_beside_their_own_kind(read: Any, db: None) -> None:
    from kontor.league import queries as league

    units = {city.slug: city.unit for city in league.cities()}
    for slug, variable in (("antwerp", "starter:live_births"), ("riga", WASTE)):
        page = read(f"/en/series/{variable}/{slug}/")
        others = page.html.split('id="others"')[1].split("</section>")[0]
        linked = re.findall(rf"/en/series/{variable}/([a-z0-9-]+)/", others)
        assert len(linked) > 3
        assert {units[other] for other in linked} == {units[slug]}


def test_years_and_release_narrow_what_one_sees(read: Any, publish: Callable[..., object]) -> None:
    publish(REVISED)
    page = read(f"{SERIES}?from=2019&to=2021")
    assert re.findall(r'id="y(\d{4})"', page.html) == ["2019", "2020", "2021"]
    assert "206.34" in page.text
    earlier = read(f"{SERIES}?from=2019&to=2021&as_of=r1")
    assert "206\u202f338.61" in earlier.html and "206.34" not in earlier.text


@pytest.mark.parametrize("question", ["", "?from=2018&to=2021", "?from=2018&to=2021&as_of=r1"])
def test_the_download_holds_exactly_what_one_sees(
    client: Any, read: Any, withdrawn: None, question: str
) -> None:
    page = read(SERIES + question)
    links = [link for link in page.links() if re.search(r"/riga\.(csv|json|parquet)", link)]
    assert [re.search(r"riga\.(\w+)", link)[1] for link in links] == ["csv", "json", "parquet"]  # type: ignore[index]
    rows = table(client, links[0])
    assert [row["period"] for row in rows] == re.findall(r'id="y(\d{4})"', page.html)
    for row in rows:
        assert row["source"] and row["licence"] and row["as_of"] and row["release"]
        if row["withdrawn"] == "false":
            assert row["file"] and row["row"] and len(row["file_sha256"]) == 64
            shown = f"{float(row['value']):,.{len(row['value'].partition('.')[2])}f}".replace(",", "\u202f")
            assert shown in page.html
    document = json.loads(client.get(links[1]).content)
    assert [row["value"] or "" for row in document["rows"]] == [row["value"] for row in rows]


def test_the_download_carries_finding_vintage_and_row(client: Any, publish: Callable[..., object]) -> None:
    before = {row["period"]: row for row in table(client, f"/en/series/{WASTE}/riga.csv")}
    assert re.fullmatch(r"unit_switch, 0\.\d\d, exclude", before["2020"]["findings"])
    assert (before["2020"]["row"], before["2020"]["value"]) == (str(rows_of_riga()["2020"][0]), "206338.61")
    publish(REVISED)
    after = {row["period"]: row for row in table(client, f"/en/series/{WASTE}/riga.csv")}
    assert (after["2020"]["vintage"], after["2020"]["vintages"], after["2020"]["flags"]) == ("2", "2", "p")
    assert after["2020"]["findings"] == ""
    assert after["2021"]["vintages"] == "1"


def test_a_parquet_download_is_typed(client: Any, db: None, tmp_path: Path) -> None:
    path = tmp_path / "riga.parquet"
    path.write_bytes(client.get(f"/en/series/{WASTE}/riga.parquet").content)
    rows = duckdb.sql(f"SELECT period, value, findings, row FROM '{path}' WHERE period = '2020'").fetchall()
    assert len(rows) == 1 and float(rows[0][1]) == 206338.61 and rows[0][3] == rows_of_riga()["2020"][0]


def test_rows_of_files_that_cities_hand_in_are_not_shown(read: Any) -> None:
    """Such a file may hold more than what was published."""
    page = read("/en/series/league:road_deaths/lindhafen/")
    assert "Demonstration" in page.text and "row " in page.text
    assert "ZZ001D,road_deaths" not in page.html


# ---- a figure


def test_every_version_of_a_figure_with_its_reason(read: Any, withdrawn: None) -> None:
    page = read(f"{SERIES}2020/")
    versions = page.html.split('id="versions"')[1]
    assert versions.index("206\u202f338.61") < versions.index("206.34"), "the oldest first"
    assert "The file handed in last has another figure." in page.text
    assert {f"{SERIES}2020/?as_of=r1", f"{SERIES}2020/?as_of=r2"} <= set(page.links())
    assert f"http://testserver{SERIES}2020/?as_of=r2" in page.text, "how to cite it"
    assert page.html.count(">holds<") == 1
    assert "probable error" not in page.text


def test_a_cited_figure_stays_and_says_what_happened_since(read: Any, withdrawn: None) -> None:
    page = read(f"{SERIES}2020/?as_of=r1")
    assert "206\u202f338.61" in page.html and "206.34" not in page.text
    assert "Revised since, with release r2" in page.text
    gone = read(f"{SERIES}2023/?as_of=r1")
    assert "191\u202f788.00" in gone.html and "Withdrawn since, with release r3" in gone.text


def test_a_withdrawn_figure_leaves_a_tombstone(client: Any, read: Any, withdrawn: None) -> None:
    page = read(f"{SERIES}2023/", status=410)
    assert "Withdrawn with release r3" in page.text and "It was given in tonnes." in page.text
    assert "191\u202f788.00" in page.html, "what was published is still told"
    series = read(SERIES)
    assert "1 was withdrawn." in series.text and "It was given in tonnes." in series.text
    assert len(series.all("line", class_="gone")) == 4, "a cross in either width"
    row = table(client, f"/en/series/{WASTE}/riga.csv")[-1]
    assert (row["period"], row["value"], row["withdrawn"], row["reason"]) == (
        "2023",
        "",
        "true",
        "It was given in tonnes.",
    )
    versions = table(client, f"/en/series/{WASTE}/riga/2023.csv")
    assert [(row["release"], row["value"]) for row in versions] == [("r1", "191788.00"), ("r3", "")]


def test_a_release_leads_from_each_change_to_its_figure(read: Any, withdrawn: None) -> None:
    page = read("/en/releases/r3/")
    assert f"{SERIES}2023/" in page.links() and "It was given in tonnes." in page.text
    assert any("/en/explore/?as_of=r3&kind=" in link for link in page.links())
    assert "?kind=withdrawn" in " ".join(page.links())


def test_archived_originals_change_no_figure_and_are_said_to_be_archived(
    read: Any, withdrawn: None, tmp_path: Path
) -> None:
    from kontor.league.rules import OPERATOR
    from kontor.observations import operations

    before = read(f"{SERIES}2020/?as_of=r1").html
    at = datetime.now(UTC)
    operations.compact(before="r3", by=OPERATOR, at=at)
    operations.archive(before="r3", file=tmp_path / "early.tar", by=OPERATOR, at=at)
    forget()
    assert read(f"{SERIES}2020/?as_of=r1").html == before
    page = read("/en/releases/r1/")
    assert "The original file lies in the archive early.tar." in page.text
    assert "/api/v1/releases/r1/observations.parquet" not in page.links()
    assert "/api/v1/releases/r3/observations.parquet" in read("/en/releases/r3/").links()


def test_values_lead_to_the_figures_that_they_are_made_of(read: Any) -> None:
    population = "/en/series/starter:population/riga/2022/"
    assert {f"{SERIES}2022/", population} <= set(read("/en/cities/riga/").links())
    listed = read("/en/indicators/municipal_waste_per_resident/?period=2022&city=LV001C&show=peers").links()
    assert {f"{SERIES}2022/", population} <= set(listed)


# ---- the same in another variable


@pytest.fixture
def twice(withdrawn: None, tmp_path: Path) -> None:
    """Eurostat's own figures of Riga's waste beside those of the starter, by r4."""
    from kontor.league.rules import OPERATOR
    from kontor.observations import operations

    path = tmp_path / "eurostat.csv"
    rows = [f"EN4008V;{RIGA};{year};206.5;;;;" for year in (2020, 2023)]
    path.write_text("\n".join(["indic_ur;cities;TIME_PERIOD;OBS_VALUE;OBS_FLAG;;CONF_STATUS;", *rows]) + "\n")
    at = datetime.now(UTC)
    handed = operations.submit(path=path, layout="eurostat", by=OPERATOR, at=at)
    operations.release(handed=[handed], title=text(), by=OPERATOR, at=at)


def test_a_figure_says_where_else_it_is_published(read: Any, twice: None) -> None:
    page = read(f"{SERIES}2020/")
    assert re.search(r"The same is published as eurostat:EN4008V ?: 206\.5", page.text)
    assert "/en/series/eurostat:EN4008V/riga/2020/" in page.links()
    assert "eurostat:EN4008V" not in read(f"{SERIES}2020/?as_of=r3").text
    assert "eurostat:EN4008V" not in read(f"{SERIES}2019/").text


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "It counts in nothing any more."),
        ("de", "Er geht in nichts mehr ein."),
        ("zh-hans", "该数据不再计入任何结果。"),
    ],
)
def test_a_tombstone_says_it_counts_in_nothing_only_where_that_is_so(
    read: Any, twice: None, language: str, sentence: str
) -> None:
    address = f"{SERIES}2023/".replace("/en/", f"/{language}/")
    assert sentence in read(f"{address}?as_of=r3", status=410).text
    page = read(address, status=410)
    assert sentence not in page.text
    assert f"/{language}/series/eurostat:EN4008V/riga/2023/" in page.links()


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", r"Riga, 2023\. Withdrawn with release r3 of \d+ \w+ \d{4}\. "),
        ("de", r"2023\. Zurückgezogen mit Veröffentlichung r3 vom \d+\. \w+ \d{4}\. "),
        ("zh-hans", r"2023\. 已在\d{4}年\d+月\d+日发布的版本r3中撤回\. "),
    ],
)
def test_a_withdrawal_is_cited_in_a_sentence(
    read: Any, withdrawn: None, language: str, sentence: str
) -> None:
    page = read(f"{SERIES}2023/".replace("/en/", f"/{language}/"), status=410)
    assert re.search(sentence, page.html.split("card wraps")[1].split("</pre>")[0])


def test_a_release_says_whose_figures_are_in_question(read: Any, withdrawn: None) -> None:
    page = read("/en/releases/r3/")
    assert re.search(r"As of this release \d+ figures? needs? a question", page.text)
    assert "not only its own" in page.text
    hidden = page.html.split("<details>")[1].split("</details>")[0]
    assert hidden.count("<code>") > 10 and "municipal_waste_per_resident/v1" in hidden


# ---- the way in


def test_a_city_lists_what_it_has_and_a_variable_who_has_it(read: Any) -> None:
    city = read("/en/explore/?city=RĪGA")
    assert SERIES in city.links() and "/en/series/starter:road_deaths/riga/" in city.links()
    offered = [option["value"] for option in city.all("option")]
    assert WASTE in offered and "starter:dwellings_completed" not in offered, "only what exists"
    pages = [read(f"/en/explore/?variable={WASTE}&page={number}").links() for number in (1, 2, 3)]
    listed = {link for page in pages for link in page if link.startswith(f"/en/series/{WASTE}/")}
    assert SERIES in listed and f"/en/series/{WASTE}/camden/" not in listed


def test_both_together_open_the_series(client: Any, db: None) -> None:
    answer = client.get(f"/de/explore/?city=LV001C&variable={WASTE}&as_of=r1")
    assert (answer.status_code, answer["Location"]) == (302, f"/de/series/{WASTE}/riga/?as_of=r1")


def test_a_name_that_fits_several_cities_asks_which(read: Any) -> None:
    page = read(f"/en/explore/?city=ber&variable={WASTE}")
    assert "Which of these cities?" in page.text
    assert f"/en/series/{WASTE}/berlin/" in page.links()


def entries(html: str) -> list[str]:
    """The questions of a page, each with its markup."""
    return html.split('id="questions"')[1].split("<h3>")[1:]


def test_a_question_about_many_cities_of_a_country_is_one_entry(read: Any) -> None:
    """Everything listed is reached through the pages, each figure once, none of it only with a script."""
    found: list[str] = []
    for number in range(1, 100):
        page = read(f"/en/explore/?asked={number}")
        found += entries(page.html)
        if not any(f"asked={number + 1}#" in link for link in page.links()):
            break
    groups = [entry for entry in found if "<details>" in entry]
    assert groups
    for entry in groups:
        cities = re.findall(r'/en/series/([^/"]+)/([^/"]+)/(\d{4})/"', entry)
        assert f"<summary>{len(cities)} cities</summary>" in entry
        assert len({(variable, year) for variable, _, year in cities}) == 1
    figures = [link for entry in found for link in re.findall(r'/en/series/[^"]+/\d{4}/', entry)]
    assert f"All, {len(figures)}" in page.text


def test_the_same_title_twice_is_told_apart_by_its_code(read: Any) -> None:
    page = read("/en/explore/?city=riga")
    assert f'<code class="small norm">{WASTE}</code>' in page.html
    assert f"({WASTE})" in page.html.split("<select")[1].split("</select>")[0]


def test_questions_are_listed_the_surest_first_and_can_be_narrowed(read: Any) -> None:
    page = read("/en/explore/")
    sure = [int(count) for count in re.findall(r"(\d+) of 100 such findings", page.text)]
    assert len(sure) > 10 and sure == sorted(sure, reverse=True)
    assert len(entries(page.html)) == 25
    narrowed = read("/en/explore/?city=riga&kind=unit_switch")
    figures = [link for link in narrowed.links() if re.search(r"/riga/\d{4}/$", link)]
    assert sorted(figures) == [f"{SERIES}2020/", f"{SERIES}2023/"]


def test_a_value_made_of_a_probable_error_is_shown_and_said_to_count_in_nothing(read: Any) -> None:
    page = read("/en/indicators/municipal_waste_per_resident/?period=2020&city=LV001C&show=LV")
    row = page.html.split("/en/cities/riga/")[-1].split("</tr>")[0]
    assert "not comparable" in row and "It is shown, but counts in no comparison." in row
    assert "206\u202f338.61" in row


# ---- what cities see of it


def test_a_citys_feed_counts_its_own_figures(client: Any, publish: Callable[..., object]) -> None:
    publish(REVISED, "DE001C,municipal_waste_kt,2020,1500,", "DE001C,municipal_waste_kt,2021,1500,")
    feed = client.get("/en/cities/riga/feed.atom").content.decode()
    assert "1 figure was added or revised." in feed and ">3 figures" not in feed


def test_the_funnel_of_a_city_has_its_numbers_as_a_table(read: Any) -> None:
    page = read("/en/cities/berlin/")
    funnel = page.html.split('id="h-chance"')[1].split("</section>")[0]
    assert funnel.count("<tr") == 22, "a heading, the city and its twenty peers"


def test_a_peers_dot_says_whose_it_is(read: Any) -> None:
    dots = read("/en/cities/berlin/").html.split('id="h-peers"')[1].split("</section>")[0]
    tips = re.findall(r'<circle class="p[^>]*><title>([^<]+)</title>', dots)
    assert len(tips) > 50 and any(tip.startswith("Hamburg ") for tip in tips)
