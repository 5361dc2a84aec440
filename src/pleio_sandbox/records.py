"""What the sandbox keeps, as plain values: the site's settings, users, groups, avatars, log entries.

`tables` keeps them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

TOMBSTONE_NAME = "Verwijderde gebruiker"
"""The name of a deleted user. Anybody inactive with this name counts as deleted, even a banned live user."""

DEFAULT_SECRET = "sandbox-secret"  # noqa: S105 - opens nothing but a sandbox on loopback

GuidStyle = Literal["uuid", "number", "numeric_string"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """How this subsite is set up.

    `secret` empty closes the API. `guid_style` other than `uuid` is an older site whose guids are numbers, in JSON as
    numbers or as strings. `hidden_fields` are left out of the user objects (`time_created`, for instance).
    `secondary_domains` carry a request out and then redirect to `primary_domain`. An avatar that holds `virus_marker`
    counts as infected.
    """

    secret: str = DEFAULT_SECRET
    name: str = "Gemeente Testdam"
    language: Literal["nl", "en"] = "nl"
    guid_style: GuidStyle = "uuid"
    hidden_fields: frozenset[str] = frozenset()
    primary_domain: str = "localhost"
    secondary_domains: frozenset[str] = frozenset()
    virus_marker: bytes | None = None


class Role(StrEnum):
    """What somebody is in a group; `PENDING` asked to join."""

    MEMBER = "member"
    PENDING = "pending"
    ADMIN = "admin"
    OWNER = "owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One user of the subsite, deleted ones included. Times are microseconds since 1970, UTC."""

    guid: str
    external_id: str | None
    name: str
    email: str
    is_active: bool
    is_admin: bool
    is_superadmin: bool
    ban_reason: str
    time_created_us: int
    time_updated_us: int
    profile: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_banned(self) -> bool:
        """Tell whether the user is inactive, whoever did it."""
        return not self.is_active

    @property
    def is_deleted(self) -> bool:
        """Tell whether the subsite considers the user deleted: it goes by the name."""
        return not self.is_active and self.name == TOMBSTONE_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileField:
    """A profile field of the site; its position gives the order in every user's profile."""

    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of the subsite. New users join automatically if `is_automatic`."""

    guid: str
    name: str
    is_automatic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAvatar:
    """An avatar's file as it was uploaded: nothing about it was checked."""

    file_name: str
    mime_type: str
    content: bytes

    @property
    def is_jpeg(self) -> bool:
        """Tell whether the bytes begin as a JPEG's do."""
        return self.content.startswith(b"\xff\xd8\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One upload to the log: any text as `uuid`, which may repeat."""

    id: int
    uuid: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRun:
    """The uploads that share a uuid."""

    uuid: str
    uploads: int
    characters: int
