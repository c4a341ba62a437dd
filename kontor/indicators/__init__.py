"""Indicators and their definitions: versioned wording that is also executable, with reservations and derogations.
For cities that agree on what to count, and for everything that computes by it.
Neighbours: reads `definitions/`, uses `engines.formula` and `engines.units`; `observations` computes by it."""
