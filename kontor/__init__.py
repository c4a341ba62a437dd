"""Kontor: the operating platform of a league of cities."""
