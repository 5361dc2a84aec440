"""What each exit status means, in words for the help and for `status`, which shows real runs only.

Which one a run ends with is decided in `sync.result`.
"""

from pleio_profile_sync_client import errors

MEANINGS = {
    errors.EXIT_OK: "in sync, or a dry run without problems",
    errors.EXIT_PROBLEMS: "done, but there are problems or failed changes",
    errors.EXIT_USAGE: "wrong usage or configuration; nothing was sent",
    errors.EXIT_FUSE: "refused by a safety limit; no change was sent",
    errors.EXIT_UNUSABLE: "source or subsite unusable, or the run was given up",
    errors.EXIT_ALREADY_RUNNING: "another run for this subsite is in progress",
    errors.EXIT_BUG: "a bug; the message says what to report, and where",
    errors.EXIT_SIGHUP: "stopped by SIGHUP (the terminal or connection was closed)",
    errors.EXIT_SIGINT: "stopped by SIGINT (Ctrl-C)",
    errors.EXIT_SIGTERM: "stopped by SIGTERM",
}
MEANINGS_OF_REAL_RUNS = MEANINGS | {errors.EXIT_OK: "in sync"}
