"""The pages of prose: links lead somewhere, names of the code exist, decisions have their parts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from PIL import Image

import kontor
from tests.docs import prose
from tests.docs.prose import ROOT, name_of, text_of

PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "LICENSE",
    "docs/tour.md",
    "docs/where.md",
    "docs/glossary.md",
    "docs/guide/operate.md",
    "docs/guide/import.md",
    "docs/guide/api.md",
]
DECISIONS = sorted((ROOT / "docs" / "adr").glob("0*.md"))
CODE = re.compile(
    r"^((?:kontor|tests|tools|starter|definitions|docs|bench|deploy)/(?:[\w.-]+/?)*)(?::([A-Za-z_]\w*))?$"
)


@pytest.mark.parametrize("page", PAGES)
def test_every_promised_page_is_there(page: str) -> None:
    assert len(text_of(page)) > 400


@pytest.mark.parametrize("path", prose.prose(), ids=name_of)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    targets = [
        target for target in prose.LINK.findall(prose.without_code(text)) if not re.match(r"[a-z]+:", target)
    ]
    dead = [target for target in targets if not _leads_somewhere(target, path)]
    assert not dead


def _leads_somewhere(target: str, page: Path) -> bool:
    file, _, anchor = target.partition("#")
    place = (page.parent / file).resolve() if file else page
    if not place.exists() or ROOT not in (place, *place.parents):
        return False
    return not anchor or place.suffix != ".md" or anchor in prose.anchors(place.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", prose.prose(), ids=name_of)
def test_files_and_functions_that_prose_names_exist(path: Path) -> None:
    unknown = []
    for code in prose.inline_code(path.read_text(encoding="utf-8")):
        found = CODE.match(code)
        if not found:
            continue
        place = ROOT / found[1]
        if not place.exists() or (found[2] and found[2] not in prose.names_in(place)):
            unknown.append(code)
    assert not unknown


def test_the_commands_of_the_readme_are_targets_of_the_makefile() -> None:
    wanted = set(re.findall(r"\bmake ([a-z]+)", text_of("README.md")))
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    assert {"serve", "test"} <= wanted
    assert wanted <= targets


def test_the_picture_of_the_readme_is_small_enough() -> None:
    picture = ROOT / "docs" / "pictures" / "city.png"
    assert "docs/pictures/city.png" in text_of("README.md")
    assert picture.stat().st_size <= 250_000
    with Image.open(picture) as image:
        assert image.width >= 1000


def test_the_changelog_names_the_version() -> None:
    version = tomllib.loads(text_of("pyproject.toml"))["project"]["version"]
    assert re.search(rf"^## {re.escape(version)}\b", text_of("CHANGELOG.md"), re.MULTILINE)
    assert kontor.__version__ == version


def test_attributions_stand_in_the_readme_word_for_word() -> None:
    readme = text_of("README.md")
    sources = tomllib.loads(text_of("definitions/sources.toml"))["sources"]
    published = {key: entry for key, entry in sources.items() if key not in ("league", "demonstration")}
    missing = [
        key
        for key, entry in published.items()
        if (entry["attribution"]["en"] if isinstance(entry["attribution"], dict) else entry["attribution"])
        not in readme
    ]
    assert published
    assert not missing


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))
    listed = text_of("docs/adr/README.md")
    assert not [path.name for path in DECISIONS if f"({path.name})" not in listed]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_context_decision_consequences(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(rf"# {path.name[:4]}\b", text)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE)[:3] == ["Context", "Decision", "Consequences"]


def test_the_licence_is_the_whole_one() -> None:
    licence = text_of("LICENSE")
    assert licence.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert all(f"\n{number}." in licence for number in range(1, 16))
    assert "Appendix" in licence
