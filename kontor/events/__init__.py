"""The record: every operation writes one event here, in its own transaction, chained by hash.
For everyone who wants to know what happened, who did it and that nobody changed it afterwards.
Neighbours: every capability above writes here; `updates`, feeds and the audit read."""
