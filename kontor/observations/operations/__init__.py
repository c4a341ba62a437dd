"""Every write of figures: a file is handed in, a release is published, figures are withdrawn, files are looked after."""

from .previewing import Preview, findings_about, preview
from .releasing import release
from .retention import archive, compact, unarchive
from .submitting import Handed, context, handed_again, read, submit
from .withdrawing import preview_withdrawal, withdraw

__all__ = [
    "Handed",
    "Preview",
    "archive",
    "compact",
    "context",
    "findings_about",
    "handed_again",
    "preview",
    "preview_withdrawal",
    "read",
    "release",
    "submit",
    "unarchive",
    "withdraw",
]
