"""The address table."""

from django.urls import path

from kontor.events.admin import site

urlpatterns = [path("admin/", site.urls)]
