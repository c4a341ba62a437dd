"""The short way answers as the long one does, and leaves to it whatever is not a plain answer."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from kontor.api import limits, series, short_way
from kontor.api.series import Rows
from kontor.api.short_way import ShortWay
from kontor.observations.queries.figures import Cell, Tombstone
from kontor.tables import canonical_json
from tests.api.test_door import nobody_has_asked
from tests.cast import BERLIN, LINDHAFEN, RIGA

Answer = tuple[str, dict[str, str], bytes]

DEATHS = "/api/v1/series/starter:road_deaths"
ANSWERED = [
    f"{DEATHS}?area={BERLIN}&period=2019",
    f"{DEATHS}?area={BERLIN},{RIGA}&area= {BERLIN} &period=2019,2018",
    f"{DEATHS}?area={RIGA}&as_of=r1",
    f"{DEATHS}?area={BERLIN}&period=&as_of=",
    f"/api/v1/series/starter:municipal_waste_kt?area={RIGA}",
    f"/api/v1/series/league:population?area={LINDHAFEN}",
    f"{DEATHS}/{BERLIN}/2019",
    f"{DEATHS}/{BERLIN}/2019?as_of=r1",
]
LEFT = [
    "/api/v1/series/starter:happiness?area=DE001C",
    f"{DEATHS}?area=XX001C",
    f"{DEATHS}?area={BERLIN}&period=1899",
    f"{DEATHS}?area={BERLIN}&as_of=r99",
    f"{DEATHS}?area={BERLIN}&colour=red",
    f"{DEATHS}?area={BERLIN}&as_of=r1&as_of=r1",
    f"{DEATHS}?area={BERLIN}&format=csv",
    f"{DEATHS}?area={BERLIN}&language=de",
    f"{DEATHS}?area={BERLIN}&period=%ff",
    f"{DEATHS}?area=,",
    f"{DEATHS}?period=2019",
    f"{DEATHS}?area={BERLIN}{'&period=2019' * 1001}",
    f"{DEATHS}/{BERLIN}",
    f"{DEATHS}/{BERLIN}/2019/",
    f"{DEATHS}/{BERLIN}/2019?area={BERLIN}",
    f"{DEATHS}/{BERLIN}/1899",
    "/api/v1/series/",
]


class Server:
    """Django behind the short way, and how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self._django = get_wsgi_application()
        self._way = ShortWay(self._counted)

    def _counted(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        self.asked += 1
        return self._django(environ, start)

    def long(self, address: str, **environ: str) -> Answer:
        return self._ask(self._django, address, environ)

    def short(self, address: str, **environ: str) -> Answer:
        return self._ask(self._way, address, environ)

    @staticmethod
    def _ask(application: Any, address: str, environ: dict[str, str]) -> Answer:
        place, _, question = address.partition("?")
        given: list[Any] = []
        body = application(
            {
                "REQUEST_METHOD": "GET",
                "SCRIPT_NAME": "",
                "PATH_INFO": unquote(place),
                "QUERY_STRING": question.replace(" ", "%20"),
                "SERVER_NAME": "127.0.0.1",
                "SERVER_PORT": "80",
                "SERVER_PROTOCOL": "HTTP/1.1",
                "HTTP_HOST": "127.0.0.1",
                "REMOTE_ADDR": "192.0.2.1",
                "wsgi.url_scheme": "http",
                "wsgi.input": io.BytesIO(),
                **environ,
            },
            lambda status, headers, *_: given.extend((status, headers)),
        )
        content = b"".join(body)
        status, headers = given
        assert len({name.lower() for name, _ in headers}) == len(headers), "a header twice"
        return status, dict(headers), content


@pytest.fixture
def server(loaded: Any, db: None, settings: Any) -> Iterator[Server]:
    settings.KONTOR_API_LIMIT = 0
    request_started.disconnect(close_old_connections)  # the test's transaction holds it
    yield Server()
    request_started.connect(close_old_connections)


@pytest.mark.parametrize("address", ANSWERED)
@pytest.mark.parametrize("language", ["", "de", "zh-CN,zh;q=0.8"])
def test_the_second_answer_is_djangos_without_django(server: Server, address: str, language: str) -> None:
    kind = {"HTTP_ACCEPT_LANGUAGE": language} if language else {}
    expected = server.long(address, **kind)
    assert expected[0] == "200 OK" and json.loads(expected[2])
    assert server.short(address, **kind) == expected and server.asked == 1
    assert server.short(address, **kind) == expected and server.asked == 1


def test_one_kind_serves_for_every_question(server: Server) -> None:
    """The headers learnt from one answer never carry over what belongs to it alone."""
    for address in ANSWERED:
        assert server.short(address) == server.long(address)
    assert server.asked == 1


@pytest.mark.parametrize("address", ANSWERED)
def test_packed_answers_hold_the_same(server: Server, address: str) -> None:
    kind = {"HTTP_ACCEPT_ENCODING": "gzip, deflate, br"}
    plain = server.long(address)
    for _ in range(2):
        status, headers, content = server.short(address, **kind)
        assert (status, gzip.decompress(content)) == ("200 OK", plain[2])
        assert headers["Content-Encoding"] == "gzip" and headers["Content-Length"] == str(len(content))
        assert headers["ETag"] == f"W/{plain[1]['ETag']}" and "Accept-Encoding" in headers["Vary"]
    assert server.asked == 1
    assert server.short(address) == plain, "who asks for no packing gets none"


@pytest.mark.parametrize("address", LEFT)
def test_what_is_no_plain_answer_is_djangos(server: Server, address: str) -> None:
    server.short(ANSWERED[0])
    before, expected = server.asked, server.long(address)
    assert server.short(address) == expected
    assert server.asked == before + 1


@pytest.mark.parametrize(
    "unusual",
    [
        {"REQUEST_METHOD": "HEAD"},
        {"REQUEST_METHOD": "POST"},
        {"REQUEST_METHOD": "OPTIONS"},
        {"HTTP_COOKIE": "django_language=de"},
        {"HTTP_IF_NONE_MATCH": "*"},
        {"HTTP_HOST": "stranger.example"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
    ],
)
def test_what_is_unusual_is_djangos(server: Server, unusual: dict[str, str]) -> None:
    server.short(ANSWERED[0])
    before, expected = server.asked, server.long(ANSWERED[0], **unusual)
    for _ in range(2 if expected[0] != "200 OK" else 1):
        assert server.short(ANSWERED[0], **unusual) == expected
        before += 1
        assert server.asked == before


def test_who_must_come_encrypted_never_gets_in_without(server: Server) -> None:
    class Elsewhere:
        """Django as it is with SSL_REDIRECT: the middleware reads the setting when it is made."""

        def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
            server.asked += 1
            start("301 Moved Permanently", [("Location", "https://127.0.0.1/")])
            return [b""]

    way = ShortWay(Elsewhere())
    for asked in (1, 2):
        assert Server._ask(way, ANSWERED[0], {})[0].startswith("301") and server.asked == asked


def test_no_more_kinds_are_learnt_than_fit(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(short_way, "MOST_KINDS", 1)
    for _ in range(2):
        server.short(ANSWERED[0])
        server.short(ANSWERED[0], HTTP_ACCEPT_LANGUAGE="de")
    assert server.asked == 3


def test_a_fault_goes_the_long_way_too(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.short(ANSWERED[0])
    monkeypatch.setattr(series, "series_text", lambda *_, **__: 1 / 0)
    assert server.short(ANSWERED[0])[0] == "200 OK" and server.asked == 2


def test_both_ways_use_up_one_allowance(
    server: Server, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody_has_asked(settings)
    monkeypatch.setattr(limits, "clock", lambda: 1_000_000_015.0)
    settings.KONTOR_API_LIMIT = 4
    left = []
    for address in (ANSWERED[0], ANSWERED[1], f"{DEATHS}?area=XX001C", ANSWERED[0]):
        left.append(server.short(address)[1]["RateLimit"])
    assert left == [f'"default";r={left};t=5' for left in (3, 2, 1, 0)]
    status, headers, content = server.short(ANSWERED[0])
    assert status.startswith("429") and headers["Retry-After"] == "5"
    assert json.loads(content)["code"] == "too_many_requests"
    nobody_has_asked(settings)


def test_the_text_is_the_row_in_canonical_json() -> None:
    """Also of withdrawn figures, of small numbers, and of names that JSON has to escape."""
    shown = [{"source": "s", "attribution": 'A "quoted" – name', "licence": "CC\\BY"}]
    cell = Cell('A"1', "v:x", "2019", Decimal("1E-7"), "be", "s", 'f"\n.csv', 7, "r1", False)
    gone = Tombstone("A1", "v:x", "2019", None, "", "s", "", 0, "r2", True, reason='said "so"')
    rows = Rows("percent", "r2", shown)
    for one, current in ((cell, True), (cell._replace(value=Decimal("-12.50")), False), (gone, False)):
        for _ in range(2):
            assert rows.text(one, current).encode() == canonical_json.write(rows.row(one, current))
