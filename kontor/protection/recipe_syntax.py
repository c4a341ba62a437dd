"""What breaks the syntax of a recipe: the line, and the mistake that people make there."""

from __future__ import annotations

import re
import tomllib

from kontor.errors import BadRow

PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
UNQUOTED = re.compile(r"""\s*([^\s"'\[#=:{][^"'\[#=]*?)\s*=""")  # a key without quotation marks
BARE = re.compile(r"[A-Za-z0-9_-]+(\s*\.\s*[A-Za-z0-9_-]+)*$")  # one that needs none
MISTAKES = (
    (r"Cannot declare \((?P<section>.*)\) twice", "recipe_section_twice"),
    (r"Cannot overwrite a value|Duplicate inline table key|Cannot mutate immutable", "recipe_key_twice"),
    (
        r"Illegal character '\\n'|Illegal character '\\r'|Unterminated string|Expected \"'",
        "recipe_quote_missing",
    ),
    (r"Unclosed |Expected '\]'|Invalid value \(at end", "recipe_bracket_missing"),
    (r"Unescaped '\\'", "recipe_backslash"),
    (r"Invalid value", "recipe_value_unquoted"),
)  # what `tomllib` says (the message is all it tells), and the code


def syntax_fault(error: tomllib.TOMLDecodeError, text: str, file: str) -> BadRow:
    """The fault with its line; the last one where the file ends before something is closed."""
    said = str(error)
    place = PLACE.search(said)
    line = int(place[1]) if place and place[1] else text.rstrip("\n").count("\n") + 1
    facts = {"file": file, "line": line}
    lines = text.splitlines()
    if (bare := UNQUOTED.match(lines[line - 1] if line <= len(lines) else "")) and not BARE.match(bare[1]):
        return BadRow("recipe_key_unquoted", line, None, {**facts, "key": bare[1].strip()})
    for message, code in MISTAKES:
        if found := re.match(message, said):
            if name := found.groupdict().get("section"):
                facts["section"] = ".".join(re.findall(r"'([^']*)'", name))
            return BadRow(code, line, None, facts)
    return BadRow("recipe_line_unreadable", line, None, facts)
