"""Rows of the record are only ever added: the database itself refuses update and delete."""

from django.db import migrations

SQLITE = [
    f"CREATE TRIGGER event_no_{verb} BEFORE {verb.upper()} ON events_event "
    f"BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"
    for verb in ("update", "delete")
]
POSTGRESQL = [
    "CREATE FUNCTION events_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$",
    "CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE ON events_event "
    "FOR EACH ROW EXECUTE FUNCTION events_append_only()",
    "CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON events_event "
    "FOR EACH STATEMENT EXECUTE FUNCTION events_append_only()",
]


def guard(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [migrations.RunPython(guard, elidable=False)]
