#!/bin/sh
# Runs `tokcli` with the arguments after NAME, again and again, until there is a file `stop`. Tokens go to NAME.tokens, failures to
# NAME.failed, and what it says on standard error to NAME.said.
set -eu
name=$1
shift
until [ -e stop ]; do
    code=0
    token=$(tokcli "$@" 2>>"$name.said") || code=$?
    if [ "$code" = 0 ]; then
        printf '%s\n' "$token" >>"$name.tokens"
    else
        printf 'tokcli %s: exit %s\n' "$*" "$code" >>"$name.failed"
    fi
done
