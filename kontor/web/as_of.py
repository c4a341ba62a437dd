"""Pages as of a release: `?as_of=r1` is asked once, said on every page, and kept by every link."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.html import escape

from kontor.comparison.queries.basis import Basis, basis
from kontor.errors import Refused
from kontor.observations.queries import releases

from . import errors, wording

NAME = "as_of"
# Pages and the data beside them; feeds tell what is new, and who signs in works with what holds now.
_OURS = re.compile(r"/(?:en|de|zh-hans)/(?!account/|workspace/)(?!.*\.atom$)|/api/v1/(?:data|series)/")
_TAG = re.compile(r"<(?:a|form)\b[^>]*>")
_HREF = re.compile(r'(?<=\shref=")[^"]*(?=")')


@dataclass(frozen=True, slots=True)
class Bar:
    """What the bar says: as of which release, of which day, whether that is the newest, and the way back."""

    release: str
    day: str
    newest: bool
    url: str


def asked(request: HttpRequest) -> str | None:
    """The release that the address asks for."""
    return request.GET.get(NAME) or None


def ground(request: HttpRequest) -> Basis:
    """On what the page rests. Refused("release_unknown")."""
    return basis(asked(request))


def bar(request: HttpRequest) -> Bar | None:
    """The bar of this page; None where the newest is shown without being asked for."""
    label = asked(request)
    if label is None or not _is_page(request.path):
        return None
    try:
        found = releases.release(label)
    except Refused:  # the page says it
        return None
    question = request.GET.copy()
    del question[NAME]
    same_track = releases.releases(demonstration=found.demonstration)
    return Bar(
        release=found.id,
        day=wording.day(found.published_at.date()),
        newest=found.number == max(item.number for item in same_track),
        url=f"{request.path}?{question.urlencode()}" if question else request.path,
    )


class AsOfPages:
    """Middleware: an unknown release is a page that says so, and no link of a page as of a release forgets it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # The path first: the interface says itself what is wrong with a question.
        if not _is_page(request.path) or (label := asked(request)) is None:
            return self.get_response(request)
        try:
            releases.as_of(label)
        except Refused as refusal:
            return errors.page(request, refusal)
        answer = self.get_response(request)
        if "Location" in answer:
            answer["Location"] = _address(answer["Location"], urlencode({NAME: label}), joint="&")
        elif not answer.streaming and answer.get("Content-Type", "").startswith("text/html"):
            answer.content = kept(answer.content.decode(), label).encode()
        return answer


def _is_page(path: str) -> bool:
    return path.endswith("/") and bool(_OURS.match(path)) and not path.startswith("/api/")


def kept(html: str, label: str) -> str:
    """The page with the release in every link and form that leads to pages or data of ours and names none itself."""
    return _TAG.sub(lambda tag: _with_release(tag[0], label), html)


def _with_release(tag: str, label: str) -> str:
    """The opening tag of a link with the release in its address, of a form with a field for it after it.

    Left alone: what posts, and what is marked `data-as-of` because it leads to the newest or has its own field.
    """
    if "data-as-of=" in tag or 'method="post"' in tag:
        return tag
    if tag.startswith("<form"):
        return f'{tag}<input type="hidden" name="{NAME}" value="{escape(label)}">'
    return _HREF.sub(lambda href: _address(href[0], urlencode({NAME: label}), joint="&amp;"), tag)


def _address(address: str, asked: str, *, joint: str) -> str:
    """The address with the question added, where it is one of ours and names no release itself."""
    before, mark, place = address.partition("#")
    path, asks, question = before.partition("?")
    if (path and not _OURS.match(path)) or f"{NAME}=" in question or not (path or asks):
        return address
    return f"{path}?{question}{joint if question else ''}{asked}{mark}{place}"
