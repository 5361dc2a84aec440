"""`units`: print the systemd units that come with the package, for this installation."""

import sys
from pathlib import Path

import click

from pleio_profile_sync_client.cli.commands import ThemedCommand

_FOLDER = Path(__file__).parent / "systemd"
_STEM = "pleio-profile-sync"
_COMMAND = "/opt/pleio-profile-sync/bin/pleio-profile-sync-client"

_HELP = """Print a systemd unit for the nightly sync: the service, which runs this installation's command, or the timer
that starts it every night."""

_EPILOG = f"""\
Example:
  for unit in service timer; do
    pleio-profile-sync-client units $unit |
      sudo tee /etc/systemd/system/{_STEM}.$unit > /dev/null
  done
"""


@click.command("units", cls=ThemedCommand, help=_HELP, epilog=_EPILOG)
@click.argument("unit", type=click.Choice(["service", "timer"]), metavar="service|timer")
def command(*, unit: str) -> None:
    """Print a unit."""
    text = (_FOLDER / f"{_STEM}.{unit}").read_text(encoding="utf-8")
    own = Path(sys.executable).with_name("pleio-profile-sync-client")
    click.echo(text.replace(_COMMAND, str(own)) if own.exists() else text, nl=False)
