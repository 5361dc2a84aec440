#!/bin/sh
# What `make demo-directory` shows: a small municipality in OpenLDAP's slapd on loopback, synced into a sandbox, twice.
set -eu
cd "$(dirname "$0")/.."
PATH="$PATH:/usr/sbin"
command -v slapd > /dev/null || { echo "slapd is not installed: apt-get install slapd, or make directories as root." >&2; exit 1; }

work=$(mktemp -d)
sandbox=
directory=
finish() {
    for process in $sandbox $directory; do kill "$process" 2>/dev/null || true; done
    [ -z "$directory" ] || wait "$directory" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
client() {
    printf '$ pleio-profile-sync-client %s\n' "$*"
    pleio-profile-sync-client "$@"
}
until_it_says() { # file, pattern, process
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        grep -q "$2" "$1" && return
        kill -0 "$3" || { cat "$1" >&2; exit 1; }
        sleep 0.5
    done
}

say "A directory: slapd on this machine, with the people of a small municipality"
mkdir "$work/data"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url="ldap://127.0.0.1:$port"
cat > "$work/slapd.conf" <<CONFIGURATION
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
suffix dc=gemeente,dc=test
directory $work/data
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=pleio,ou=beheer,dc=gemeente,dc=test" read by * none
CONFIGURATION
sed "s|@FOLDER@|$PWD/example|" example/directory/people.ldif > "$work/people.ldif"
slapd -T add -q -f "$work/slapd.conf" -l "$work/people.ldif"
slapd -d 256 -f "$work/slapd.conf" -h "$url" > "$work/slapd.log" 2>&1 &
directory=$!
until_it_says "$work/slapd.log" 'slapd starting' "$directory"
(umask 077; echo alleen-lezen > "$work/ldap_password")
sed "s|@URL@|$url|" example/directory/sync.toml > "$work/sync.toml"
echo "$url"

say "A sandbox: a stand-in subsite on this machine, with a few users of that municipality"
pleio-profile-sync-client sandbox --port 0 > "$work/sandbox.txt" &
sandbox=$!
until_it_says "$work/sandbox.txt" '^Secret:' "$sandbox"
head -n 3 "$work/sandbox.txt"
API_SECRET=$(sed -n 's/^Secret: *//p' "$work/sandbox.txt")
STATE_DIRECTORY="$work/state"
export API_SECRET STATE_DIRECTORY
api=$(sed -n 's/^API: *//p' "$work/sandbox.txt")

say "First a look at the directory, without the subsite"
client check --config "$work/sync.toml"

say "A dry run: what would change, with old and new values; nothing is written"
client --config "$work/sync.toml" --destination "$api" --dry-run

say "The sync, with photos and groups; who is not in the directory is banned, administrators and guests stay"
client --config "$work/sync.toml" --destination "$api" --ban --only-linked

say "A second run has nothing to do"
client --config "$work/sync.toml" --destination "$api" --ban --only-linked --report "$work/report.json"

[ "$(grep -c '"action"' "$work/report.json")" = 0 ] || { echo "The second run changed something." >&2; exit 1; }
say "Done. The configuration is example/directory/sync.toml, and docs/directory.md explains it"
