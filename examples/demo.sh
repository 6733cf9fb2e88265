#!/bin/sh
# `make demo`: drives the real tokcli against the stand-in vendors of examples/vendors, on the file store.
# Usage: demo.sh BINDIR, where cargo put `tokcli` and `examples/vendors`.
#
# It is a test as much as a show: every command must end with the expected exit code and print what it should, or
# the demo fails. All it writes is in one private directory, which goes when it ends (unless by kill -9). It needs a
# POSIX sh and the small tools that come with one, no jq, curl or Python.
set -eu
umask 077

[ $# = 1 ] || { echo "usage: demo.sh BINDIR" >&2; exit 2; }
bin=$(cd "$1" && pwd)
all="fbox babelbird veeam-azure huawei-isales"

if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then
    title=$(printf '\033[1;36m') bold=$(printf '\033[1m') plain=$(printf '\033[0m')
else
    title='' bold='' plain=''
fi

# ---- beginning and end -------------------------------------------------------------------------------------------

began=$(date +%s)
work=''
serve=''

finish() {
    code=$?
    trap - EXIT
    if [ -n "$serve" ]; then
        exec 9>&-
        kill "$serve" 2>/dev/null || :  # it may have ended by itself: its standard input closed
        wait "$serve" 2>/dev/null || :
    fi
    cd /
    [ -z "$work" ] || rm -rf "$work"
    exit "$code"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM

fail() {
    printf 'demo: FAILED: %s\n' "$*" >&2
    exit 1
}

# The vendors stop when their standard input closes, so that not even a killed demo leaves them behind.
start_vendors() {
    mkfifo keep-open
    vendors serve --dir . <keep-open >serve.out 2>serve.err &
    serve=$!
    exec 9>keep-open
    tries=0
    until grep -q '^ready' serve.out; do
        tries=$((tries + 1))
        if [ "$tries" -gt 100 ] || ! kill -0 "$serve" 2>/dev/null; then
            fail "the stand-in vendors did not start: $(cat serve.err)"
        fi
        sleep 0.1
    done
}

# ---- how things are shown and checked ----------------------------------------------------------------------------

heading() { printf '\n%s%s%s\n' "$title" "$*" "$plain"; }
say() { printf '%s\n' "$@"; }

# For the eye only: what is compared is always the whole.
shorten() { LC_ALL=C sed 's/\([A-Za-z0-9_.-]\{24\}\)[A-Za-z0-9_.-]\{40,\}/\1…/g' "$@"; }

input=/dev/null

# run CODE COMMAND...: shows the command and what it prints, which stays in the files `out` and `err`.
run() {
    want=$1
    shift
    shown=$*
    [ "$input" = /dev/null ] || shown="$shown < $input"
    say "$bold\$ $shown$plain"
    got=0
    "$@" <"$input" >out 2>err || got=$?
    if LC_ALL=C grep -qFf secrets out err; then
        fail "\`$shown\` printed a refresh token or a client secret"
    fi
    shorten out err
    [ "$got" = "$want" ] || fail "\`$shown\` ended with exit code $got, not $want"
}

# feed FILE CODE COMMAND...: `run` with FILE as standard input.
feed() {
    input=$1
    shift
    run "$@"
    input=/dev/null
}

printed() { grep -q -e "$1" out || fail "\`$shown\` should have printed: $1"; }
complained() { grep -q -e "$1" err || fail "\`$shown\` should have said: $1"; }
printed_nothing() { [ ! -s out ] || fail "\`$shown\` should have left stdout empty"; }
printed_a_token() {
    token=$(cat out)
    case $token in '' | *[!A-Za-z0-9._~+/=-]*) fail "\`$shown\` should have printed one token" ;; esac
}

# requests NUMBER: how many have come to fbox so far
requests() {
    seen=$(vendors tell --dir . fbox requests)
    say "(requests that fbox has seen: $seen)"
    [ "$seen" = "$1" ] || fail "fbox should have seen $1 requests"
}

# field VENDOR NAME: how to reach a vendor, from the file it wrote.
field() { sed -n "s/^  \"$2\": \"\(.*\)\",\{0,1\}\$/\1/p" "$1.json"; }

# What must never be shown. Of tokens the end, which looks the same in a URL. The two fixed words begin the refresh
# tokens that a rotation brings, those of fbox and huawei-isales, which the demo never sees.
note_secrets() {
    for vendor in $all; do
        sed 's/.*\(.\{24\}\)$/\1/' "$vendor.token"
        field "$vendor" client_secret | sed '/^$/d'
    done >>secrets
    printf 'rt-canary\ncanary-rt\n' >>secrets
}

# ---- the stage ---------------------------------------------------------------------------------------------------

PATH=$bin:$bin/examples:$PATH
for program in tokcli examples/vendors; do
    [ -x "$bin/$program" ] || fail "there is no $bin/$program"
done
work=$(mktemp -d)
cd "$work"
start_vendors
note_secrets

unset TOKCLI_PROFILE
export TOKCLI_STATE_DIR="$work/state" TOKCLI_CONFIG="$work/profiles.toml"
FBOX_SECRET=$(field fbox client_secret)
BABELBIRD_SECRET=$(field babelbird client_secret)
export FBOX_SECRET BABELBIRD_SECRET

cat >profiles.toml <<END
default_profile = "fbox"

[profiles.fbox]
dialect = "fbox"
base_url = "$(field fbox origin)"
client_id = "$(field fbox client_id)"
client_secret = { env = "FBOX_SECRET" }
store = "file"

[profiles.babelbird]
dialect = "babelbird"
base_url = "$(field babelbird origin)"
client_id = "$(field babelbird client_id)"
client_secret = { env = "BABELBIRD_SECRET" }
store = "file"

[profiles.veeam-azure]
dialect = "veeam-azure"
base_url = "$(field veeam-azure origin)"
tls = { pin_sha256 = "$(field veeam-azure fingerprint)" }
store = "file"

[profiles.huawei-isales]
dialect = "huawei-isales"
base_url = "$(field huawei-isales origin)"
store = "file"
END

# ---- the play ----------------------------------------------------------------------------------------------------

say "${title}tokcli keeps vendor API tokens alive.$plain Here it meets stand-ins for four vendors, all on this machine."

heading "Profiles"
say "One table per account. The dialect knows how the vendor refreshes; secrets are only pointed at."
run 0 head -n 8 profiles.toml
run 0 tokcli config check
printed '4 profiles, nothing wrong'

heading "The first token"
say "For fbox and babelbird the refresh token of a login is enough. A refresh at huawei-isales must also show" \
    "the current access token, so there the vendor's whole answer goes in, as it may at veeam-azure."
feed fbox.token 0 tokcli import -p fbox
feed babelbird.token 0 tokcli import -p babelbird
feed veeam-azure.answer.json 0 tokcli import -p veeam-azure --answer --obtained-at now
feed huawei-isales.answer.json 0 tokcli import -p huawei-isales --answer --obtained-at now

heading "A valid access token"
say "The first call has to ask the vendor. The second is answered from what is kept, without a request."
requests 0
run 0 tokcli token
printed_a_token
first=$token
requests 1
run 0 tokcli token
[ "$(cat out)" = "$first" ] || fail "the second token should have been the first one again"
requests 1

heading "Rotation"
say "Each refresh brings a new refresh token and kills the old one; tokcli keeps the new before it prints."
for vendor in $all; do
    run 0 tokcli refresh -p "$vendor"
    printed_a_token
    [ "$token" != "$first" ] || fail "the refresh should have brought a new token"
done
say "Once more, all of them at once: that works only if every new refresh token was kept."
run 0 tokcli refresh --all
for vendor in $all; do
    printed "^$vendor: refreshed, expires "
done

heading "For programs"
say "One line of JSON, whatever the vendor's answer looks like (long tokens are cut in this demo only)."
run 0 tokcli token -p veeam-azure --json
printed '^{"version":1,"profile":"veeam-azure","access_token":"ey.*"token_type":"Bearer".*"refreshed":false,'

heading "What is kept"
say "Times are UTC; the last column says when a person would have to log in if nobody refreshed."
run 0 tokcli status
[ "$(grep -c ' valid ' out)" = 4 ] || fail "all four profiles should be valid"

heading "What would be sent"
say "A dry run sends nothing, and masks what is secret."
run 0 tokcli refresh -p babelbird --dry-run
printed '^POST http://127.0.0.1:.*[?&]refresh_token=\*\*\*$'
printed '^Authorization: Basic \*\*\*$'

heading "When the login has died"
say "The vendor forgets every login, and only a person can help. Scripts see exit code 4 and no output."
run 0 vendors tell --dir . fbox expire-login
run 4 tokcli refresh
printed_nothing
complained '^tokcli: error: .*log in'
complained '^hint: .*tokcli login'
say "(exit code $got, stdout empty) After a new login, one import brings it back."
run 0 vendors tell --dir . fbox login
note_secrets
feed fbox.token 0 tokcli import
run 0 tokcli refresh
printed_a_token

heading "What the vendors say"
say "The stand-ins write down every request that departs from the vendor's document."
for vendor in $all; do
    vendors tell --dir . "$vendor" departures >out
    [ ! -s out ] || fail "$vendor saw departures from its document: $(cat out)"
done
say "${bold}departures: none$plain ($(echo "$all" | sed 's/ /, /g'))"

say '' "Done in less than $(($(date +%s) - began + 1)) s, and nothing is left behind. Next: README.md, tokcli --help."
