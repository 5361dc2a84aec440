"""The one table of options: everything there is to know about each, in the order of the help.

The command line, the configuration file, the help and the refusals follow from it. To add an option, add its entry, and
the field of the same name to `Policy`, `Settings` or `SourceSettings`, depending on who uses it. `parsers` has the
parser of each type. Nothing heavy is imported here, so that `--help` is quick.
"""

from dataclasses import dataclass, replace
from typing import Literal

ValueType = (
    Literal["boolean", "text", "argument", "secret", "source", "path", "report", "subsite", "ping", "directory"]
    | Literal["duration", "time_limit", "limit", "count", "word", "code", "problem", "encoding", "delimiter"]
)
DryRun = Literal["as_ever", "if_typed", "never"]
Command = Literal["sync", "check", "explain", "export", "status", "init", "revert"]

TRUE_WORDS = frozenset({"true", "t", "yes", "y", "on", "1"})
FALSE_WORDS = frozenset({"false", "f", "no", "n", "off", "0"})
"""What a BOOLEAN may be, in any case."""

METAVARS: dict[ValueType, str] = {
    "secret": "TEXT",
    "source": "FILE",
    "report": "PATH",
    "subsite": "URL",
    "ping": "URL",
    "directory": "URL",
    "time_limit": "DURATION",
    "limit": "N|N%",
    "count": "N",
    "problem": "CODE",
    "encoding": "NAME",
    "delimiter": "CHAR",
}
"""How the help shows a value of each type, if not by the type's own name."""

PATHS: frozenset[ValueType] = frozenset({"source", "path", "report"})
"""The types that name a file: in the configuration they are relative to it, and a shell completes them."""


@dataclass(frozen=True)
class Option:
    """One option, or a key that only the configuration file has; names are with `_`.

    `default` is written as one would type it; without one, `unset` says in the help what applies. `init_help` is the
    help of `init`, if that differs. `commands` are those that show it in their help. `field` is the name in the
    settings, if that is not the option's own. `table` is where it is in the file: always, for a key that the command
    line lacks, else as an alternative to the top. `file_refusal` says why the file must not contain it. The command
    line overrules the file, or adds to it with `adds_to_file`. In a dry run the option applies as ever, or only from
    the command line, or never.
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

    @property
    def flag(self) -> str:
        """Return the option as it is typed: `--max-removals`."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def shown_as(self) -> str:
        """Return how the help shows its value."""
        return self.metavar or "|".join(self.words) or METAVARS.get(self.value_type) or self.value_type.upper()

    @property
    def settings_field(self) -> str:
        """Return the name that the value has in the settings."""
        return self.field or self.name

    def help_for(self, command: Command) -> str:
        """Return the help with what else is in the table: repeatable, environment variable, default."""
        parts = [self.init_help if command == "init" and self.init_help else self.help]
        if self.is_repeatable:
            parts.append("Repeatable.")
        if self.variable:
            parts.append(f"[environment: {self.variable}]")
        if self.default or self.unset:
            parts.append(f"[default: {self.default or self.unset}]")
        return " ".join(parts)


@dataclass(frozen=True)
class Refusal:
    """Two options that can't both be on: which, what is wrong with that, and the way out."""

    options: tuple[str, str]
    message: str
    hint: str


_SYNC: tuple[Command, ...] = ("sync",)
_RUNS: tuple[Command, ...] = ("sync", "revert")
_PLANS: tuple[Command, ...] = ("sync", "explain", "revert")
_OF_SOURCES: tuple[Command, ...] = ("sync", "check", "explain")
_OF_FILES: tuple[Command, ...] = (*_OF_SOURCES, "init")
_OF_SUBSITES: tuple[Command, ...] = ("sync", "explain", "export", "revert")

_ONE_COMMANDS = "it belongs to one subcommand; give it on the command line"

_SOURCE = (
    Option(
        "source",
        "source",
        "The source: a CSV file or a workbook (.xlsx), or - for a CSV on standard input.",
        init_help="The source: a CSV file or a workbook (.xlsx).",
        commands=_OF_FILES,
        field="location",
    ),
    Option(
        "destination",
        "subsite",
        "The subsite's API, such as https://SUBSITE.pleio.nl/profile_sync_api/; plain http only to this "
        "machine itself.",
        commands=("sync", "explain", "export", "status", "init", "revert"),
    ),
    Option(
        "api_secret_file",
        "path",
        "Read the subsite's API secret from this file, which must not be readable by others.",
        commands=(*_OF_SUBSITES, "init"),
        variable="API_SECRET_FILE",
    ),
    Option(
        "api_secret",
        "secret",
        "The API secret itself; on the command line, everybody on this machine can see it.",
        commands=_OF_SUBSITES,
        variable="API_SECRET",
        file_refusal="a secret does not belong in a file that gets copied and shared; use api_secret_file",
    ),
    Option(
        "config",
        "path",
        "Read options from this TOML file; the command line overrules it.",
        commands=("sync", "check", "explain", "export", "status", "revert"),
        file_refusal="a configuration file can't name another",
    ),
    Option(
        "only",
        "text",
        "Apply only the changes to the person with this external_id or e-mail, and those that they wait for.",
        metavar="KEY",
        commands=_RUNS,
        file_refusal="it is for one run; give --only on the command line",
    ),
    Option(
        "encoding",
        "encoding",
        "The encoding of a CSV, such as cp1252.",
        unset="detected",
        commands=_OF_FILES,
        table="csv",
    ),
    Option(
        "delimiter",
        "delimiter",
        "The delimiter of a CSV: one character, or the word tab.",
        unset="detected",
        commands=_OF_FILES,
        table="csv",
    ),
)

_REMOVALS = (
    Option("ban", "boolean", "Ban users of the subsite who are not in the source.", default="false"),
    Option("delete", "boolean", "Delete them permanently instead of banning them.", default="false"),
    Option(
        "grace",
        "duration",
        "Ban or delete only those who have been absent from the source for this long; 0s is off.",
        unset="off",
        field="grace_s",
    ),
    Option(
        "protect",
        "text",
        "Never ban, delete or reactivate users whose e-mail or external_id matches, such as *@partner.nl; "
        "*@localhost is always protected.",
        metavar="PATTERN",
        is_repeatable=True,
        adds_to_file=True,
        commands=_PLANS,
    ),
    Option(
        "scope",
        "text",
        "Ban or delete only users whose e-mail or external_id matches; for a subsite that several organisations share.",
        metavar="PATTERN",
        unset="everybody",
        is_repeatable=True,
    ),
    Option(
        "only_linked",
        "boolean",
        "Keep users without an external_id, often administrators and guests, even if they are in no row.",
        unset="they are kept, and with --ban or --delete that is a problem until you decide",
    ),
)

_MATCHING = (
    Option(
        "reactivate",
        "boolean",
        "Unban banned users who are in the source: true for all of them, false for none.",
        unset="only those whom this client banned",
    ),
    Option(
        "relink",
        "boolean",
        "Confirm that it is the same person: let a row take over the user who has its e-mail but another "
        "external_id; with --only KEY also a user with another name and e-mail, or an address that passes between "
        "users.",
        default="false",
        file_refusal="each takeover of a user is to be decided by a person; give --relink on the command line",
    ),
    Option("full", "boolean", "Send groups and avatars again, whatever was sent before.", default="false"),
    Option(
        "accept",
        "problem",
        "Count problems with this code as warnings, because you know of them and accept them.",
        is_repeatable=True,
        commands=_OF_SOURCES,
    ),
)

_SAFETY = (
    Option("dry_run", "boolean", "Show the plan and write nothing.", default="false", commands=_RUNS),
    Option(
        "max_removals",
        "limit",
        "Refuse a plan that bans or deletes more users than this, or that unbans more than this.",
        default="10%",
        commands=_PLANS,
    ),
    Option(
        "max_changes",
        "limit",
        "Refuse a plan that changes or empties the same field of more users than this, or adds more than this to "
        "new groups.",
        default="30%",
        commands=_PLANS,
    ),
    Option(
        "max_creates",
        "limit",
        "Refuse a plan that creates more users than this, compared with the active ones; a first run may need more.",
        default="50%",
    ),
    Option(
        "min_listed",
        "limit",
        "Refuse a plan if the subsite lists fewer of the last run's users than this; 0 is off.",
        default="90%",
    ),
    Option("min_matched", "limit", "Refuse a plan in which fewer users match than this; 0 is off.", default="50%"),
    Option(
        "force",
        "boolean",
        "In this run, carry out what the limits above refuse, what is withheld, and what is reported as handed_over.",
        default="false",
        commands=_RUNS,
        file_refusal="it passes the fuses for one run only; give --force on the command line",
    ),
    Option(
        "approval",
        "word",
        "What waits until somebody approves it with --approved: nothing, bans and deletes, or every change.",
        default="none",
        words=("none", "removals", "all"),
        commands=_PLANS,
    ),
    Option(
        "approved",
        "code",
        "Carry out the plan that a dry run showed under this code, and no other; a code is valid for 7 days.",
        commands=_RUNS,
        file_refusal="an approval is for one plan; give --approved on the command line",
    ),
    Option(
        "max_source_age",
        "duration",
        "Refuse a source file that is older than this, or dated in the future; 0s is off.",
        unset="off",
        commands=_OF_SOURCES,
        field="max_age_s",
    ),
    Option(
        "max_duration",
        "time_limit",
        "Start nothing new after this long, and exit with status 4.",
        unset="off",
        commands=_RUNS,
        field="max_duration_s",
    ),
)

_OUTPUT = (
    Option(
        "verbose",
        "boolean",
        "Log a line for each change; false logs the start, the counts, warnings and problems only.",
        default="true",
        commands=_OF_SUBSITES,
    ),
    Option(
        "report",
        "report",
        "Write a report to this file, as JSON or HTML according to its ending (.json, .html); {date} and {time} in "
        "its name are filled in. A dry run writes only the reports named on its command line.",
        is_repeatable=True,
        commands=_RUNS,
        field="reports",
        dry_run="if_typed",
    ),
    Option(
        "metrics",
        "path",
        "Write the run's figures to this file in Prometheus' text format; not in a dry run.",
        commands=_SYNC,
        dry_run="never",
    ),
    Option(
        "ping",
        "ping",
        "Tell a dead man's switch: GET URL/start, then URL if the exit status is 0, else URL/fail; not in a dry run.",
        commands=_SYNC,
        dry_run="never",
    ),
    Option(
        "log_format",
        "word",
        "The format of the log.",
        default="text",
        words=("text", "json"),
        commands=_OF_SUBSITES,
    ),
    Option("remote_log", "boolean", "Upload the log to the subsite.", default="true", commands=_RUNS),
)

_RUNNING = (
    Option(
        "state",
        "path",
        "The file that keeps what has to be remembered between runs.",
        unset="one file per subsite, in $STATE_DIRECTORY or else the user's state folder",
        commands=("sync", "explain", "status", "revert"),
    ),
    Option(
        "max_concurrency", "count", "Send at most this many requests at a time.", default="16", commands=_OF_SUBSITES
    ),
)

_OF_ONE_COMMAND = (
    Option(
        "rejects",
        "path",
        "Write the rows that have a problem to this file, as they were, so that they can be fixed.",
        commands=("check",),
        file_refusal=_ONE_COMMANDS,
    ),
    Option(
        "max_age",
        "time_limit",
        "Exit with status 1 if the last run with exit status 0 or 1 ended longer ago than this, or if there is none. "
        "Runs with --only, and runs dated in the future, don't count.",
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
)

_AT_THE_TOP = (Option("ignore", "text", "Headers of the source that are known and not used.", is_repeatable=True),)

_IN_WORKBOOK = (Option("sheet", "text", "The workbook's sheet with the people; needed if several are visible."),)

_IN_COMMAND = (
    Option(
        "run",
        "argument",
        "The program that prints the people as a CSV, and its arguments, each a separate string; no shell is involved.",
        is_repeatable=True,
    ),
    Option("timeout", "time_limit", "How long the program may take.", default="10m"),
)

_IN_LDAP = (
    Option("url", "directory", "The directory's address: ldaps://HOST, or ldap://HOST with start_tls."),
    Option(
        "start_tls",
        "boolean",
        "Encrypt a plain connection before anything else is sent.",
        default="false",
    ),
    Option("ca_file", "path", "The certificates of the authorities to trust (PEM).", unset="the system's"),
    Option(
        "bind", "text", "The account to sign in as: a DN, or in Active Directory also NAME@DOMAIN.", unset="anonymous"
    ),
    Option("password_file", "path", "The file that holds its password, which must not be readable by others."),
    Option("base", "text", "Where the people are: the DN of a branch, or several.", is_repeatable=True),
    Option("filter", "text", "Which entries of the branch are people.", unset="people who are users"),
    Option("timeout", "time_limit", "How long to wait for the directory's next answer.", default="30s"),
)

_BY_THEME = {
    "What to sync": _SOURCE,
    "Users who are not in the source": _REMOVALS,
    "How users are matched and updated": _MATCHING,
    "Safety": _SAFETY,
    "Output": _OUTPUT,
    "Running": _RUNNING,
    "": _OF_ONE_COMMAND,
}
_BY_TABLE = {"": _AT_THE_TOP, "workbook": _IN_WORKBOOK, "command": _IN_COMMAND, "ldap": _IN_LDAP}
"""The keys that only the configuration file has, by their table."""

OPTIONS = (
    *(replace(option, theme=theme) for theme, options in _BY_THEME.items() for option in options),
    *(replace(key, table=table, is_on_command_line=False) for table, keys in _BY_TABLE.items() for key in keys),
)

REFUSALS = (
    Refusal(
        ("ban", "delete"),
        "ban and delete are both true, but a user can only be banned or deleted",
        "Keep one of them (--ban false overrules the configuration file).",
    ),
    Refusal(
        ("approved", "force"),
        "approved and force can't go together: an approval is for one plan, and force lets any pass",
        "Leave --force out; an approval passes the fuses.",
    ),
)

COMMAND_LINE: dict[str, Option] = {option.name: option for option in OPTIONS if option.is_on_command_line}
"""The options of the command line by name; each is a key of the configuration file too, unless that must not contain
it."""

FILE_KEYS: dict[tuple[str, str], Option] = {
    **{("", option.name): option for option in OPTIONS if option.is_on_command_line or not option.table},
    **{(option.table, option.name): option for option in OPTIONS if option.table},
}
"""The keys of the configuration file, by table (empty: the top) and name."""
