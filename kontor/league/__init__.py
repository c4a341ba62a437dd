"""The league itself: its cities (members and observed), its people and what they may do.
For everything that needs to know which city, which person, which mandate.
Neighbours: writes to `events`; every capability above reads it."""
