"""The tables: how capabilities point at each other, and that migrations are what the models say."""

from __future__ import annotations

from django.apps import apps
from django.core.management import call_command
from django.db import models


def ours() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("kontor.")]


def test_a_relation_to_another_capability_leaves_nothing_there() -> None:
    """With related_name="+" the lower capability does not know who points at it."""
    crossing = [
        field
        for model in ours()
        for field in model._meta.get_fields()
        if field.is_relation
        and field.concrete
        and field.related_model in ours()
        and field.related_model._meta.app_label != model._meta.app_label
    ]
    assert len(crossing) >= 3
    visible = [str(field) for field in crossing if field.remote_field.related_name != "+"]
    assert visible == []


def test_what_the_record_rests_on_is_never_deleted_with_something_else() -> None:
    """Across capabilities nothing is swept away by deleting what it points at."""
    for model in ours():
        for field in model._meta.get_fields():
            if (
                isinstance(field, models.ForeignKey)
                and field.related_model._meta.app_label != model._meta.app_label
            ):
                assert field.remote_field.on_delete is models.PROTECT, str(field)


def test_every_table_is_checked_on_sqlite_and_on_postgresql(db: None) -> None:
    """Also Django's checks that need the database: a constraint that it would silently leave out is a finding."""
    call_command("check", databases=["default"], fail_level="WARNING")


def test_migrations_are_what_the_models_say(db: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
