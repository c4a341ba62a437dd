"""Nothing in the project's files belongs to one machine, one registry or one person."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.docs import prose
from tests.docs.prose import ROOT, name_of, project_files

HOMES = re.compile(r"(?<![\w.])/(?:home|Users)/\w+/|[A-Z]:\\Users\\")
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bxox[abp]-[\w-]{20,}"
)
# user:password@host, except where the password is plainly none: PASSWORD, <...>, ${...}, {...}, …
PASSWORDS = re.compile(r"[a-z]://[^/\s:@'\"]+:(?![A-Z]+@|[<${…])[^/\s:@'\"]{3,}@")
INDEXES = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "UV_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL",
    "NPM_CONFIG_REGISTRY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "https_proxy",
    "http_proxy",
)


def _texts() -> list[tuple[Path, str]]:
    found = []
    for path in project_files():
        raw = path.read_bytes()
        if b"\0" not in raw[:8000]:
            found.append((path, raw.decode("utf-8", errors="replace")))
    return found


def _hits(pattern: re.Pattern[str], but: tuple[str, ...] = ()) -> list[str]:
    return [
        f"{name_of(path)}: {found[0]}"
        for path, text in _texts()
        if not name_of(path).startswith(but or ("\0",))
        for found in [pattern.search(text)]
        if found
    ]


def test_no_folder_of_a_person() -> None:
    assert not _hits(HOMES)


def test_not_the_folder_of_this_checkout() -> None:
    own = {str(path) for path in (ROOT, Path.home()) if path != Path("/")} - {
        "/app",
        "/srv/kontor",
        "/opt/kontor",
    }
    if not own:
        pytest.skip("this checkout lies where installations do")
    pattern = re.compile("|".join(rf"(?<![\w.]){re.escape(path)}/" for path in sorted(own)))
    assert not _hits(pattern, but=("deploy/", "docs/guide/"))


def test_locks_hold_versions_and_hashes_alone() -> None:
    package = r"[a-z0-9][\w.-]*(?:\[[\w,-]+\])?==\S+(?: ; [^\\]+)?"
    digest = r"    --hash=sha256:[0-9a-f]{64}"
    line = re.compile(rf"^(?:(?:{package}|{digest})(?: \\)?| *#.*|)$")
    locks = sorted(ROOT.glob("requirements*.lock"))
    assert len(locks) == 3
    for path in locks:
        text = path.read_text(encoding="utf-8")
        assert not [row for row in text.splitlines() if not line.match(row)]
        assert "://" not in text


def test_no_registry_of_this_machine() -> None:
    hosts = {
        host
        for name in INDEXES
        for host in re.findall(r"://(?:[^@/\s]*@)?([\w.-]+)", os.environ.get(name, ""))
        if host not in ("127.0.0.1", "localhost", "pypi.org")
    }
    addresses = [*map(re.escape, sorted(hosts)), r"files\.python" r"hosted\.org", r"registry\.npm" r"js\.org"]
    assert not _hits(re.compile("|".join(addresses)))


def test_no_secret() -> None:
    assert not _hits(SECRETS)
    assert not _hits(PASSWORDS)


def test_the_search_finds_what_it_looks_for() -> None:
    # Put together here, or the search would find them in this file.
    assert HOMES.search("/".join(["see ", "home", "ann", "kontor"]))
    assert SECRETS.search("-----BEGIN {}PRIVATE KEY-----".format("RSA "))
    assert PASSWORDS.search("postgresql://{}@db/kontor".format("kontor:hunter22"))
    assert not PASSWORDS.search("postgresql://kontor:PASSWORD@db/kontor")
    assert prose.prose()
