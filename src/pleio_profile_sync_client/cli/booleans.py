"""BOOLEAN options may stand alone (`--ban`) or with their value (`--ban false`); here the two are told apart. Pure."""

from collections.abc import Callable, Collection, Iterator, Sequence

_WORDS = frozenset({"true", "t", "yes", "y", "on", "1", "false", "f", "no", "n", "off", "0"})


class NotBooleanError(ValueError):
    """What follows a BOOLEAN option is neither its value nor anything else that may stand there."""

    def __init__(self, option: str, word: str) -> None:
        super().__init__(option)
        self.option = option
        self.word = word


def join_booleans(
    args: Sequence[str],
    *,
    booleans: Collection[str],
    valued: Collection[str],
    may_follow: Callable[[str], bool],
    ends_at_word: bool,
) -> list[str]:
    """Return the arguments with each BOOLEAN option as `--option=value`, `true` where it stands alone.

    `valued` are the options that always take the next argument, whatever it is. `may_follow` tells whether a word that
    is no BOOLEAN may stand behind a lone option (a subcommand's name, a KEY). With `ends_at_word` the first word that
    belongs to no option ends it, since the rest is the subcommand's.
    """
    return list(_joined(iter(args), booleans, valued, may_follow, ends_at_word=ends_at_word))


def _joined(
    args: Iterator[str],
    booleans: Collection[str],
    valued: Collection[str],
    may_follow: Callable[[str], bool],
    *,
    ends_at_word: bool,
) -> Iterator[str]:
    arg = next(args, None)
    while arg is not None:
        following = None
        if arg in booleans:
            following = next(args, None)
            if following is not None and following.strip().lower() in _WORDS:
                yield f"{arg}={following}"
                following = None
            elif following is None or following.startswith("-") or may_follow(following):
                yield f"{arg}=true"
            else:
                raise NotBooleanError(arg, following)
        else:
            yield arg
            if arg in valued:
                yield from _one(args)
            elif arg == "--" or (ends_at_word and not arg.startswith("-")):
                yield from args
        arg = next(args, None) if following is None else following


def _one(args: Iterator[str]) -> Iterator[str]:
    following = next(args, None)
    if following is not None:
        yield following
