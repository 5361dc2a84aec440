"""BOOLEAN options may stand alone (`--ban`) or with their value (`--ban false`); here the two are told apart. Pure."""

from collections import deque
from collections.abc import Callable, Collection, Iterable

_WORDS = frozenset({"true", "t", "yes", "y", "on", "1", "false", "f", "no", "n", "off", "0"})


class NotBooleanError(ValueError):
    """What follows a BOOLEAN option is neither its value nor anything else that may stand there."""

    def __init__(self, option: str, word: str) -> None:
        super().__init__(option)
        self.option = option
        self.word = word


def join_booleans(
    args: Iterable[str],
    *,
    booleans: Collection[str],
    valued: Collection[str],
    may_follow: Callable[[str], bool],
    ends_at_word: bool,
) -> list[str]:
    """Return the arguments with each BOOLEAN option as `--option=value`, `true` where it stands alone.

    `valued` are the options that always take the next argument, whatever it is. `may_follow` tells whether a word that
    is no BOOLEAN may stand behind a lone option (a subcommand's name, a KEY). With `ends_at_word` the first word that
    belongs to no option ends it, since the rest is the subcommand's. Raise `NotBooleanError` for any other word.
    """
    joined: list[str] = []
    rest = deque(args)
    while rest:
        arg = rest.popleft()
        if arg not in booleans:
            joined.append(arg)
            if arg in valued and rest:
                joined.append(rest.popleft())
            elif arg == "--" or (ends_at_word and not arg.startswith("-")):
                break
        elif rest and rest[0].strip().lower() in _WORDS:
            joined.append(f"{arg}={rest.popleft()}")
        elif not rest or rest[0].startswith("-") or may_follow(rest[0]):
            joined.append(f"{arg}=true")
        else:
            raise NotBooleanError(arg, rest[0])
    return [*joined, *rest]
