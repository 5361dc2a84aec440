"""How external_ids and e-mails compare, the users found by them, and how values are remembered without keeping them."""

import unicodedata
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Literal

from msgspec import Struct

from pleio_profile_sync_client.core.models import Guid, SubsiteUser, Write


class Listed(Struct, frozen=True):
    """Users whom the subsite lists, by key. Of those who share one, `by_…` has the first, and `sharing_…` all."""

    users: tuple[SubsiteUser, ...]
    by_external_id: dict[str, SubsiteUser]
    by_email: dict[str, SubsiteUser]
    sharing_external_id: dict[str, tuple[SubsiteUser, ...]]
    sharing_email: dict[str, tuple[SubsiteUser, ...]]
    ambiguous: frozenset[Guid]

    def with_external_id(self, wanted: str) -> tuple[SubsiteUser, ...]:
        """Return all users whose external_id has this key."""
        return _all_with(wanted, self.by_external_id, self.sharing_external_id)

    def with_email(self, wanted: str) -> tuple[SubsiteUser, ...]:
        """Return all users whose e-mail has this key."""
        return _all_with(wanted, self.by_email, self.sharing_email)

    def sharing_with(self, user: SubsiteUser) -> tuple[SubsiteUser, ...]:
        """Return the other users who share a key with this one."""
        same = (*self.with_external_id(key(user.external_id)), *self.with_email(key(user.email)))
        return tuple({other.guid: other for other in same if other.guid != user.guid}.values())


def key(text: str | None) -> str:
    """Return the form in which external_ids and e-mails compare: trimmed, NFKC, lower case; empty for none.

    The subsite compares both without regard to case (`POST /users`, observed) and trims them. Full-width letters,
    ligatures and letters with separate accents are the same to a person who types them.
    """
    if not text:
        return ""
    if text.isascii():
        wanted = text.strip().lower()
    else:
        wanted = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).strip().lower())
    return text if wanted == text else wanted  # most already are keys: one text is kept instead of two


def digest(salt: bytes, text: str) -> bytes:
    """Return 16 bytes that tell whether a value is the same as an earlier one, without containing it."""
    return blake2b(text.encode("utf-8", "surrogatepass"), key=salt, digest_size=16).digest()


def index_users(users: Iterable[SubsiteUser]) -> Listed:
    """Index the subsite's users; those who share an external_id or e-mail (in different case) are ambiguous."""
    everybody = tuple(users)
    by_external_id, sharing_external_id = _index([key(user.external_id) for user in everybody], everybody)
    by_email, sharing_email = _index([key(user.email) for user in everybody], everybody)
    sharing = (*sharing_external_id.values(), *sharing_email.values())
    ambiguous = frozenset(user.guid for group in sharing for user in group)
    return Listed(everybody, by_external_id, by_email, sharing_external_id, sharing_email, ambiguous)


def find_holder(
    users: Iterable[SubsiteUser], taken: Literal["email", "external_id"], write: Write
) -> SubsiteUser | None:
    """Return the listed user who has the value that was refused as taken, as the subsite's database compares; or None.

    It compares in upper case, letter by letter, so that a dotless i is an I, but a German sharp s is not two
    (observed).
    """
    wanted = _upper(write.email if taken == "email" else write.external_id)
    held = ((user, user.email if taken == "email" else user.external_id) for user in users if user.guid != write.guid)
    return next((user for user, value in held if wanted and _upper(value) == wanted), None)


def _upper(text: str | None) -> str:
    return "".join(upper if len(upper := letter.upper()) == 1 else letter for letter in (text or "").strip())


def _index(
    keys: Sequence[str], users: Sequence[SubsiteUser]
) -> tuple[dict[str, SubsiteUser], dict[str, tuple[SubsiteUser, ...]]]:
    first = dict(zip(reversed(keys), reversed(users), strict=True))
    first.pop("", None)
    if len(first) + keys.count("") == len(keys):
        return first, {}
    all_with: dict[str, list[SubsiteUser]] = {}
    for wanted, user in zip(keys, users, strict=True):
        all_with.setdefault(wanted, []).append(user)
    return first, {wanted: tuple(group) for wanted, group in all_with.items() if wanted and len(group) > 1}


def _all_with(
    wanted: str, first: dict[str, SubsiteUser], sharing: dict[str, tuple[SubsiteUser, ...]]
) -> tuple[SubsiteUser, ...]:
    if wanted in sharing:
        return sharing[wanted]
    user = first.get(wanted)
    return () if user is None else (user,)
