"""`kontor serve` as a process: starts, stops, and refuses in one sentence."""

from __future__ import annotations

import signal
import socket
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kontor.cli import serve
from kontor.errors import Refused

from .conftest import KEY, Place, Process

Start = Callable[..., Process]
Environment = Callable[..., dict[str, str]]


@pytest.fixture
def trial(environment: Environment, place: Place) -> dict[str, str]:
    """The variables of a directory that was loaded before, demonstration included."""
    place.copy("trial")
    return environment(**place.variables())


def healthy(port: int) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
        return answer.status == 200


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_second_start_serves_and_stops_cleanly(
    start: Start, trial: dict[str, str], port: int, sent: signal.Signals
) -> None:
    server = start("serve", "--port", str(port), environment=trial)
    server.wait_for("Stop with Ctrl-C.")
    assert f"Kontor is at http://127.0.0.1:{port}/" in server.said()
    assert "@lindhafen.demo.example" in server.said()
    assert "Data: trial" in server.said()  # relative, because it lies below the working directory
    assert healthy(port)
    began = time.monotonic()
    server.process.send_signal(sent)
    assert server.end() == 0
    assert time.monotonic() - began < 15
    assert "Traceback" not in server.said()


def test_a_port_in_use_is_one_sentence(start: Start, trial: dict[str, str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        server = start("serve", "--port", str(port), environment=trial)
        assert server.end() == 1
    assert server.said().startswith(f"Port {port} is in use")
    assert len(server.said().splitlines()) == 1


def test_two_starts_at_once_in_one_empty_directory(start: Start, environment: Environment, port: int) -> None:
    variables = environment()
    both = [start("serve", "--no-demo", "--port", str(port), environment=variables) for _ in range(2)]
    deadline = time.monotonic() + 90
    while not [one for one in both if one.process.poll() is not None]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    loser = next(one for one in both if one.process.poll() is not None)
    winner = next(one for one in both if one is not loser)
    assert loser.process.returncode == 1
    assert f"Port {port} is in use" in loser.said()
    winner.wait_for("Stop with Ctrl-C.")
    assert healthy(port)
    assert sum(one.said().count("First start") for one in both) == 1


def test_a_first_start_killed_by_the_system_is_continued(
    start: Start, environment: Environment, port: int
) -> None:
    variables = environment()
    victim = start("serve", "--no-demo", "--port", str(port), environment=variables)
    victim.wait_for("Publishing the starter figures")
    time.sleep(0.2)
    victim.process.kill()
    victim.end()
    server = start("serve", "--no-demo", "--port", str(port), environment=variables)
    server.wait_for("Stop with Ctrl-C.")
    assert healthy(port)
    check = start("doctor", "--json", environment=variables)
    check.end()
    assert '"doctor_releases"' in check.said()
    assert '"doctor_events"' in check.said()
    listing = start("release", "list", "--json", environment=variables)
    assert listing.end() == 0
    assert listing.said().count('"id": "r1"') == 1


def test_another_address_needs_a_key_of_its_own(start: Start, trial: dict[str, str], port: int) -> None:
    server = start("serve", "--host", "0.0.0.0", "--port", str(port), environment=trial)
    assert server.end() == 1
    assert server.said().startswith("A public start needs a key of its own")


def test_without_debug_it_does_not_start_while_invented_people_can_sign_in(
    start: Start, trial: dict[str, str], port: int
) -> None:
    variables = {**trial, "DEBUG": "0", "SECRET_KEY": KEY}
    server = start("serve", "--port", str(port), environment=variables)
    assert server.end() == 1
    assert "demonstration accounts can sign in here" in server.said()


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.7", False),
        ("league.example", False),
    ],
)
def test_which_addresses_are_this_machine_alone(host: str, own: bool) -> None:
    assert serve.is_loopback(host) is own


def test_debug_pages_are_never_public(settings: Any) -> None:
    settings.SECRET_KEY_IS_GENERATED, settings.DEBUG = False, True
    with pytest.raises(Refused) as refusal:
        serve.check_public_settings(public=True, host="0.0.0.0")
    assert refusal.value.code == "debug_not_public"
    serve.check_public_settings(public=False, host="127.0.0.1")


def test_an_address_that_is_not_ours_is_one_sentence() -> None:
    with pytest.raises(Refused) as refusal:
        serve.check_port_free("203.0.113.7", 8000)
    assert refusal.value.code == "address_unusable"


def test_a_data_directory_that_cannot_be_made_is_one_sentence(
    start: Start, environment: Environment, tmp_path: Path, port: int
) -> None:
    (tmp_path / "a-file").write_text("")
    variables = environment(KONTOR_DATA=str(tmp_path / "a-file" / "data"))
    server = start("serve", "--port", str(port), environment=variables)
    assert server.end() == 1
    assert server.said().startswith("Nothing can be written in ")
    assert len(server.said().splitlines()) == 1


def test_a_database_that_does_not_answer_is_one_sentence(
    start: Start, environment: Environment, port: int
) -> None:
    variables = environment(DATABASE_URL="postgres://kontor@127.0.0.1:1/kontor")
    server = start("serve", "--port", str(port), environment=variables)
    assert server.end() == 1
    assert server.said().startswith("The database cannot be used: ")
    assert len(server.said().splitlines()) == 1
