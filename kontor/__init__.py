"""Kontor: the operating platform of a league of cities."""

__version__ = "0.1.0"
