"""REPORT.html: what a protected table shows and hides, in plain words of three languages, from SAFE.csv and the recipe.

One file without script or anything from elsewhere.
"""

from .page import render
from .words import LANGUAGES

__all__ = ["LANGUAGES", "render"]
