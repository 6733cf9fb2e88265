#!/bin/sh
# Stands in for the programs that know a machine's timers, by the name that it is called by: systemctl, loginctl, crontab. The
# machine is the directory $MACHINE: what there is no file for, it does not have.
set -eu
PATH=/usr/bin:/bin
name=$(basename "$0")
echo "$name $*" >>"$MACHINE/calls"

fail() {
    echo "$1" >&2
    exit 1
}

# The one kind of call that the story lets fail.
verb=$1
[ "$name" != systemctl ] || verb=${2-}
[ "$(cat "$MACHINE/fails" 2>/dev/null || true)" != "$name $verb" ] || fail "Job failed."

case $name in
crontab)
    case $1 in
    -l)
        [ -f "$MACHINE/crontab" ] || fail "no crontab for somebody"
        # As the cron of old shows what it has put in front.
        [ ! -f "$MACHINE/headers" ] || cat "$MACHINE/headers"
        cat "$MACHINE/crontab"
        ;;
    -r) rm "$MACHINE/crontab" ;;
    -) cat >"$MACHINE/new"; mv "$MACHINE/new" "$MACHINE/crontab" ;;
    *) fail "usage error" ;;
    esac
    ;;
loginctl)
    [ "$1 $3 $4" = "show-user --property=Linger --value" ] || fail "Unknown command"
    [ -f "$MACHINE/linger" ] || fail "Failed to get user: User ID $2 is not logged in or lingering"
    cat "$MACHINE/linger"
    ;;
systemctl)
    [ "$1" = --user ] || fail "not of the user"
    shift
    [ -f "$MACHINE/environment" ] || fail "Failed to connect to bus: No medium found"
    home=$(sed -n 's/^HOME=//p' "$MACHINE/environment")
    units=$home/.config/systemd/user
    link=$units/timers.target.wants/tokcli-keepalive.timer
    stamps=$home/.local/share/systemd/timers
    case "$*" in
    show-environment) cat "$MACHINE/environment" ;;
    daemon-reload) : ;;
    "enable tokcli-keepalive.timer")
        [ -f "$units/tokcli-keepalive.timer" ] || fail "Unit file tokcli-keepalive.timer does not exist."
        mkdir -p "$(dirname "$link")"
        ln -sf "$units/tokcli-keepalive.timer" "$link"
        ;;
    "restart tokcli-keepalive.timer")
        [ -f "$units/tokcli-keepalive.service" ] || fail "Unit tokcli-keepalive.service not found."
        mkdir -p "$stamps"
        touch "$MACHINE/active" "$stamps/stamp-tokcli-keepalive.timer"
        ;;
    "disable --now tokcli-keepalive.timer")
        rm -f "$MACHINE/active" "$link"
        rmdir "$(dirname "$link")" 2>/dev/null || true
        ;;
    "is-enabled --quiet tokcli-keepalive.timer") [ -h "$link" ] ;;
    "is-active --quiet tokcli-keepalive.timer") [ -f "$MACHINE/active" ] ;;
    "list-timers tokcli-keepalive.timer --output=json") echo '[{"next":1893456000000000,"unit":"tokcli-keepalive.timer"}]' ;;
    "clean --what=state tokcli-keepalive.timer" | "reset-failed tokcli-keepalive.service") : ;;
    *) fail "Unknown command verb $*" ;;
    esac
    ;;
esac
