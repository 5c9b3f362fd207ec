"""People who sign in. Everybody can listen; a role says what else one came for."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from royalties.models import Party


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    class Role(models.TextChoices):
        LISTENER = "listener"
        ARTIST = "artist"
        LABEL = "label"
        OPERATOR = "operator"

    email = models.EmailField(unique=True)
    # when a link sent there was followed; None: nobody has shown yet that mail arrives there
    confirmed_at = models.DateTimeField(null=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.LISTENER)
    party = models.OneToOneField(Party, on_delete=models.PROTECT, related_name="+")
    # the terms of use, accepted at sign-up
    consented_at = models.DateTimeField(default=timezone.now)
    joined_at = models.DateTimeField(default=timezone.now)
    # ISO 3166-1 alpha-2, or nothing: as said by the login, in users.countries
    country = models.CharField(max_length=2, blank=True, default="")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="email_lower"),
            models.CheckConstraint(
                condition=models.Q(country="") | models.Q(country__regex="^[A-Z]{2}$"),
                name="country_is_a_code",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_artist(self) -> bool:
        return self.role == self.Role.ARTIST

    @property
    def is_label(self) -> bool:
        return self.role == self.Role.LABEL

    @property
    def is_operator(self) -> bool:
        return self.role == self.Role.OPERATOR


class AddressChange(models.Model):
    """Of a login's e-mail; while it is kept, a link takes it back."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="address_changes")
    made_at = models.DateTimeField()


class ApiKey(models.Model):
    """By which a program of somebody's acts for them at the API; kept as a hash alone."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)  # sha256 of the key
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)  # to the hour

    def __str__(self) -> str:
        return self.name
