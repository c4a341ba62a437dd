"""The guide's examples give what the guide says they give."""

from __future__ import annotations

import doctest
import io
import json
import re
import shlex
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "api.md"
SITE = "http://127.0.0.1:8000"


def blocks(kind: str) -> list[str]:
    found = re.findall(rf"```{kind}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(found) >= 4
    return found


class Answer(io.BytesIO):
    """What urlopen gives: a file with headers."""

    def __init__(self, response: Any) -> None:
        super().__init__(b"".join(response.streaming_content) if response.streaming else response.content)
        self.headers = response.headers


@pytest.fixture
def site(api: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The league of this session in place of the one in the guide."""
    client.defaults["HTTP_HOST"] = urlsplit(SITE).netloc

    def urlopen(asked: str | urllib.request.Request) -> Answer:
        request = asked if isinstance(asked, urllib.request.Request) else urllib.request.Request(asked)
        place = urlsplit(request.full_url)
        assert f"{place.scheme}://{place.netloc}" == SITE
        response = client.get(f"{place.path}?{place.query}", headers=dict(request.header_items()))
        if response.status_code != 200:
            raise HTTPError(request.full_url, response.status_code, "", response.headers, None)
        return Answer(response)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    return client


def curl(command: str, client: Any) -> str:
    """The output of `curl -s [-H header] address [| head -n lines | python3 -m json.tool]`."""
    asked, _, then = command.partition(" | ")
    words = shlex.split(asked)
    assert words[:2] == ["curl", "-s"]
    headers = dict(words[place + 1].split(": ") for place, word in enumerate(words) if word == "-H")
    text = client.get(words[-1].removeprefix(SITE), headers=headers).content.decode().replace("\r\n", "\n")
    if then.startswith("head -n "):
        return "\n".join(text.split("\n")[: int(then.removeprefix("head -n "))]) + "\n"
    return json.dumps(json.loads(text), indent=4, ensure_ascii=False) + "\n" if then else text


def test_the_commands_print_what_the_guide_shows(site: Any) -> None:
    for block in blocks("console"):
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, flags=re.MULTILINE):
            assert curl(command, site) == shown, command


def test_the_python_examples_print_what_the_guide_shows(
    site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    examples = doctest.DocTestParser().get_doctest("".join(blocks("pycon")), {}, "guide", str(GUIDE), 0)
    said: list[str] = []
    ran = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False).run(examples, out=said.append)
    assert ran.failed == 0, "".join(said)
    assert ran.attempted > 15
