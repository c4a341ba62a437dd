"""Published figures: submissions come in, immutable releases go out, every question is answered as of a release.
For statisticians who hand in, and for everyone who reads figures.
Neighbours: `indicators` says how to compute; `comparison` compares what this answers."""
