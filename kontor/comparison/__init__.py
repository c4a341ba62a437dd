"""Apples with apples: peers, gaps, funnel and comparability for every figure.
For a mayor's analyst who asks which differences are real.
Neighbours: reads `observations`; `options` will build on its gaps."""
