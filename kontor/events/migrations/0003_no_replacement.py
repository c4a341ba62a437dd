"""SQLite's `REPLACE INTO` deletes the row in its way without asking a delete trigger; PostgreSQL has no such statement."""

from django.db import migrations

SQLITE = (
    "CREATE TRIGGER event_no_replace BEFORE INSERT ON events_event "
    "WHEN EXISTS (SELECT 1 FROM events_event "
    "WHERE position = NEW.position OR previous = NEW.previous OR hash = NEW.hash) "
    "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"
)


def guard(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(SQLITE)


class Migration(migrations.Migration):
    dependencies = [("events", "0002_append_only")]
    operations = [migrations.RunPython(guard, elidable=False)]
