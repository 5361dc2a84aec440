#!/bin/sh
# What `make demo-directory` shows: a small municipality in OpenLDAP's slapd on loopback, synced into a sandbox, twice.
set -eu
cd "$(dirname "$0")/.."
PATH="$PATH:/usr/sbin"
command -v slapd > /dev/null || { echo "slapd is not installed: apt-get install slapd, or make directories as root." >&2; exit 1; }

. example/demo-parts.sh

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
running="$! $running"
until_it_says "$work/slapd.log" 'slapd starting' $!
(umask 077; echo alleen-lezen > "$work/ldap_password")
sed "s|@URL@|$url|" example/directory/sync.toml > "$work/sync.toml"
echo "$url"

start_sandbox

say "First a look at the directory, without the subsite"
client check --config "$work/sync.toml"

sync_twice --config "$work/sync.toml"

say "Done. The configuration is example/directory/sync.toml, and docs/directory.md explains it"
