"""The one table of options: all that can be said of each, in the help's order.

The command line, the configuration file, the help and the refusals follow from it. To add an option, add its entry, and
the field of the same name to `Policy`, `Settings` or `SourceSettings`, whoever acts on it. How a value of each type
is parsed stands in `parsers`. Nothing heavy is imported here, since `--help` has to be there at once.
"""

from dataclasses import dataclass
from typing import Literal

ValueType = Literal[
    "boolean",
    "text",
    "secret",
    "source",
    "path",
    "report",
    "subsite",
    "ping",
    "directory",
    "duration",
    "time_limit",
    "limit",
    "count",
    "word",
    "code",
    "problem",
    "encoding",
    "delimiter",
]
DryRun = Literal["as_ever", "if_typed", "never"]
Command = Literal["sync", "check", "explain", "export", "status", "init", "revert"]

TRUE_WORDS = frozenset({"true", "t", "yes", "y", "on", "1"})
FALSE_WORDS = frozenset({"false", "f", "no", "n", "off", "0"})
"""What a BOOLEAN may be, in any case."""

METAVARS: dict[ValueType, str] = {
    "boolean": "BOOLEAN",
    "text": "TEXT",
    "secret": "TEXT",
    "source": "FILE",
    "path": "PATH",
    "report": "PATH",
    "subsite": "URL",
    "ping": "URL",
    "directory": "URL",
    "duration": "DURATION",
    "time_limit": "DURATION",
    "limit": "N|N%",
    "count": "N",
    "word": "WORD",
    "code": "CODE",
    "problem": "CODE",
    "encoding": "NAME",
    "delimiter": "CHAR",
}
"""What stands in the help for a value of each type, unless the option has a name of its own for it."""

PATHS: frozenset[ValueType] = frozenset({"source", "path", "report"})
"""The types of what names a file: in the configuration they are relative to it, and a shell completes them."""


@dataclass(frozen=True)
class Refusal:
    """Two options that can't both be on: which other one, what is wrong with that, and the way out."""

    other: str
    message: str
    hint: str


@dataclass(frozen=True)
class Option:
    """One option, or a key that only the configuration file has; names are with `_`.

    `default` is written as one would type it; `unset` says in the help what holds where there is none. `init_help` is
    the help of `init`, where that differs. `commands` are those that have it in their help. `field` is the name in the
    settings, where that is not the option's own. `table` is where it stands in the file: always, for a key that the
    command line lacks, else as an alternative to the top. `file_refusal` says why the file may not hold it. What the
    command line says goes before the file's, but is added to it where `adds_to_file`. In a dry run it holds as ever, or
    only from the command line, or never.
    """

    name: str
    value_type: ValueType
    help: str
    theme: str = ""
    metavar: str = ""
    default: str = ""
    unset: str = ""
    init_help: str = ""
    words: tuple[str, ...] = ()
    is_repeatable: bool = False
    adds_to_file: bool = False
    commands: tuple[Command, ...] = ("sync", "explain")
    field: str = ""
    variable: str = ""
    table: str = ""
    is_on_command_line: bool = True
    file_refusal: str = ""
    dry_run: DryRun = "as_ever"
    refused_with: tuple[Refusal, ...] = ()

    @property
    def flag(self) -> str:
        """Return the option as it is typed: `--max-removals`."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def settings_field(self) -> str:
        """Return the name that the value has in the settings."""
        return self.field or self.name

    def help_for(self, command: Command) -> str:
        """Return the help with what the table knows besides: environment variable, repeatable, default."""
        parts = [self.init_help if command == "init" and self.init_help else self.help]
        if self.is_repeatable:
            parts.append("Repeatable.")
        if self.variable:
            parts.append(f"[environment: {self.variable}]")
        if self.default or self.unset:
            parts.append(f"[default: {self.default or self.unset}]")
        return " ".join(parts)


_SOURCE, _REMOVALS, _MATCHING = "What to sync", "Users who are not in the source", "How users are matched and updated"
_SAFETY, _OUTPUT, _RUNNING = "Safety", "Output", "Running"
_SYNC: tuple[Command, ...] = ("sync",)
_RUNS: tuple[Command, ...] = ("sync", "revert")
_PLANS: tuple[Command, ...] = ("sync", "explain", "revert")
_OF_SOURCES: tuple[Command, ...] = ("sync", "check", "explain")
_OF_FILES: tuple[Command, ...] = (*_OF_SOURCES, "init")
_OF_SUBSITES: tuple[Command, ...] = ("sync", "explain", "export", "revert")

_ONE_COMMANDS = "it belongs to one subcommand; give it on the command line"

OPTIONS: tuple[Option, ...] = (
    Option(
        "source",
        "source",
        "The source: a CSV file or a workbook (.xlsx), or - for a CSV on standard input.",
        _SOURCE,
        init_help="The source: a CSV file or a workbook (.xlsx).",
        commands=_OF_FILES,
        field="location",
    ),
    Option(
        "destination",
        "subsite",
        "The subsite's API, such as https://SUBSITE.pleio.nl/profile_sync_api/; plain http only to this "
        "machine itself.",
        _SOURCE,
        commands=("sync", "explain", "export", "status", "init", "revert"),
    ),
    Option(
        "api_secret_file",
        "path",
        "Read the subsite's API secret from this file, which must not be readable by others.",
        _SOURCE,
        commands=(*_OF_SUBSITES, "init"),
        variable="API_SECRET_FILE",
    ),
    Option(
        "api_secret",
        "secret",
        "The API secret itself; on the command line, everybody on this machine can see it.",
        _SOURCE,
        commands=_OF_SUBSITES,
        variable="API_SECRET",
        file_refusal="a secret does not belong in a file that gets copied and shared; use api_secret_file",
    ),
    Option(
        "config",
        "path",
        "Read options from this TOML file; the command line overrules it.",
        _SOURCE,
        commands=("sync", "check", "explain", "export", "status", "revert"),
        file_refusal="a configuration file can't name another",
    ),
    Option(
        "only",
        "text",
        "Apply only what concerns this external_id or e-mail, and what it waits for.",
        _SOURCE,
        metavar="KEY",
        commands=_RUNS,
        file_refusal="it is for one run; give --only on the command line",
    ),
    Option(
        "encoding",
        "encoding",
        "The encoding of a CSV, such as cp1252.",
        _SOURCE,
        unset="detected",
        commands=_OF_FILES,
        table="csv",
    ),
    Option(
        "delimiter",
        "delimiter",
        "The delimiter of a CSV: one character, or the word tab.",
        _SOURCE,
        unset="detected",
        commands=_OF_FILES,
        table="csv",
    ),
    Option(
        "ignore",
        "text",
        "Headers of the source that are known and not used.",
        is_repeatable=True,
        is_on_command_line=False,
    ),
    Option("ban", "boolean", "Ban users of the subsite who are not in the source.", _REMOVALS, default="false"),
    Option(
        "delete",
        "boolean",
        "Delete them for good instead of banning them.",
        _REMOVALS,
        default="false",
        refused_with=(
            Refusal(
                "ban",
                "ban and delete are both true, but a user can only be banned or deleted",
                "Keep one of them (--ban false overrules the configuration file).",
            ),
        ),
    ),
    Option(
        "grace",
        "duration",
        "Ban or delete only those who have been absent from the source for this long; 0s is off.",
        _REMOVALS,
        unset="off",
        field="grace_s",
    ),
    Option(
        "protect",
        "text",
        "Never ban, delete or reactivate users whose e-mail or external_id matches, such as *@partner.nl; "
        "*@localhost always counts.",
        _REMOVALS,
        metavar="PATTERN",
        is_repeatable=True,
        adds_to_file=True,
        commands=_PLANS,
    ),
    Option(
        "scope",
        "text",
        "Ban or delete only users whose e-mail or external_id matches, where several organisations share a subsite.",
        _REMOVALS,
        metavar="PATTERN",
        unset="everybody",
        is_repeatable=True,
    ),
    Option(
        "only_linked",
        "boolean",
        "Whether users without an external_id, often administrators and guests, stay even if they are in no row.",
        _REMOVALS,
        unset="they stay, and with --ban or --delete that counts as a problem to be decided",
    ),
    Option(
        "reactivate",
        "boolean",
        "Unban banned users who are in the source: true for all of them, false for none.",
        _MATCHING,
        unset="only those whom this client banned",
    ),
    Option(
        "relink",
        "boolean",
        "Yes, it is the same person: let a row take over the user with its e-mail who has another external_id; with "
        "--only KEY also one of another name and e-mail, or an address that passes between users.",
        _MATCHING,
        default="false",
        file_refusal="each takeover of a user is to be decided by a person; give --relink on the command line",
    ),
    Option("full", "boolean", "Send groups and avatars again, whatever was sent before.", _MATCHING, default="false"),
    Option(
        "accept",
        "problem",
        "Count problems with this code as warnings, since they are known and lived with.",
        _MATCHING,
        is_repeatable=True,
        commands=_OF_SOURCES,
    ),
    Option("dry_run", "boolean", "Show the plan and write nothing.", _SAFETY, default="false", commands=_RUNS),
    Option(
        "max_removals",
        "limit",
        "Refuse a plan that bans or deletes more users than this, or that unbans more.",
        _SAFETY,
        default="10%",
        commands=_PLANS,
    ),
    Option(
        "max_changes",
        "limit",
        "Refuse a plan that changes or empties the same field of more users than this, or adds more of them "
        "to new groups.",
        _SAFETY,
        default="30%",
        commands=_PLANS,
    ),
    Option(
        "max_creates",
        "limit",
        "Refuse a plan that creates more users than this, compared with the active ones; a first run may need more.",
        _SAFETY,
        default="50%",
    ),
    Option(
        "min_listed",
        "limit",
        "Refuse a plan if the subsite lists fewer of the last run's users than this; 0 is off.",
        _SAFETY,
        default="90%",
    ),
    Option(
        "min_matched",
        "limit",
        "Refuse a plan in which fewer users match than this; 0 is off.",
        _SAFETY,
        default="50%",
    ),
    Option(
        "force",
        "boolean",
        "This once, carry out what the limits above refuse, what is withheld and what is handed_over.",
        _SAFETY,
        default="false",
        commands=_RUNS,
        file_refusal="it passes the fuses for one run only; give --force on the command line",
    ),
    Option(
        "approval",
        "word",
        "What waits until somebody approves it with --approved: nothing, bans and deletes, or every change.",
        _SAFETY,
        metavar="none|removals|all",
        default="none",
        words=("none", "removals", "all"),
        commands=_PLANS,
    ),
    Option(
        "approved",
        "code",
        "Carry out the plan that a dry run showed under this code, and no other; a code is good for 7 days.",
        _SAFETY,
        commands=_RUNS,
        file_refusal="an approval is for one plan; give --approved on the command line",
        refused_with=(
            Refusal(
                "force",
                "approved and force can't go together: an approval is for one plan, and force lets any pass",
                "Leave --force out; an approval passes the fuses.",
            ),
        ),
    ),
    Option(
        "max_source_age",
        "duration",
        "Refuse a source file that is older than this, or dated in the future; 0s is off.",
        _SAFETY,
        unset="off",
        commands=_OF_SOURCES,
        field="max_age_s",
    ),
    Option(
        "max_duration",
        "time_limit",
        "Start nothing new after this long, and exit with status 4.",
        _SAFETY,
        unset="off",
        commands=_RUNS,
        field="max_duration_s",
    ),
    Option(
        "verbose",
        "boolean",
        "Log a line for each change; false logs the start, the counts, warnings and problems only.",
        _OUTPUT,
        default="true",
        commands=_OF_SUBSITES,
    ),
    Option(
        "report",
        "report",
        "Write a report there, as JSON or HTML by its ending (.json, .html); {date} and {time} in its name "
        "are filled in. A dry run writes only the reports named on its command line.",
        _OUTPUT,
        is_repeatable=True,
        commands=_RUNS,
        field="reports",
        dry_run="if_typed",
    ),
    Option(
        "metrics",
        "path",
        "Write the run's figures there in Prometheus' text format; not in a dry run.",
        _OUTPUT,
        commands=_SYNC,
        dry_run="never",
    ),
    Option(
        "ping",
        "ping",
        "Tell a dead man's switch: GET URL/start, then URL if the exit status is 0, else URL/fail; not in a dry run.",
        _OUTPUT,
        commands=_SYNC,
        dry_run="never",
    ),
    Option(
        "log_format",
        "word",
        "The format of the log.",
        _OUTPUT,
        metavar="text|json",
        default="text",
        words=("text", "json"),
        commands=_OF_SUBSITES,
    ),
    Option("remote_log", "boolean", "Upload the log to the subsite.", _OUTPUT, default="true", commands=_RUNS),
    Option(
        "state",
        "path",
        "Where to keep what has to be remembered between runs.",
        _RUNNING,
        unset="a file for each subsite, in $STATE_DIRECTORY or else the user's state folder",
        commands=("sync", "explain", "status", "revert"),
    ),
    Option(
        "rejects",
        "path",
        "Write the rows that have a problem there, as they were, so that they can be fixed.",
        commands=("check",),
        file_refusal=_ONE_COMMANDS,
    ),
    Option(
        "max_age",
        "time_limit",
        "Exit 1 if the last run with exit status 0 or 1 ended longer ago than this, or if there is none. Runs with "
        "--only, and those that are dated in the future, don't count.",
        commands=("status",),
        file_refusal=_ONE_COMMANDS,
    ),
    Option(
        "excel",
        "boolean",
        "Write a file that Excel opens correctly: with a byte order mark and semicolons, and an apostrophe "
        "before anything that it would take for a formula.",
        default="false",
        commands=("export",),
        file_refusal=_ONE_COMMANDS,
    ),
    Option(
        "sheet",
        "text",
        "The workbook's sheet with the people; needed where several sheets show.",
        table="workbook",
        is_on_command_line=False,
    ),
    Option(
        "run",
        "text",
        "The program that prints the people as a CSV, and its arguments, each a text of its own; no shell reads them.",
        is_repeatable=True,
        table="command",
        is_on_command_line=False,
    ),
    Option(
        "timeout",
        "time_limit",
        "How long the program may take.",
        default="10m",
        table="command",
        is_on_command_line=False,
    ),
    Option(
        "url",
        "directory",
        "The directory's address: ldaps://HOST, or ldap://HOST with start_tls.",
        table="ldap",
        is_on_command_line=False,
    ),
    Option(
        "start_tls",
        "boolean",
        "Turn a plain connection into an encrypted one before anything is said.",
        default="false",
        table="ldap",
        is_on_command_line=False,
    ),
    Option(
        "ca_file",
        "path",
        "The certificates of the authorities to trust (PEM).",
        unset="the system's",
        table="ldap",
        is_on_command_line=False,
    ),
    Option(
        "bind",
        "text",
        "Whom to sign in as: a DN, or in Active Directory also NAME@DOMAIN.",
        unset="nobody",
        table="ldap",
        is_on_command_line=False,
    ),
    Option(
        "password_file",
        "path",
        "The file that holds its password, which must not be readable by others.",
        table="ldap",
        is_on_command_line=False,
    ),
    Option(
        "base",
        "text",
        "Where the people are: the DN of a branch, or several.",
        is_repeatable=True,
        table="ldap",
        is_on_command_line=False,
    ),
    Option(
        "filter",
        "text",
        "Which entries of the branch are people.",
        unset="persons who are users",
        table="ldap",
        is_on_command_line=False,
    ),
    Option(
        "timeout",
        "time_limit",
        "How long to wait for the directory's next answer.",
        default="60s",
        table="ldap",
        is_on_command_line=False,
    ),
    Option(
        "max_concurrency",
        "count",
        "Send at most this many requests at a time.",
        _RUNNING,
        default="16",
        commands=_OF_SUBSITES,
    ),
)

COMMAND_LINE: dict[str, Option] = {option.name: option for option in OPTIONS if option.is_on_command_line}
"""The options of the command line by name; each is a key of the configuration file too, unless that may not hold it."""

FILE_KEYS: dict[tuple[str, str], Option] = {
    **{("", option.name): option for option in OPTIONS if option.is_on_command_line or not option.table},
    **{(option.table, option.name): option for option in OPTIONS if option.table},
}
"""The keys of the configuration file, by table (empty: the top) and name."""
