"""A recipe that is no TOML: the line and the mistake, as a sentence in every language."""

from __future__ import annotations

from pathlib import Path

import pytest

from kontor.protection.recipe_file import read_recipe
from kontor.sentences import sentence
from tests.protection.inputs import faults, recipe


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("[table]\n[primary]\nthreshold = 3\n\n[primary]\n", "recipe_section_twice", 5),
        ("[hierarchy.a]\n[hierarchy.a]\n", "recipe_section_twice", 2),
        ('[table]\nkind = "a"\nkind = "b"\n', "recipe_key_twice", 3),
        ("[primary]\ndominance = {n = 1, n = 2}\n", "recipe_key_twice", 2),
        ('[table]\nkind = "frequency\ninput = "records"\n', "recipe_quote_missing", 2),
        ('[table]\nkind = "frequency', "recipe_quote_missing", 2),
        ("[table]\nkind = 'frequency", "recipe_quote_missing", 2),
        ("[table]\nkind = frequency\n", "recipe_value_unquoted", 2),
        ("[table]\nkind = “frequency”\n", "recipe_value_unquoted", 2),
        ("[publish]\nzeros = True\n", "recipe_value_unquoted", 2),
        ("[table\n", "recipe_bracket_missing", 1),
        ('[table]\nvariables = ["a" "b"]\n', "recipe_bracket_missing", 2),
        ('[table]\nvariables = ["a",\n', "recipe_bracket_missing", 2),
        ('[[known]]\nfile = "C:\\data\\SAFE.csv"\n', "recipe_backslash", 2),
        ("[table]\nkind: 3\n", "recipe_line_unreadable", 2),
        ("[table]\nname\n", "recipe_line_unreadable", 2),
        ('[hierarchy.d]\nKöpenick = "inner"\n', "recipe_key_unquoted", 2),
        ('[hierarchy.d]\nBad Homburg="inner"\n', "recipe_key_unquoted", 2),
        ('[hierarchy.d]\n"a" = "b"\n东城 = "inner"\n', "recipe_key_unquoted", 3),
        ("[hierarchy.d]\na-b.c = inner\n", "recipe_value_unquoted", 2),
    ],
)
def test_the_line_and_the_mistake(tmp_path: Path, text: str, code: str, line: int) -> None:
    [fault] = faults(lambda: read_recipe(recipe(tmp_path, text)))
    assert (fault.code, fault.row) == (code, line)
    for language in ("en", "de", "zh-hans"):
        said = sentence(fault.code, fault.facts, language)
        assert "recipe.toml" in said and str(line) in said
        assert "Expected" not in said and "(at " not in said  # nothing of the parser's own words


def test_the_section_is_named(tmp_path: Path) -> None:
    [fault] = faults(lambda: read_recipe(recipe(tmp_path, "[hierarchy.a]\n[hierarchy.a]\n")))
    assert fault.facts["section"] == "hierarchy.a"


@pytest.mark.parametrize("key", ["St. Georg", "St.Georg", "a.b.c"])
def test_a_dot_in_a_name(tmp_path: Path, key: str) -> None:
    text = '[table]\nkind = "frequency"\nvariables = ["d"]\n[primary]\nthreshold = 3\n'
    for section in ("hierarchy.d", "identifiers"):
        [fault] = faults(lambda: read_recipe(recipe(tmp_path, f'{text}[{section}]\n{key} = "keep"\n')))  # noqa: B023
        assert (fault.code, fault.facts["key"]) == ("recipe_key_dotted", key.replace(" ", ""))
