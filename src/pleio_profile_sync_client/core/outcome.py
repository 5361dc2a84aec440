"""What the answer to a write shows of what was sent."""

from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.models import Record, SubsiteUser


def find_not_taken(record: Record, user: SubsiteUser) -> dict[str, str]:
    """Return the fields whose sent value the answered user does not show, with that value.

    Names: `name`, `email`, `external_id`, `profile.KEY`. An e-mail or external_id that differs in letter case only was
    taken: the subsite keeps its own spelling (`POST /users`, update). Groups are never shown, so they are not compared;
    nor is what the answer leaves out: a name or an e-mail that is empty, or the whole profile.
    """
    fields: dict[str, str] = {}
    if user.name and user.name != record.name:
        fields["name"] = record.name
    if user.email and user.email != record.email and key(user.email) != key(record.email):
        fields["email"] = record.email
    sent_id = record.external_id
    if sent_id and user.external_id != sent_id and key(user.external_id) != key(sent_id):
        fields["external_id"] = sent_id
    if user.profile:
        for name, value in record.profile.items():
            if user.profile.get(name, "") != value:
                fields[f"profile.{name}"] = value
    return fields
