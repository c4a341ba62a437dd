"""Flags that say there is no value: a number beside one is never published."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kontor.observations.importers import eurostat
from tests.observations.layouts import CONTEXT, TOWNS

HEADER = "indic_ur;cities;TIME_PERIOD;OBS_VALUE;OBS_FLAG;label;CONF_STATUS;label\n"
KNOWN = replace(CONTEXT, flags=frozenset("bdepqmo"))


def test_a_figure_that_its_source_calls_confidential_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "secret.csv"
    path.write_text(
        f"{HEADER}EN4008V;{TOWNS[0].code_2024};2010;10.5;c;;;\nEN4008V;{TOWNS[0].code_2024};2011;10.5;;;;\n"
    )
    reading = eurostat.read(path, KNOWN)
    assert [figure.period for figure in reading.figures] == ["2011"] and not reading.faults
    assert [item["code"] for item in reading.report()["skipped"]] == ["confidential"]


@pytest.mark.parametrize("flag", ["z", "m", "bm"])
def test_a_value_beside_a_flag_that_denies_it_is_wrong(flag: str, tmp_path: Path) -> None:
    path = tmp_path / "denied.csv"
    path.write_text(f"{HEADER}EN4008V;{TOWNS[0].code_2024};2010;19.5;{flag};;;\n")
    reading = eurostat.read(path, KNOWN)
    assert not reading.figures
    assert [(fault.code, fault.column) for fault in reading.faults] == [("flag_denies_value", "OBS_FLAG")]


def test_where_no_value_stands_such_a_flag_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "absent.csv"
    path.write_text(f"{HEADER}EN4008V;{TOWNS[0].code_2024};2010;;m;;;\n")
    reading = eurostat.read(path, KNOWN)
    assert not reading.faults and [item["code"] for item in reading.report()["skipped"]] == ["value_missing"]
