"""The permanent office's record: what the league resolved and what follows from it, with its deadlines.
For everyone who asks what was decided and whether it is late.
Neighbours: stands on `league` and `events`; meetings, motions and ballots will move in here."""
