#!/bin/sh
# Tests the .deb as root in a chroot of its own, without a network: installs it, follows the README's steps, upgrades and downgrades it
# while `tokcli` runs, removes and purges it. /test holds this.deb, next.deb, `vendors` and calls.sh.
set -eu

fail() {
    printf 'packages: FAILED: %s\n' "$*" >&2
    exit 1
}
say() { printf 'packages: %s\n' "$*"; }

home=/home/somebody
somebody() {
    (cd "$home" && exec setpriv --reuid somebody --regid somebody --init-groups env -i HOME="$home" PATH=/usr/bin:/bin "$@")
}
field() { sed -n "s/^  \"$1\": \"\(.*\)\",\{0,1\}\$/\1/p" "$home/vendors/oauth2.json"; }
version() { dpkg-deb --field "$1" Version; }

# All files but the user's own and those in which dpkg and apt keep their records.
files() {
    find / -xdev \( -path "$home" -o -path /test -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/cache -o -path /var/log \) \
        -prune -o -print | sort
}

# approve LOG: what a person does who reads the address and the code in LOG.
approve() {
    tries=0
    until grep -q 'type this code' "$1"; do
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || fail "no code to type: $(cat "$1")"
        sleep 0.1
    done
    somebody /test/vendors tell --dir vendors oauth2 device approves
}

useradd --create-home --shell /bin/sh somebody
files >/test/before

# ---- installed ---------------------------------------------------------------------------------------------------

apt-get install --quiet=2 --no-install-recommends /test/this.deb >/test/apt.log 2>&1 || fail "apt-get install: $(cat /test/apt.log)"
dpkg --listfiles tokcli >/test/listed
is=$(somebody tokcli --version)
[ "$is" = "tokcli $(version /test/this.deb | sed 's/-[^-]*$//')" ] || fail "the version is $is"
for page in $(sed -n 's|^/usr/share/man/man[0-9]/\(.*\)\.gz$|\1|p' /test/listed); do
    man --path "${page##*.}" "${page%.*}" >/dev/null || fail "man does not find $page"
done
man --path tokcli >/dev/null || fail 'there is no man page'
somebody bash -c '. /usr/share/bash-completion/bash_completion; _completion_loader tokcli; complete -p tokcli' | grep -q _tokcli ||
    fail 'bash completes nothing'
somebody zsh -fc 'autoload -Uz compinit; compinit -D; echo "$_comps[tokcli]"' | grep -qx _tokcli || fail 'zsh completes nothing'
somebody fish -c 'complete --do-complete "tokcli stat"' 2>&1 | grep -qx 'status.Show every.*' || fail 'fish completes nothing'
say "installed: $is, its man pages, completions of bash, zsh and fish"

# ---- from nothing to a token -------------------------------------------------------------------------------------

mkdir "$home/vendors"
chown somebody: "$home/vendors"
# They serve until their standard input closes, which is at the end.
sleep infinity | somebody /test/vendors serve --dir vendors >/test/vendors.log 2>&1 &
until grep -q ^ready /test/vendors.log; do sleep 0.1; done

for profile in work other; do
    somebody tokcli config add "$profile" --dialect oauth2 --set store=file --set scope=openid \
        --set issuer="$(field origin)" --set client_id="$(field client_id)" --set client_secret.store=true 2>>/test/steps.log
    field client_secret | somebody tokcli secret set client_secret -p "$profile" 2>>/test/steps.log
done
somebody tokcli login -p work --device 2>/test/login.log &
login=$!
approve /test/login.log
wait "$login" || fail "the login: $(cat /test/login.log)"
first=$(somebody tokcli token -p work)
case $first in at.*) ;; *) fail "no token, but: $first" ;; esac
[ "$(somebody tokcli token -p work)" = "$first" ] || fail 'the token at hand is another one'
say 'from nothing to a token'

# ---- upgraded and downgraded while it runs -----------------------------------------------------------------------

mkdir "$home/calls"
echo "$first" >"$home/calls/refresh.tokens"
chown -R somebody: "$home/calls"
calls=
for name in refresh token-1 token-2 token-3; do
    somebody sh -c 'cd calls && exec sh /test/calls.sh "$@"' - "$name" "${name%-*}" -p work &
    calls="$calls $!"
done
# Begun by the old programs, approved when the new ones are installed.
somebody tokcli login -p other --device 2>/test/other.log &
login=$!
until grep -q 'type this code' /test/other.log; do sleep 0.1; done
for round in 1 2 3 4 5; do
    for package in next this; do
        sleep 1
        dpkg --install --force-downgrade "/test/$package.deb" >/test/dpkg.log 2>&1 || fail "dpkg: $(cat /test/dpkg.log)"
        is=$(somebody tokcli --version)
        [ "$is-1" = "tokcli $(version "/test/$package.deb")" ] || fail "the version is $is"
        if [ "$round$package" = 1next ]; then
            approve /test/other.log
            wait "$login" || fail "the login over an upgrade: $(cat /test/other.log)"
        fi
    done
done
sleep 1
somebody touch calls/stop
wait $calls
cd "$home/calls"
if cat ./*.failed 2>/dev/null; then fail 'these calls failed'; fi
for caller in token-1 token-2 token-3; do
    # There is one loop of refreshes, so their tokens are in order: each caller must print them in that order, and no others.
    awk 'NR == FNR { at[$1] = NR; next } !($1 in at) || at[$1] < last { print; bad = 1 } { last = at[$1] } END { exit bad }' \
        refresh.tokens "$caller.tokens" || fail "these tokens of $caller were wrong"
done
departures=$(somebody /test/vendors tell --dir vendors oauth2 departures)
[ -z "$departures" ] || fail "the vendor saw what departs from its document: $departures"
say "five upgrades and downgrades during $(cat token-?.tokens | wc -l) calls of token and $(wc -l <refresh.tokens) of refresh," \
    "$(cat ./*.said | grep -c warning) of which met two versions; a login went on over one"
cd /

# ---- removed -----------------------------------------------------------------------------------------------------

somebody tokcli token -p other >/dev/null || fail 'the second login has no token'
kept=$(find "$home" -path "$home/.local/*" -o -path "$home/.config/*" | sort)
# Without files in /etc a package is gone after either of them.
for way in remove purge; do
    dpkg --install /test/this.deb >/test/dpkg.log 2>&1 || fail "dpkg: $(cat /test/dpkg.log)"
    apt-get "$way" --quiet=2 --yes tokcli >/test/apt.log 2>&1 || fail "apt-get $way: $(cat /test/apt.log)"
    files >/test/after
    diff /test/before /test/after || fail "apt-get $way has left these files"
done
[ "$kept" = "$(find "$home" -path "$home/.local/*" -o -path "$home/.config/*" | sort)" ] || fail "the user's own files changed"
say "removed, and purged: nothing is left but the user's $(echo "$kept" | wc -l) own files"
