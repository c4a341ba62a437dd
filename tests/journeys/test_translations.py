"""The German and Chinese pages are whole: all that pages say is marked, all that is marked is translated."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import polib
import pytest

WEB = Path(__file__).resolve().parents[2] / "kontor" / "web"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
MODULES = sorted(WEB.rglob("*.py"))
PLURALS = {"de": 2, "zh_Hans": 1}

# Words that German writes as English does; a new one is entered here only after a second look.
SAME_IN_GERMAN = {"Bytes", "Code", "Definition", "Demonstration", "Standard"}

# Names that every language writes alike and that need no mark.
NAMES = re.compile(r"\b(?:Kontor|CSV|JSON|Parquet|SHA-256|v|manifest\.json)\b|/api/[\w/.]*")

PLACEHOLDER = re.compile(r"%\((\w+)\)([sd])")
LONE_PERCENT = re.compile(r"%(?![%(])")
CJK = "\u3400-\u9fff"


class Message(NamedTuple):
    """What identifies a string in a catalogue; no context and no plural are empty."""

    context: str
    singular: str
    plural: str = ""


# --- What the pages mark ---

TEMPLATE_TAG = re.compile(
    r"{%\s*(?P<name>trans|translate|blocktrans|blocktranslate)\b(?P<rest>.*?)%}", re.DOTALL
)
BLOCK_END = re.compile(r"{%\s*endblocktrans(?:late)?\s*%}")
PLURAL_TAG = re.compile(r"{%\s*plural\s*%}")
QUOTED = r"""(?:"([^"]*)"|'([^']*)')"""
FUNCTIONS = {  # positions of context, singular and plural among the arguments
    "gettext": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
    "npgettext": (0, 1, 2),
}


def quoted(text: str, before: str = "") -> str:
    """The first quoted string of `text`, after the word `before` if one is given; empty without."""
    found = re.search(rf"{before}\s*{QUOTED}", text)
    return (found[1] or found[2] or "") if found else ""


def block_text(text: str, *, trimmed: bool) -> str:
    """The body of a blocktranslate as Django looks it up: percent signs doubled, variables named."""
    if trimmed:
        text = " ".join(line.strip() for line in text.splitlines() if line.strip())
    return re.sub(r"{{\s*(.+?)\s*}}", r"%(\1)s", text.replace("%", "%%"))


def in_template(source: str) -> Iterator[Message]:
    """The strings that a template marks with translate, blocktranslate or _()."""
    for tag in TEMPLATE_TAG.finditer(source):
        context = quoted(tag["rest"], r"\bcontext")
        if tag["name"] in ("trans", "translate"):
            yield Message(context, quoted(tag["rest"]).replace("%", "%%"))
            continue
        end = BLOCK_END.search(source, tag.end())
        assert end, f"blocktranslate without an end: {tag[0]}"
        trimmed = bool(re.search(r"\btrimmed\b", tag["rest"]))
        parts = PLURAL_TAG.split(source[tag.end() : end.start()])
        yield Message(context, *(block_text(part, trimmed=trimmed) for part in parts))
    for found in re.finditer(rf"{{[{{%][^}}]*?\b_\({QUOTED}\)", source):
        yield Message("", (found[1] or found[2]).replace("%", "%%"))


def in_module(source: str) -> Iterator[Message]:
    """The strings that a module marks with gettext and its relatives, their lazy forms included."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        places = FUNCTIONS.get("gettext" if called == "_" else called.removesuffix("_lazy"))
        if places:
            yield Message(*("" if place is None else literal(node.args[place]) for place in places))


def literal(node: ast.expr) -> str:
    """The string of a literal: a computed string could not be looked up."""
    assert isinstance(node, ast.Constant), f"line {node.lineno}: only literals can be translated"
    return str(node.value)


def marked() -> dict[Message, Path]:
    """Every string that the pages mark, with one file that marks it."""
    found: dict[Message, Path] = {}
    for paths, extract in ((TEMPLATES, in_template), (MODULES, in_module)):
        for path in paths:
            found.update(dict.fromkeys(extract(path.read_text(encoding="utf-8")), path))
    return found


# --- What the catalogues hold ---


def read(language: str) -> polib.POFile:
    return polib.pofile(str(WEB / "locale" / language / "LC_MESSAGES" / "django.po"))


def entries(language: str) -> list[polib.POEntry]:
    return [entry for entry in read(language) if not entry.obsolete]


def said(entry: polib.POEntry) -> list[str]:
    """The translations of an entry, one for each plural form."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def texts(language: str) -> Iterator[tuple[str, str]]:
    """(English, translation) for every form of every entry."""
    for entry in entries(language):
        for text in said(entry):
            yield entry.msgid, text


each_language = pytest.mark.parametrize("language", PLURALS)


@each_language
def test_catalogue_holds_exactly_what_the_pages_mark(language: str) -> None:
    known = {
        Message(entry.msgctxt or "", entry.msgid, entry.msgid_plural or "") for entry in entries(language)
    }
    wanted = marked()
    assert {message: wanted[message].name for message in wanted.keys() - known} == {}, (
        "run makemessages, translate"
    )
    assert known - wanted.keys() == set(), "no page says this any more: run makemessages --no-obsolete"


@each_language
def test_every_entry_is_translated_and_none_is_fuzzy(language: str) -> None:
    assert [entry.msgid for entry in entries(language) if entry.fuzzy or not all(said(entry))] == []


@each_language
def test_every_plural_has_all_its_forms(language: str) -> None:
    forms = PLURALS[language]
    catalogue = read(language)
    assert catalogue.metadata["Plural-Forms"].startswith(f"nplurals={forms};")
    wrong = [
        entry.msgid
        for entry in catalogue
        if entry.msgid_plural and sorted(map(int, entry.msgstr_plural)) != list(range(forms))
    ]
    assert wrong == []


@each_language
def test_translations_have_the_same_placeholders(language: str) -> None:
    wrong = [
        (english, text)
        for english, text in texts(language)
        if set(PLACEHOLDER.findall(english)) != set(PLACEHOLDER.findall(text))
    ]
    assert wrong == []


@each_language
def test_percent_signs_survive_formatting(language: str) -> None:
    wrong = [
        text
        for english, text in texts(language)
        if (PLACEHOLDER.search(english) or "%%" in english) and LONE_PERCENT.search(text.replace("%%", ""))
    ]
    assert wrong == []


def test_german_says_it_in_german() -> None:
    assert {english for english, text in texts("de") if text == english} == SAME_IN_GERMAN


def test_chinese_says_it_in_chinese() -> None:
    wrong = [english for english, text in texts("zh_Hans") if not re.search(rf"[{CJK}]", text)]
    assert wrong == []


def test_chinese_punctuation_is_full_width() -> None:
    beside = re.compile(rf"[{CJK}][,;:?!()\"]|[,;:?!()\"'][{CJK}]|[{CJK}]\.(?!csv|json)|\.\.\.")
    assert [text for _, text in texts("zh_Hans") if beside.search(PLACEHOLDER.sub("字", text))] == []


def test_german_quotation_marks_are_german() -> None:
    wrong = [
        text for _, text in texts("de") if '"' in text or "”" in text or text.count("„") != text.count("“")
    ]
    assert wrong == []


# --- What the templates show without marking it ---

VISIBLE_ATTRIBUTES = {"alt", "aria-label", "aria-description", "placeholder", "title"}
SILENT = {"code", "pre", "script", "style"}


class Unmarked(HTMLParser):
    """Collects letters that a reader would see and that no tag translates."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.silent = 0
        self.found: list[str] = []

    def look(self, text: str) -> None:
        if re.search(r"[^\W\d_]", NAMES.sub("", text)):
            self.found.append(text.strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in SILENT
        for name, value in attrs:
            if name in VISIBLE_ATTRIBUTES or (tag == "meta" and name == "content" and is_prose(attrs)):
                self.look(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.look(data)


def is_prose(attrs: Iterable[tuple[str, str | None]]) -> bool:
    kind = dict(attrs).get("name") or dict(attrs).get("property") or ""
    return kind in ("description", "og:title", "og:description", "og:site_name")


def unmarked(source: str) -> list[str]:
    """The visible words of a template outside its tags and variables."""
    source = re.sub(r"{%\s*comment\b.*?endcomment\s*%}|{#.*?#}", "", source, flags=re.DOTALL)
    source = re.sub(r"{%\s*blocktrans(?:late)?\b.*?endblocktrans(?:late)?\s*%}", "", source, flags=re.DOTALL)
    parser = Unmarked()
    parser.feed(re.sub(r"{%.*?%}|{{.*?}}", "", source, flags=re.DOTALL))
    parser.close()
    return parser.found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB / "templates")))
def test_every_visible_word_of_a_template_is_marked(path: Path) -> None:
    assert unmarked(path.read_text(encoding="utf-8")) == []


# --- The extraction itself: if it found nothing, the tests above would prove nothing ---


def test_extraction_reads_templates_as_django_does() -> None:
    source = """{% translate "95 % limits" as limits %}{% translate 'limited' context "comparability" %}
    {% blocktranslate with n=some.count %}As of {{ n }}, 5 %{% endblocktranslate %}
    {% blocktranslate count n=days trimmed %}
      {{ n }} day
    {% plural %}
      {{ n }} days
    {% endblocktranslate %}{% include "part.html" with caption=_("All figures") %}"""
    assert set(in_template(source)) == {
        Message("", "95 %% limits"),
        Message("comparability", "limited"),
        Message("", "As of %(n)s, 5 %%"),
        Message("", "%(n)s day", "%(n)s days"),
        Message("", "All figures"),
    }


def test_extraction_reads_modules() -> None:
    source = """gettext("one " "string"); ngettext("a city", "cities", count); pgettext("interval", "to")
gettext_lazy("later"); other("nothing")"""
    assert set(in_module(source)) == {
        Message("", "one string"),
        Message("", "a city", "cities"),
        Message("interval", "to"),
        Message("", "later"),
    }
    with pytest.raises(AssertionError, match="only literals"):
        list(in_module('gettext(f"{count} cities")'))


def test_scan_finds_words_that_are_not_marked() -> None:
    source = """<p title="Why">Plain {{ name }} {% translate "marked" %}</p>
    <code>raw</code><a href="/api/v1/docs">CSV</a> <img alt="{{ x }}">"""
    assert unmarked(source) == ["Why", "Plain"]
