"""Users, their invitations and API tokens. Secrets are kept as keyed digests only."""

from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from tongbao.kernel import clock, ids


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())

    def make(self, *, email: str, name: str, **fields: Any) -> "User":
        """A new account without a password; nobody can sign in to it yet."""
        user = self.model(email=email.strip().lower(), name=name, **fields)
        user.set_unusable_password()
        user.save(force_insert=True)
        return user


class User(AbstractBaseUser):
    """A person's account. What the person may do hangs on seats, not on the account."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=8, blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return self.name

    def subject(self) -> tuple[str, str]:
        return ("account", self.public_id)


class Invitation(models.Model):
    """A link sent to somebody's address, good once and for a while. ``user`` is set when it is accepted."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    email = models.EmailField()
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=8, blank=True, default="")
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)

    def open_at(self, moment: datetime) -> bool:
        return self.accepted_at is None and moment < self.expires_at


class ApiToken(models.Model):
    """A program's key to act for a user, narrowed to scopes, for a while.

    ``employer`` is the key of the organisation that the user acted for; the program acts for no other.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    employer = models.BigIntegerField(null=True)
    label = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.label

    def subject(self) -> tuple[str, str]:
        return ("token", self.public_id)

    def open_at(self, moment: datetime) -> bool:
        return self.revoked_at is None and moment < self.expires_at
