#!/bin/sh
# What `make demo` shows: a sandbox on a free port, the example synced into it, and that a second run has nothing to do.
set -eu
cd "$(dirname "$0")/.."

work=$(mktemp -d)
sandbox=
finish() {
    [ -z "$sandbox" ] || kill "$sandbox" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
client() {
    printf '$ pleio-profile-sync-client %s\n' "$*"
    pleio-profile-sync-client "$@"
}

say "A sandbox: a stand-in subsite on this machine, with a few users of a small municipality"
pleio-profile-sync-client sandbox --port 0 > "$work/sandbox.txt" &
sandbox=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    grep -q '^Secret:' "$work/sandbox.txt" && break
    kill -0 "$sandbox" || exit 1
    sleep 0.5
done
head -n 3 "$work/sandbox.txt"

API_SECRET=$(sed -n 's/^Secret: *//p' "$work/sandbox.txt")
STATE_DIRECTORY="$work/state"
export API_SECRET STATE_DIRECTORY
api=$(sed -n 's/^API: *//p' "$work/sandbox.txt")

say "First a look at the source, offline"
client check --source example/users.csv

say "A dry run: what would change, with old and new values; nothing is written"
client --source example/users.csv --destination "$api" --dry-run

say "The sync; who is not in the source is banned, administrators and guests stay"
client --source example/users.csv --destination "$api" --ban --only-linked

say "A second run has nothing to do"
client --source example/users.csv --destination "$api" --ban --only-linked --report "$work/report.json"

[ "$(grep -c '"action"' "$work/report.json")" = 0 ] || { echo "The second run changed something." >&2; exit 1; }
say "Done. To look around yourself: pleio-profile-sync-client sandbox"
