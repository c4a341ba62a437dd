"""The operator's site: everything can be looked at, nothing can be added, changed or deleted."""

from __future__ import annotations

from typing import Any, NoReturn

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from .models import Event


class OperatorSite(admin.AdminSite):
    """Only what capabilities register here is shown, and to the operator (superuser) alone."""

    site_header = site_title = "Kontor"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Sign-in is that of the pages: a form of the site's own would know no limit on guessing."""
        index = reverse(f"{self.name}:index")
        if self.has_permission(request):
            return HttpResponseRedirect(index)
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or index)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> NoReturn:
        """Passwords are set by a one-time link alone."""
        raise PermissionDenied


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
