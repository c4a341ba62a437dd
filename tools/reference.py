"""Write docs/reference/ from what it describes: definitions, commands, interface, errors, settings.

`--check` writes nothing and exits 1 where a page is not what would be written.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "reference"
LANGUAGES = ("en", "de", "zh-hans")
OURS = re.compile(r"^KONTOR_[A-Z_]+$")
MADE = "<!-- Made by tools/reference.py; do not edit. -->"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="only say which pages are out of date")
    check = arguments.parse_args().check
    with tempfile.TemporaryDirectory() as data:
        _prepare(data)
        pages = {name: _page(title, intro, make()) for name, (title, intro, make) in MAKERS.items()}
    stale = [name for name, text in pages.items() if not _is_current(PAGES / name, text)]
    for name in stale:
        if check:
            print(f"docs/reference/{name} is out of date: run `python tools/reference.py`.", file=sys.stderr)
        else:
            PAGES.mkdir(parents=True, exist_ok=True)
            (PAGES / name).write_text(pages[name], encoding="utf-8")
            print(f"docs/reference/{name}")
    return 1 if check and stale else 0


def _prepare(data: str) -> None:
    """Settings that depend on nothing of this machine; the database is never opened."""
    for name in ("DATABASE_URL", "KONTOR_DEFINITIONS", "PORT"):
        os.environ.pop(name, None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "kontor.config.settings",
        "KONTOR_DATA": data,
        "SECRET_KEY": "only-for-the-reference",
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()


def _is_current(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def _page(title: str, intro: str, body: Iterable[str]) -> str:
    return "\n".join([f"# {title}", MADE, "", intro, "", *body]).rstrip() + "\n"


def _row(*cells: object) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield _row(*header)
    yield "|" + "---|" * len(header)
    for row in rows:
        yield _row(*row)
    yield ""


# ---- definitions


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def definitions() -> Iterator[str]:
    folder = ROOT / "definitions"
    order = {topic: entry["order"] for topic, entry in _toml(folder / "topics.toml").items()}
    found = [_toml(path) for path in folder.glob("indicators/*/v*.toml")]
    found.sort(key=lambda content: (order[content["topic"]], content["code"], content["version"]))
    yield "## Indicators\n"
    yield from _table(
        ("definition", *LANGUAGES, "unit", "better"),
        (
            (
                f"[{_key(content)}](#{_key(content).replace('/', '')})",
                *(content["title"][language] for language in LANGUAGES),
                content["unit_label"]["en"],
                {"context": "neither"}.get(content["direction"], content["direction"]),
            )
            for content in found
        ),
    )
    for content in found:
        yield from _definition(content)
    yield from _code_lists(folder)


def _key(content: dict[str, Any]) -> str:
    return f"{content['code']}/v{content['version']}"


def _definition(content: dict[str, Any]) -> Iterator[str]:
    yield f"## {_key(content)}\n"
    yield f"{content['title']['en']}, {content['unit_label']['en']}. {content['short']['en']}\n"
    bounds = content["plausible"]
    sources = [
        f"`{item['name']}` ({item['role']}): "
        + ", else ".join(f"`{name}`" for name in item["of"])
        + _reach(item)
        for item in content["inputs"]
    ]
    facts = {
        "formula": f"`{content['formula']}`, times {content['scale']:g}, in `{content['unit']}`",
        "inputs": "; ".join(sources),
        "kind": f"{content['kind']}; {LIMITS[content['kind']]}",
        "plausible": f"{bounds['low']:g} to {bounds['high']:g}: {bounds['reason']['en']}",
        "small counts": f"{content['small_counts']}: {content['small_counts_reason']['en']}",
        "in force from": f"{content['in_force_from']}; next review {content['next_review']}",
        "other standards": "; ".join(
            f"{item['standard']} ({item['edition']}) {item['code']}, {item['match']}"
            for item in content.get("crosswalk", ())
        )
        or "–",
    }
    yield from _table(("", ""), facts.items())
    for number, clause in enumerate(content["clauses"], 1):
        yield f"{number}. {clause['text']['en']} *{clause['reason']['en']}*"
    yield ""


LIMITS = {
    "count_over_exposure": "exact Poisson limits",
    "proportion": "exact binomial limits",
    "mean": "no limits",
    "published_rate": "no limits",
}


def _reach(item: dict[str, Any]) -> str:
    years = item.get("max_year_offset", 0)
    return f", up to {years} years off" if years else ""


def _code_lists(folder: Path) -> Iterator[str]:
    yield "## Observed variables\n"
    yield from _table(
        ("code", "title", "unit", "source", "code there"),
        (
            (f"`{code}`", entry["title"]["en"], entry["unit"], entry["source"], entry["origin"])
            for code, entry in _toml(folder / "variables.toml").items()
        ),
    )
    yield "## Sources\n"
    yield from _table(
        ("source", "attribution, shown verbatim", "licence"),
        (
            (f"`{key}`", _english(entry["attribution"]), f"[{entry['licence']}]({entry['licence_url']})")
            for key, entry in _toml(folder / "sources.toml")["sources"].items()
        ),
    )
    yield "## Flags\n"
    yield from _table(
        ("flag", "title", "meaning", "comparable"),
        (
            (
                f"`{flag}`",
                entry["title"]["en"],
                entry["meaning"]["en"],
                "with limits" if entry.get("limits_comparability") else "yes",
            )
            for flag, entry in _toml(folder / "flags.toml").items()
        ),
    )


def _english(text: Any) -> str:
    return str(text["en"] if isinstance(text, dict) else text)


# ---- commands


def commands() -> Iterator[str]:
    import typer

    from kontor.cli.app import app

    yield from _command(typer.main.get_command(app), None, "kontor")


def _command(command: Any, parent: Any, name: str) -> Iterator[str]:
    context = command.context_class(
        command, info_name=name, parent=parent, terminal_width=100, max_content_width=100
    )
    yield f"## {context.command_path}\n"
    yield f"```\n{command.get_help(context).rstrip()}\n```\n"
    for part, inner in getattr(command, "commands", {}).items():
        yield from _command(inner, context, part)


# ---- the interface


def interface() -> Iterator[str]:
    from kontor.api import description, problems
    from kontor.api.v1 import api

    schema = api.get_openapi_schema()
    for place, methods in schema["paths"].items():
        operation = methods["get"]
        yield f"## GET {place}\n"
        yield f"**{operation['summary']}.** {operation['description']}\n"
        if operation["parameters"]:
            yield from _table(
                ("parameter", "in", "needed", "default", "meaning"),
                (
                    (
                        f"`{item['name']}`",
                        item["in"],
                        "yes" if item["required"] else "no",
                        _default(item["schema"]),
                        item.get("description", ""),
                    )
                    for item in operation["parameters"]
                ),
            )
        answers = operation["responses"]
        kinds = ", ".join(f"`{kind}`" for kind in answers["200"].get("content", ()))
        yield f"Answers: {', '.join(sorted(answers))}. 200 is {kinds}.\n"
    yield "## Problems\n"
    yield f"`{problems.MEDIA_TYPE}` (RFC 9457); all codes with their sentences: [errors.md](errors.md).\n"
    yield from _table(
        ("code", "status"), ((f"`{e['code']}`", e["status"]) for e in description.problem_codes())
    )


def _default(schema: dict[str, Any]) -> str:
    value = schema.get("default")
    return "" if value in (None, "") else f"`{value}`"


# ---- errors


def errors() -> Iterator[str]:
    from kontor.sentences import FILES
    from kontor.sentences.status import STATUS

    titles = {
        "refusals.toml": "Refusals: a rule forbids it",
        "rows.toml": "Bad input: one place of it",
        "findings.toml": "Findings: what is odd about a figure, and what is proposed (no errors)",
        "reasons.toml": "Reasons for which a figure was published anew or withdrawn (no errors)",
        "terminal.toml": "Reports of the command line (no errors)",
        "protection_input.toml": "Protection: recipe and input",
        "protection_alternatives.toml": "Protection: rules and methods",
        "protection_output.toml": "Protection: what is written",
        "protection_audit.toml": "Audit of a protected table",
    }
    for name in FILES:
        yield f"## {titles[name]}\n"
        listed = sorted(_toml(ROOT / "kontor" / "sentences" / name).items())
        yield from _table(
            ("code", "HTTP", *LANGUAGES),
            (
                (f"`{code}`", STATUS.get(code, "–"), *(texts[language] for language in LANGUAGES))
                for code, texts in listed
            ),
        )


# ---- settings


def settings() -> Iterator[str]:
    yield from _table(
        ("name", "kind", "without it", "read in"),
        (
            (f"`{name}`", kind, f"`{default}`" if default else "–", f"`{where}`")
            for name, (kind, default, where) in sorted(environment().items())
        ),
    )


def environment() -> dict[str, tuple[str, str, str]]:
    """Name -> (kind, default as written, file) of everything that the programme reads from the environment."""
    found: dict[str, tuple[str, str, str]] = {}
    for path in sorted((ROOT / "kontor").rglob("*.py")):
        where = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name, kind, default in _read_here(node):
                if name not in found or (default and not found[name][1]):
                    found[name] = (kind, default, where)
    return found


def _read_here(node: ast.AST) -> Iterator[tuple[str, str, str]]:
    """(name, kind, default) where the node is `env.kind("NAME", default)`, `envvar="NAME"` or a name of ours."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="env"), attr=kind),
            args=[ast.Constant(value=str(name)), *rest],
        ):
            yield name, kind.replace("dj_db_", ""), ast.unparse(rest[0]) if rest else ""
        case ast.keyword(arg="envvar", value=ast.Constant(value=str(name))):
            yield name, "int", ""
        case ast.Constant(value=str(name)) if OURS.match(name):
            yield name, "str", ""


MAKERS: dict[str, tuple[str, str, Callable[[], Iterable[str]]]] = {
    "definitions.md": (
        "Definitions",
        "What the starter league counts, from `definitions/`; German and Chinese wording stands there and on the pages. "
        "How to add one: [definitions/README.md](../../definitions/README.md).",
        definitions,
    ),
    "cli.md": (
        "Commands",
        "Every command and option of `kontor`. Exit codes: 0 done, 1 refused or invalid, 2 wrong usage. "
        "The keys of `kontor compare --json`: [compare.md](compare.md).",
        commands,
    ),
    "api.md": (
        "Interface",
        "Every address of `/api/v1/`, from its OpenAPI document. Worked examples: [the guide](../guide/api.md).",
        interface,
    ),
    "errors.md": (
        "Error codes",
        "A code is stable; the sentence says what is wrong and what to do. Pages, API and command line show the same one. "
        "`{names}` are facts of the case. HTTP is the status with which the API answers.",
        errors,
    ),
    "settings.md": (
        "Settings",
        "Everything that is read from the environment. What each one means: "
        "[the operator's guide](../guide/operate.md).",
        settings,
    ),
}

if __name__ == "__main__":
    sys.exit(main())
