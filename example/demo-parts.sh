# What both demos share; they read it in with `.`, from the folder of the project.

work=$(mktemp -d)
running=
finish() {
    for process in $running; do kill "$process" 2>/dev/null || true; done
    for process in $running; do wait "$process" 2>/dev/null || true; done
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
        grep -qs "$2" "$1" && return
        kill -0 "$3" || { cat "$1" >&2; exit 1; }
        sleep 0.5
    done
}
start_sandbox() {
    say "A sandbox: a stand-in subsite on this machine, with a few users of a small municipality"
    pleio-profile-sync-client sandbox --port 0 > "$work/sandbox.txt" &
    running="$! $running"
    until_it_says "$work/sandbox.txt" '^Secret:' $!
    head -n 3 "$work/sandbox.txt"
    API_SECRET=$(sed -n 's/^Secret: *//p' "$work/sandbox.txt")
    STATE_DIRECTORY="$work/state"
    export API_SECRET STATE_DIRECTORY
    api=$(sed -n 's/^API: *//p' "$work/sandbox.txt")
}
sync_twice() { # options that name the source
    say "A dry run: what would change, with old and new values; nothing is written"
    client "$@" --destination "$api" --dry-run

    say "The sync; who is not in the source is banned, administrators and guests stay"
    client "$@" --destination "$api" --ban --only-linked

    say "A second run has nothing to do"
    client "$@" --destination "$api" --ban --only-linked --report "$work/report.json"
    [ "$(grep -c '"action"' "$work/report.json")" = 0 ] || { echo "The second run changed something." >&2; exit 1; }
}
