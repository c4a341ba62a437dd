"""Tables of the league. No behaviour beyond one row."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q


class AccountManager(BaseUserManager["Account"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Account:
        account = self.model(email=self.normalize_email(email).lower(), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Account:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class Account(AbstractBaseUser, PermissionsMixin):
    """What signs in. A superuser is the operator of the installation, not an office of the league."""

    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = AccountManager()


class League(models.Model):
    """The one league of this installation; `demonstration` is decided at the first start and never changes."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    names = models.JSONField()
    languages = models.JSONField()
    time_zone = models.CharField(max_length=60)
    contact = models.EmailField(blank=True)
    demonstration = models.BooleanField(default=False)
    founded = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="league_is_single")]


class City(models.Model):
    """A member city, or an observed one of which only published statistics are known."""

    code = models.CharField(max_length=32, unique=True)
    slug = models.SlugField(max_length=120, unique=True)
    names = models.JSONField(help_text="language -> name; a missing language shows the local name")
    local_name = models.CharField(max_length=160)
    local_language = models.CharField(max_length=12, blank=True)
    country = models.CharField(max_length=2)
    unit = models.CharField(max_length=20)
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True)
    time_zone = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=10)
    member_since = models.DateField(null=True)
    member_until = models.DateField(null=True)
    demonstration = models.BooleanField(default=False)

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=["member", "observed"]), name="city_status_known"),
            models.CheckConstraint(
                condition=Q(unit__in=["city", "greater city", "borough"]), name="city_unit_known"
            ),
            models.CheckConstraint(
                condition=Q(demonstration=False) | Q(status="member"), name="city_observed_is_never_invented"
            ),
            models.CheckConstraint(
                condition=Q(status="observed", member_since=None, member_until=None)
                | Q(status="member", member_since__isnull=False),
                name="city_member_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(member_until=None) | Q(member_until__gte=models.F("member_since")),
                name="city_membership_ends_after_it_begins",
            ),
            models.CheckConstraint(
                # An unknown comparison counts as fulfilled, so that "is there" has to be said.
                condition=Q(latitude=None, longitude=None)
                | Q(latitude__isnull=False, latitude__gte=-90, latitude__lte=90)
                & Q(longitude__isnull=False, longitude__gte=-180, longitude__lte=180),
                name="city_coordinates_both_and_on_earth",
            ),
        ]


class ExternalCode(models.Model):
    """A city's code in somebody else's list. A code means something only together with its edition."""

    city = models.ForeignKey(City, on_delete=models.CASCADE, related_name="external_codes")
    scheme = models.CharField(max_length=40)
    edition = models.CharField(max_length=20)
    code = models.CharField(max_length=120)  # some lists have nothing but labels

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scheme", "edition", "code"], name="external_code_names_one_city")
        ]


class FormerSlug(models.Model):
    """An address under which a city used to stand; it redirects for ever."""

    slug = models.SlugField(max_length=120, unique=True)
    city = models.ForeignKey(City, on_delete=models.CASCADE, related_name="former_slugs")


class Person(models.Model):
    """A person of the league. `reference` is what events hold; the name can be erased here."""

    reference = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=160)
    language = models.CharField(max_length=12)
    account = models.OneToOneField(Account, on_delete=models.SET_NULL, null=True, related_name="person")
    demonstration = models.BooleanField(default=False)


class Mandate(models.Model):
    """What a person may do: for a city or (city empty) the permanent office, in one capability, for a time."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="mandates")
    city = models.ForeignKey(City, on_delete=models.PROTECT, null=True, related_name="mandates")
    capability = models.CharField(max_length=30)
    begins = models.DateField()
    ends = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends=None) | Q(ends__gte=models.F("begins")), name="mandate_ends_after_it_begins"
            ),
            # Two, because a missing city would make every row another one (SQLite knows no other way).
            models.UniqueConstraint(
                fields=["person", "city", "capability", "begins"],
                condition=Q(city__isnull=False),
                name="mandate_once_for_a_city",
            ),
            models.UniqueConstraint(
                fields=["person", "capability", "begins"],
                condition=Q(city=None),
                name="mandate_once_for_the_office",
            ),
        ]
