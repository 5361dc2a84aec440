#!/bin/sh
# An example of a nightly sync, for cron. Copy it, change the three values, keep it readable by its owner only.
#
# The secret is in a file of its own: on the command line, every user of this machine could read it in the process list,
# and typed at a prompt, it would stay in the shell's history. Make the file like this, and type or paste the secret:
#
#   (umask 077; cat > "$HOME/.pleio-api-secret")      # end with Enter and Ctrl-D
set -eu

API_SECRET_FILE="${API_SECRET_FILE:-$HOME/.pleio-api-secret}"
SOURCE="${SOURCE:-/srv/export/users.csv}"
DESTINATION="${DESTINATION:-https://SUBSITE.pleio.nl/profile_sync_api/}"
export API_SECRET_FILE

# Options of this script are passed to the client: ./example-script.sh --dry-run
exec pleio-profile-sync-client --source "$SOURCE" --destination "$DESTINATION" "$@"
