"""The operator's site: everything can be looked at, nothing can be added, changed or deleted."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from .models import Event


class OperatorSite(admin.AdminSite):
    """Only what capabilities register here is shown, and to the operator (superuser) alone."""

    site_header = site_title = "Kontor"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)


site = OperatorSite(name="admin")


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Neither add, change, delete nor bulk actions."""

    actions = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


site.register(Event, ReadOnly)
