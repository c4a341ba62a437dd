"""What is under way while a table is protected or attacked, in words."""

from __future__ import annotations

from . import terminal

STAGES = {
    "reading": "stage_reading",
    "tabulating": "stage_tabulating",
    "windows": "stage_windows",
    "relaxation": "stage_relaxation",
    "round": "stage_round",
    "construct": "stage_construct",
    "clean": "stage_clean",
    "mend": "stage_mend",
    "singles": "stage_singles",
    "rebuild": "stage_rebuild",
    "rounding": "stage_rounding",
    "anonymity": "stage_anonymity",
    "audit_A": "stage_audit_A",
    "audit_B": "stage_audit_B",
    "audit_C": "stage_audit_C",
}


def stage_words(stage: str) -> str:
    """A stage in the terminal's language."""
    return terminal.words(STAGES[stage]) if stage in STAGES else stage.replace("_", " ")
