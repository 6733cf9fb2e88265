#!/bin/sh
# Tests the .deb as root in a chroot of its own, without a network: installs it and goes from nothing to a token by the README's own
# commands, upgrades and downgrades it while `tokcli` runs, removes and purges it. /test holds README.md, target/packages as
# `make packages` leaves it, this.deb, next.deb, `vendors` and calls.sh.
set -eu

fail() {
    printf 'packages: FAILED: %s\n' "$*" >&2
    exit 1
}
say() { printf 'packages: %s\n' "$*"; }

# as USER COMMAND...
as() {
    user=$1
    shift
    (cd "/home/$user" && exec setpriv --reuid "$user" --regid "$user" --init-groups env -i HOME="/home/$user" PATH=/usr/bin:/bin "$@")
}
home=/home/somebody
somebody() { as somebody "$@"; }
field() { sed -n "s/^  \"$1\": \"\(.*\)\",\{0,1\}\$/\1/p" "$home/vendors/oauth2.json"; }
version() { dpkg-deb --field "$1" Version; }

# All files but the users' own and those in which dpkg and apt keep their records.
files() {
    find / -xdev \( -path /home -o -path /test -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/cache -o -path /var/log \) \
        -prune -o -print | sort
}

# shows LOG WORDS: waits until they are there.
shows() {
    tries=0
    until grep -qF -- "$2" "$1" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || fail "no \`$2\`: $(cat "$1")"
        sleep 0.1
    done
}

# approve LOG: what a person does who reads the address and the code in LOG.
approve() {
    shows "$1" 'type this code'
    somebody /test/vendors tell --dir vendors oauth2 device approves
}

for user in somebody asked; do useradd --create-home --shell /bin/sh "$user"; done
files >/test/before

# ---- installed ---------------------------------------------------------------------------------------------------

# The README's command. Nobody is there to be asked, and nothing can be fetched.
install=$(sed -n 's/.*`sudo \(apt install [^`]*\)`.*/\1/p' /test/README.md)
printf 'APT::Get::Assume-Yes "true";\nAPT::Install-Recommends "false";\n' >/test/apt.conf
(cd /test && APT_CONFIG=/test/apt.conf sh -euc "${install:?}") >/test/apt.log 2>&1 || fail "$install: $(cat /test/apt.log)"
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

# ---- from nothing to a token, by the README alone ----------------------------------------------------------------

mkdir "$home/vendors"
chown somebody: "$home/vendors"
# They serve until their standard input closes, which is at the end.
sleep infinity | somebody /test/vendors serve --dir vendors >/test/vendors.log 2>&1 &
shows /test/vendors.log ready

# As a person reads it: with the vendor's own values where it has made-up ones.
value() { field "$1" | sed 's/[&|\\]/\\&/g'; }
steps() {
    sed -n '/^## From nothing to a token$/,/^## Use it$/p' /usr/share/doc/tokcli/README.md |
        sed "s|https://login.example|$(value origin)|; s|my-client|'$(value client_id)'|"
}
step() { steps | sed -n "s/^$1\. \`\([^\`]*\)\`.*/\1/p"; }
# The commands for a script, on a machine without a keyring.
without_keyring=$(steps | sed -n 's/.*, add `\([^`]*\)`.*/\1/p')
script=$(steps | sed -n '/^   ```sh$/,/^   ```$/s/^   \([^`]\)/\1/p' | sed "s/tokcli config add work/& ${without_keyring:?}/")

# at_terminal USER COMMAND: what is typed there is written to 9.
mkfifo /test/keys
exec 9<>/test/keys
at_terminal() { as "$1" TERM=xterm script --quiet --return --flush --command "${2:?}" /dev/null <&9; }
# log_in USER: the second step and the third.
log_in() {
    at_terminal "$1" "$(step 2)" >"/test/$1.log" &
    login=$!
    approve "/test/$1.log"
    wait "$login" || fail "the login: $(cat "/test/$1.log")"
    token=$(as "$1" sh -euc "$(step 3)")
    case $token in at.*) ;; *) fail "no token, but: $token" ;; esac
    [ "$(as "$1" sh -euc "$(step 3)")" = "$token" ] || fail 'the token at hand is another one'
}

at_terminal asked "$(step 1)" >/test/add.log &
add=$!
while read -r question answer; do
    shows /test/add.log "$question"
    case $answer in '$'*) answer=$(field "${answer#?}") ;; esac
    printf '%s\r' "$answer" >&9
done <<'END'
tokens? oauth2
authenticate?
issuer: $origin
client_id: $client_id
kept?
from?
client_secret: $client_secret
scope: openid offline_access
now? n
END
wait "$add" || fail "$(step 1): $(cat /test/add.log)"
log_in asked

field client_secret >"$home/secret.txt"
somebody sh -euc "$script" 2>>/test/steps.log || fail "$script: $(cat /test/steps.log)"
log_in somebody
first=$token
somebody sh -euc "$(echo "$script" | sed 's/\<work\>/other/')" 2>>/test/steps.log || fail "$(cat /test/steps.log)"
say 'from nothing to a token, by the README alone: asked at a terminal, and in a script'

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
shows /test/other.log 'type this code'
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
