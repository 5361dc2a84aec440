"""A million rows that change nothing, against an instant stand-in: measured, without a goal."""

import argparse

from bench.unchanged import show_instant


def main() -> None:
    """Measure it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    show_instant(parser.parse_args().rows, profile_fields=6)


if __name__ == "__main__":
    main()
