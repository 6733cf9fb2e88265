#!/bin/sh
# The warm path by counting, which a busy machine does not disturb: system calls (strace), instructions in user space
# (callgrind, the loader's included) and minor page faults (GNU time) of one `tokcli token` that has a valid token at
# hand in the file store. More than benches/limits allows fails. It says what it counted, and never skips.
set -eu

limits=$(dirname "$0")/limits

for program in strace valgrind time; do
    if ! env which "$program" >/dev/null; then
        echo "guard: \`$program\` is not installed" >&2
        exit 1
    fi
done

world=$(mktemp -d)
trap 'rm -rf "$world"' EXIT
trap 'exit 1' INT TERM
# How many pages a fault maps depends on how the file came into the page cache: a copy comes the same way each time.
cp "$1" "$1-engine" "$world"
tokcli=$world/tokcli

cat >"$world/profiles.toml" <<END
[profiles.guard]
dialect = "oauth2"
token_url = "https://vendor.invalid/token"
client_id = "guard"
store = "file"
END
chmod 600 "$world/profiles.toml"

# The same few variables for every run: they are in memory, and counted.
run() {
    env -i PATH="$PATH" HOME="$world" TOKCLI_CONFIG="$world/profiles.toml" TOKCLI_STATE_DIR="$world/state" "$@"
}

# tokcli hides its memory from everybody but root, and with it what strace wants to see.
legible=inject=prctl:retval=0

syscalls() {
    run strace -f -qq -e trace=all -e "$legible" -o "$world/calls" "$tokcli" token >/dev/null
    grep -vc ' resumed>' "$world/calls"
}

# Until the engine is there, of a call that no cache answers.
handover() {
    run strace -f -qq -e trace=all -e "$legible" -o "$world/calls" "$tokcli" --version >/dev/null
    awk '/ execve\(/ && ++started == 2 { print NR; exit }' "$world/calls"
}

instructions() {
    run valgrind --tool=callgrind --callgrind-out-file=/dev/null "$tokcli" token 2>&1 >/dev/null |
        sed -n 's/.*Collected : //p'
}

faults() {
    run time -o "$world/faults" -f %R "$tokcli" token >/dev/null
    cat "$world/faults"
}

# NUMBER COMMAND: that often, one figure a line, from small to large.
often() {
    for _ in $(seq "$1"); do "$2"; done | sort -n
}

printf '{"access_token":"at","refresh_token":"rt","expires_in":600}' |
    run "$tokcli" -q import --answer --obtained-at now
# Whatever keeps a copy may do so by then.
sleep 1
if [ "$(run "$tokcli" token)" != at ]; then
    echo "guard: \`tokcli token\` does not print the token" >&2
    exit 1
fi

failed=0

# The program that is counted begins in a way of its own (src/bin/tokcli/begin.rs), which the tests' build does not. So the odd ends of a
# call are tried with it: WHAT EXIT-CODE, and the code that it came to.
ends() {
    if [ "$2" -ne "$3" ]; then
        echo "guard: $1: exit $3, expected $2" >&2
        failed=1
    fi
}
code=0; run "$tokcli" token >/dev/full 2>"$world/said" || code=$?
ends 'standard output on a full disk' 1 $code
if ! grep -q 'cannot write to standard output' "$world/said"; then
    echo 'guard: a full disk is not told' >&2
    failed=1
fi
code=0; run "$tokcli" token >&- || code=$?
ends 'standard output closed' 0 $code
code=$({ { sleep 1; code=0; run "$tokcli" token 2>/dev/null || code=$?; echo $code >&3; } | true; } 3>&1)
ends 'a reader who went away' 1 "$code"
code=0; run "$tokcli" status --check || code=$?
ends '`status --check`' 0 $code
code=0; run "$tokcli" token -p nobody 2>/dev/null || code=$?
ends 'a profile that is not there' 3 $code
code=0; run sh -c 'exec "$0" token $(seq 20000)' "$tokcli" 2>/dev/null || code=$?
ends 'twenty thousand words' 2 $code
if [ "$(run "$tokcli" header)" != 'Authorization: Bearer at' ]; then
    echo 'guard: `header` does not print the token' >&2
    failed=1
fi
# The engine is started as the caller wants it, or it is said why not.
ignored=$(run sh -c 'trap "" ABRT; exec "$0" exec -- sed -n "s/^SigIgn:.//p" /proc/self/status' "$tokcli")
case $ignored in
*[2367abef]?) ;;
*)
    echo "guard: the engine does not ignore what its caller ignores: $ignored" >&2
    failed=1
    ;;
esac
code=0
run timeout 60 strace -qq -o "$world/calls" -e "$legible" -e inject=execve:error=ENOMEM:when=1+ "$tokcli" status \
    2>"$world/said" || code=$?
ends 'too little memory for the engine' 1 $code
# Whatever goes wrong at the beginning, the program begins once more as others do.
for fault in keyctl:signal=SEGV:when=1 keyctl:signal=ABRT:when=2 openat:signal=BUS:when=1 open:signal=BUS:when=1; do
    said=$(run strace -f -qq -e trace=none -e "$legible" -e "inject=$fault" "$tokcli" token 2>&1) || code=$?
    case $said in
    at | *'
at') ;;
    *)
        echo "guard: after $fault: $said" >&2
        failed=1
        ;;
    esac
done

# NAME COUNT
check() {
    limit=$(awk -v name="$1" '$1 == name { print $2 }' "$limits")
    if ! [ "$2" -gt 0 ] || ! [ "$limit" -gt 0 ]; then
        echo "guard: $1: not counted, or without a limit" >&2
        failed=1
    elif [ "$2" -gt "$limit" ]; then
        echo "guard: $1: $2, over the limit of $limit" >&2
        failed=1
    else
        echo "guard: $1: $2 (limit $limit)"
    fi
}

# Calls and instructions are the same each time, but for a few; the most counts. Faults vary with where the memory is
# laid; the fewest of many do not.
check syscalls "$(often 3 syscalls | tail -n 1)"
check handover "$(often 3 handover | tail -n 1)"
check instructions "$(often 3 instructions | tail -n 1)"
check faults "$(often 20 faults | head -n 1)"
exit $failed
