"""The values that the client thinks in: users of both sides, findings, changes, the plan, outcomes. No rules."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from msgspec import Struct

PROFILE = "profile."
"""What a profile field's name begins with; its key on the subsite follows."""

FIELDS = ("external_id", "name", "email", "avatar", "groups")
"""The product's fields that a column of the source can contain; besides these, `profile.KEY` for any KEY."""

Guid = str | int
"""A subsite user's id: a UUID; on older sites a number or a numeric string. It is sent back as it was received."""


class SourceUser(Struct, frozen=True, gc=False):
    """A good row of the source, trimmed and NFC-normalised. Columns that the source lacks are None or empty.

    `groups` are None if the cell is a spreadsheet's error: they are left alone, in the state too. `place` says where
    the row is, if that is not just a line of a file; `wording.place_of` handles both.
    """

    line: int
    external_id: str | None
    name: str
    email: str
    avatar: str | None = None
    groups: tuple[str, ...] | None = ()
    profile: dict[str, str] = {}
    place: str = ""


class SkippedRow(Struct, frozen=True):
    """A row with a problem: not synced, but anybody of whom it contains a trace counts as present (`traces`).

    `cells` is the whole record: all its cells and any that spilled over, or, if its quotes can't be read, its lines as
    they are. `own` are the indexes of the cells under external_id, name and e-mail; None if the row is torn, so that
    any cell may be one of these. `external_id` and `email` are these values; a torn row has none. `is_garbled` and
    `external_id_damaged` are set whatever the row's first problem is.
    """

    line: int
    code: str
    external_id: str | None
    email: str | None
    cells: tuple[str, ...] = ()
    own: frozenset[int] | None = None
    is_garbled: bool = False
    external_id_damaged: bool = False
    email_valid: bool = False
    place: str = ""


class Finding(Struct, frozen=True):
    """A problem or a warning: what can't be handled, about which record, and the way out, in one line.

    `message` may contain names and e-mails, so it is for the console and the report; the uploaded log gets the code,
    the line, the external_id (or the guid) and `uploaded`: figures, fields and options that an administrator can act
    on.
    """

    code: str
    message: str
    line: int | None = None
    external_id: str | None = None
    guid: Guid | None = None
    place: str = ""
    uploaded: str = ""


class Layout(Struct, frozen=True):
    """How a source is to be read, as far as the administrator has said.

    `columns` maps the product's fields to headers, `skip` headers to globs; `ignore` are headers that are known and not
    used. `encoding` and `delimiter` are a CSV's, and are detected if None; `sheet` is a workbook's.
    """

    columns: Mapping[str, str] = {}
    skip: Mapping[str, Sequence[str]] = {}
    ignore: Sequence[str] = ()
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None


class Column(Struct, frozen=True):
    """How one column of the source was understood: `field` is None if it is not used, and `note` says why.

    `example` is its first value, near the top.
    """

    header: str
    field: str | None
    note: str = ""
    example: str = ""


class SourceReading(Struct, frozen=True):
    """Everything that one reading of the source gave.

    `rows` counts the records that are neither blank nor taken out by `[skip]`. `fields` are the product's fields that
    the source has a (not throughout empty) column for: `external_id`, `name`, `email`, `avatar`, `groups`,
    `profile.KEY`. `cut_off` says why the file looks cut off, if it does; `doubts` are other reasons why people may be
    missing from it.
    """

    location: str
    rows: int
    users: tuple[SourceUser, ...]
    skipped: tuple[SkippedRow, ...]
    problems: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    fields: frozenset[str]
    columns: tuple[Column, ...] = ()
    cut_off: str | None = None
    doubts: tuple[str, ...] = ()


class SubsiteUser(Struct, frozen=True, gc=False):
    """A user as `GET /users` lists them (banned ones and administrators too). Fields that were missing are empty."""

    guid: Guid
    external_id: str | None
    name: str
    email: str
    is_banned: bool
    profile: dict[str, str] = {}


class Avatar(Struct, frozen=True):
    """An avatar's file: its path as the source gives it, and what shows whether its bytes have changed."""

    path: str
    digest: str
    size: int
    mtime_ns: int


class NotTaken(Struct, frozen=True, gc=False):
    """A value that the subsite did not take: its digest, and when it was first sent (seconds since 1970)."""

    digest: bytes
    sent_s: float


class Remembered(Struct, frozen=True, gc=False):
    """What the state remembers of one subsite user. Digests are `keys.digest` of the value under the state's salt.

    `groups` is None if it is unknown which were sent. `name_digest` and `email_digest` are of the values last sent.
    `absent_s` is how long no row has named the user, counted run by run up to `counted_s` (seconds since 1970).
    """

    groups: frozenset[str] | None = None
    avatar: Avatar | None = None
    name_digest: bytes | None = None
    email_digest: bytes | None = None
    not_taken: dict[str, NotTaken] = {}
    banned_by_us: bool = False
    absent_s: float | None = None
    counted_s: float | None = None


NOTHING_REMEMBERED = Remembered()


class Memory(Struct, frozen=True):
    """What the state remembers, by the guid as text. An empty one is a first run, or a lost state file.

    `last_list` are the guids, as text, in the list of the last real run without `--only` that no fuse refused; without
    users whom we have deleted since. `needs_external_id` says that the subsite refused a create without an external_id.
    `runs` is how many real runs it knows. `awaiting` has the day since which a user's removal has waited for an
    approval, `awaiting_since` the day since which anything has. `is_filling` says that the first run into an almost
    empty subsite is not complete yet.
    """

    users: dict[str, Remembered] = {}
    salt: bytes = b""
    last_list: frozenset[str] | None = None
    needs_external_id: bool = False
    runs: int = 0
    awaiting: dict[str, date] = {}
    awaiting_since: date | None = None
    is_filling: bool = False

    def of(self, guid: Guid) -> Remembered:
        """Return what is remembered of a user; nothing if the user is unknown."""
        return self.users.get(str(guid), NOTHING_REMEMBERED)


class Action(StrEnum):
    """What a change does to a subsite user."""

    CREATE = "create"
    UPDATE = "update"
    REACTIVATE = "reactivate"
    BAN = "ban"
    DELETE = "delete"


WriteAction = Literal[Action.CREATE, Action.UPDATE, Action.REACTIVATE]
RemovalAction = Literal[Action.BAN, Action.DELETE]


class Record(Struct, frozen=True, gc=False):
    """The values of one create or update. None and missing profile keys are left alone by the subsite."""

    name: str
    email: str
    external_id: str | None = None
    profile: dict[str, str] = {}
    groups: tuple[str, ...] = ()


class Write(Struct, frozen=True, gc=False):
    """A row that is written to a subsite user: create, update or reactivate.

    `record` is None if nothing is posted to `/users` (only an avatar or an unban). `fields` are the differences, name
    to (old, new), old None for a create. `waits_for` is the guid of the user who has to give up the e-mail first.
    `email` and `external_id` are the row's.
    """

    action: WriteAction
    guid: Guid | None
    line: int
    external_id: str | None
    email: str
    record: Record | None
    fields: dict[str, tuple[str | None, str | None]] = {}
    avatar: Avatar | None = None
    marks: tuple[str, ...] = ()
    waits_for: Guid | None = None
    place: str = ""

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that are sent."""
        return self.record.groups if self.record is not None else ()


class Removal(Struct, frozen=True):
    """A ban or a delete of a subsite user whom no row names. `external_id` and `email` are the user's."""

    action: RemovalAction
    guid: Guid
    external_id: str | None
    email: str
    name: str
    is_banned: bool = False


Change = Write | Removal


class Waiting(Struct, frozen=True):
    """A user who will be banned or deleted unless something changes, and what that waits for.

    `absent_s` is how long the user has been absent, as the state counts it. `due` is the first day on which a run would
    do it, if it runs every night; None if no day can be told.
    """

    guid: Guid
    external_id: str | None
    email: str
    name: str
    action: RemovalAction
    why: Literal["grace", "withheld", "awaiting_approval"]
    absent_s: float | None = None
    due: date | None = None


class Fuse(Struct, frozen=True):
    """A limit that refuses a whole plan: `value` of `of`, where `limit` is allowed (for `matched`: required)."""

    fuse: str
    value: int
    of: int
    limit: int
    tripped: bool


class Memo(Struct, frozen=True):
    """What the state has to learn about a matched user although nothing is sent.

    `groups` are those left, `avatar` has a new mtime, `taken` are the fields that no longer count as not taken.
    """

    guid: Guid
    groups: frozenset[str] | None = None
    avatar: Avatar | None = None
    taken: tuple[str, ...] = ()


class Done(Struct, frozen=True):
    """The subsite did what was asked; `user` is what it answered (None for a delete)."""

    user: SubsiteUser | None = None


class Refused(Struct, frozen=True):
    """The subsite refused this request, and a repeat would not help. `message` is one line, without the secret.

    `status` is 0 if the client refused to send it. `code` is the subsite's word for the reason, if it gives one;
    `taken` names the key that another user already has.
    """

    status: int
    message: str
    taken: Literal["email", "external_id"] | None = None
    code: str = ""


class Unavailable(Struct, frozen=True):
    """No answer that counts, after all repeats: 429, 5xx, time-outs, broken connections, or what shows another user.

    `sent` is False if nothing was sent at all because the run was to end. `maybe_done` says whether the subsite may
    have done it.
    """

    message: str
    sent: bool = True
    maybe_done: bool = True


Answer = Done | Refused | Unavailable


class Status(StrEnum):
    """What became of a change."""

    PLANNED = "planned"
    APPLIED = "applied"
    FAILED = "failed"
    NOT_ATTEMPTED = "not_attempted"


class Step(StrEnum):
    """One request of a change that was carried out."""

    UNBAN = "unban"
    USER = "user"
    AVATAR = "avatar"
    BAN = "ban"
    DELETE = "delete"


class Outcome(Struct, frozen=True):
    """What became of a change: its status, the steps that were carried out, and what the subsite did not take.

    `guid` is the user's, the new one for an applied create. `error` says what happened and what remains to be done.
    `not_taken` maps a field to the value that was sent and that the answer did not show. `taken` names the key for
    which the subsite refused it, as another user's. `is_trouble` says that the subsite is the cause, and not the row:
    429, 5xx, a time-out, a broken connection, an answer that shows another user.
    """

    status: Status
    guid: Guid | None = None
    error: str | None = None
    steps: tuple[Step, ...] = ()
    avatar: Avatar | None = None
    not_taken: dict[str, str] = {}
    taken: Literal["email", "external_id"] | None = None
    is_trouble: bool = False


class RunRecord(Struct, frozen=True):
    """What the state keeps of a real run. `finished` and `exit_code` are None if it was killed, or is still running.

    `counts` has the names of the report's counts. `is_partial` says that it was one with `--only`.
    """

    run: str
    started: datetime
    finished: datetime | None = None
    exit_code: int | None = None
    counts: dict[str, int] = {}
    is_partial: bool = False
