"""The example site: a small municipality, before its source is synced for the first time."""

from pleio_sandbox.records import Role
from pleio_sandbox.store import Store

EVERYBODY_GROUP = "11111111-1111-4111-8111-111111111111"
INFORMATION_GROUP = "22222222-2222-4222-8222-222222222222"

_FIELDS = {"occupation": "Functie", "department": "Afdeling", "location": "Locatie", "phone": "Telefoon"}
_FIRST_OF_2024_US = 1_704_099_600_000_000
_HOUR_US = 3_600_000_000

# external_id, name, e-mail before the @, occupation, department, location, phone
_EMPLOYEES = (
    ("0010023", "Sanne de Vries", "sanne.devries", "Beleidsadviseur", "Ruimte", "Stadhuis", "0201234023"),
    ("0010024", "Daan Jansen", "daan.jansen", "Applicatiebeheerder", "Informatie", "Stadhuis", "0201234024"),
    ("0010025", "Fatima El Amrani", "fatima.elamrani", "Jurist", "Juridische Zaken", "Stadhuis", "0201234025"),
    ("0010026", "Pieter van den Berg", "pieter.vandenberg", "Opzichter", "Beheer", "Werf Noord", "0201234026"),
    ("0010027", "Zoë Willems", "zoe.willems", "Communicatieadviseur", "Bestuur", "Stadhuis", ""),
    (None, "Bram Visser", "bram.visser", "", "", "", ""),
    ("0010029", "Noor Hendriks", "noor.hendriks", "Toezichthouder", "Veiligheid", "Stadhuis", "0201234029"),
    ("0009871", "Hendrik Mulder", "hendrik.mulder", "Archivaris", "Informatie", "Stadhuis", "0201239871"),
    ("0009644", "Kees Bakker", "kees.bakker", "Chauffeur", "Beheer", "Werf Noord", ""),
)
_BANNED = {"0010029": "Langdurig afwezig", "0009644": "Uit dienst"}


def seed_example(store: Store) -> None:
    """Fill an empty site: an administrator and a guest without external_id, the system user, employees, groups.

    Sanne de Vries to Zoë Willems are to be matched by external_id, Bram Visser by e-mail; Hendrik Mulder has left, Noor
    Hendriks and Kees Bakker were banned by an administrator.
    """
    for key, name in _FIELDS.items():
        store.add_profile_field(key, name)
    store.groups.add("Alle medewerkers", guid=EVERYBODY_GROUP)
    store.groups.add("Informatievoorziening", guid=INFORMATION_GROUP)
    administrator = store.users.add(
        name="Beheer Testdam",
        email="beheer@gemeente.test",
        is_admin=True,
        is_superadmin=True,
        time_created_us=_FIRST_OF_2024_US,
    )
    for group in (EVERYBODY_GROUP, INFORMATION_GROUP):
        store.groups.set_role(administrator.guid, group, Role.OWNER)
    store.add_system_user(time_created_us=_FIRST_OF_2024_US + _HOUR_US // 2)
    for position, (external_id, name, mailbox, *values) in enumerate(_EMPLOYEES, start=1):
        user = store.users.add(
            name=name,
            email=f"{mailbox}@gemeente.test",
            external_id=external_id,
            profile=dict(zip(_FIELDS, values, strict=True)),
            time_created_us=_FIRST_OF_2024_US + position * _HOUR_US,
        )
        store.groups.join(user.guid, EVERYBODY_GROUP)
        if external_id in _BANNED:
            store.ban(user.guid, _BANNED[external_id])
    store.users.add(
        name="Anouk Peters (gast)",
        email="anouk.peters@adviesbureau.test",
        time_created_us=_FIRST_OF_2024_US + 100 * _HOUR_US,
    )
