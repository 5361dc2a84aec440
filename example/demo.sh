#!/bin/sh
# What `make demo` shows: a sandbox on a free port, the example synced into it, and that a second run has nothing to do.
set -eu
cd "$(dirname "$0")/.."
. example/demo-parts.sh

start_sandbox

say "First a look at the source, offline"
client check --source example/users.csv

sync_twice --source example/users.csv

say "Done. To look around yourself: pleio-profile-sync-client sandbox"
