# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_tokcli_global_optspecs
    string join \n p/profile= config= json q/quiet v/verbose deadline= abandon allow-loss color= h/help V/version
end

function __fish_tokcli_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_tokcli_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_tokcli_using_subcommand
    set -l cmd (__fish_tokcli_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c tokcli -n "__fish_tokcli_needs_command" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_needs_command" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_needs_command" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_needs_command" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_needs_command" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_needs_command" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_needs_command" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_needs_command" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokcli -n "__fish_tokcli_needs_command" -s V -l version -d 'Print version'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "token" -d 'Print a valid access token, refreshing it first if need be'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "refresh" -d 'Refresh now and print the new access token'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "import" -d 'Store a refresh token from standard input or a hidden prompt'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "export" -d 'Print a credential as one sealed line, for another machine'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "login" -d 'Log in at the vendor, and store what it gives'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "logout" -d 'Give a credential back to the vendor where that can be done, and forget it'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "secret" -d 'Secrets of a profile that its store keeps (`{ store = true }`)'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "rebind" -d 'Confirm that a credential may go to where its profile now points'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "status" -d 'Show every profile: who is logged in, the credential\'s state and when it dies'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "recover" -d 'Bring back what the journal holds and the store does not'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "header" -d 'Print the header that a request carries'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "sasl" -d 'Print what a mail program says to its server in the place of a password'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "exec" -d 'Run a command that has a token in its environment or on a descriptor'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "env" -d 'Print a token as an assignment that a shell reads, or set it in a CI job'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "helper" -d 'Answer a program that asks for credentials in a way of its own'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "serve-once" -d 'Answer one request of another machine on standard input and output, such as over SSH'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "keepalive" -d 'Keep logins alive that nobody uses, by the platform\'s timer'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "doctor" -d 'Say what is wrong here, and how it is mended'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "dialect" -d 'The catalogue of vendors'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "config" -d 'The configuration file'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "completions" -d 'Print a shell\'s completion script'
complete -c tokcli -n "__fish_tokcli_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokcli -n "__fish_tokcli_using_subcommand token" -l min-ttl -d 'Refresh first if it would expire within this time [else the profile\'s `min_ttl`, else 60s]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand token" -l scope -d 'Ask for this scope instead of the profile\'s; the login keeps a token for each' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand token" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand token" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand token" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand token" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand token" -l fresh -d 'Refresh first if more than half of the token\'s life is over, for what runs long'
complete -c tokcli -n "__fish_tokcli_using_subcommand token" -l offline -d 'Send nothing to the vendor; print any token that is still valid'
complete -c tokcli -n "__fish_tokcli_using_subcommand token" -l no-cache -d 'Read the store, not the cache of access tokens, and leave nothing in the cache'
complete -c tokcli -n "__fish_tokcli_using_subcommand token" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand token" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand token" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand token" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand token" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand token" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand refresh" -s j -l jobs -d 'With --all: how many at once' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand refresh" -l takeover -d 'In a fleet: do not wait for a machine that sent the refresh token and may have the answer' -r -f -a "replay\t'It counts as one of this machine that was never answered'"
complete -c tokcli -n "__fish_tokcli_using_subcommand refresh" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand refresh" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand refresh" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand refresh" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand refresh" -l all -d 'Refresh every profile; prints outcomes, never tokens'
complete -c tokcli -n "__fish_tokcli_using_subcommand refresh" -l due -d 'With --all: only those past half of their refresh token\'s life, or not refreshed for a day if that is unknown'
complete -c tokcli -n "__fish_tokcli_using_subcommand refresh" -l dry-run -d 'Print the request with its secrets masked; send nothing'
complete -c tokcli -n "__fish_tokcli_using_subcommand refresh" -l force-replay -d 'Send once more although the outcome of the last request is not known'
complete -c tokcli -n "__fish_tokcli_using_subcommand refresh" -l strict-store -d 'Fail with exit 7 if the store did not take the new credential, though the journal did'
complete -c tokcli -n "__fish_tokcli_using_subcommand refresh" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand refresh" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand refresh" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand refresh" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand refresh" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand refresh" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokcli -n "__fish_tokcli_using_subcommand import" -l obtained-at -d 'When the vendor gave that answer: `now`, RFC 3339, or seconds since 1970' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand import" -l key-env -d 'With --sealed: the environment variable that holds its key, 32 bytes in base64 [else the store\'s own key]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand import" -l key-file -d 'With --sealed: the file that holds its key' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand import" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand import" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand import" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand import" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand import" -l answer -d 'Standard input is a whole token answer of the vendor, not a bare refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand import" -l sealed -d 'Standard input is what `export --sealed` printed'
complete -c tokcli -n "__fish_tokcli_using_subcommand import" -l replace -d 'Replace the credential that is there'
complete -c tokcli -n "__fish_tokcli_using_subcommand import" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand import" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand import" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand import" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand import" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand import" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand export" -l key-env -d 'With --sealed: the environment variable that holds its key, 32 bytes in base64 [else the store\'s own key]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand export" -l key-file -d 'With --sealed: the file that holds its key' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand export" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand export" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand export" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand export" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand export" -l sealed -d 'Seal it with the key, without which nobody can read it; there is no other form'
complete -c tokcli -n "__fish_tokcli_using_subcommand export" -l copy -d 'Go on refreshing here, too'
complete -c tokcli -n "__fish_tokcli_using_subcommand export" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand export" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand export" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand export" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand export" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand export" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -l grant -d 'Which of the dialect\'s logins, such as `authorization_code`, `device_code` or `password`' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -l redirect-port -d 'The port at which the browser comes back, where the vendor takes any' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -l scope -d 'Ask for this scope instead of the profile\'s' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -l url -d 'The resource that tokens are wanted for, such as an MCP server: it is asked whom it trusts, and a profile is written' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -l issuer -d 'Which server\'s, of several that the resource trusts' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -l device -d 'Decide on another device: an address and a code are shown'
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -l paste -d 'Listen for no browser: paste the address that it shows in the end'
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -l no-browser -d 'Show the address instead of opening a browser'
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -l replace -d 'Replace the credential that is there'
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -l yes -d 'Confirm what is found, without a question'
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand login" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand logout" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand logout" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand logout" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand logout" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand logout" -l local -d 'Forget it without telling the vendor'
complete -c tokcli -n "__fish_tokcli_using_subcommand logout" -l owner -d 'Of a login that another machine has: have it log out there too, where it allows that'
complete -c tokcli -n "__fish_tokcli_using_subcommand logout" -l all -d 'Every profile\'s credential'
complete -c tokcli -n "__fish_tokcli_using_subcommand logout" -l all-secrets -d 'Forget the account\'s stored secrets too'
complete -c tokcli -n "__fish_tokcli_using_subcommand logout" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand logout" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand logout" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand logout" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand logout" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand logout" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and not __fish_seen_subcommand_from set list rm help" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and not __fish_seen_subcommand_from set list rm help" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and not __fish_seen_subcommand_from set list rm help" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and not __fish_seen_subcommand_from set list rm help" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and not __fish_seen_subcommand_from set list rm help" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and not __fish_seen_subcommand_from set list rm help" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and not __fish_seen_subcommand_from set list rm help" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and not __fish_seen_subcommand_from set list rm help" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and not __fish_seen_subcommand_from set list rm help" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and not __fish_seen_subcommand_from set list rm help" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and not __fish_seen_subcommand_from set list rm help" -f -a "set" -d 'Store a secret from standard input or a hidden prompt'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and not __fish_seen_subcommand_from set list rm help" -f -a "list" -d 'List stored secrets by name: when they were set and where they may go'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and not __fish_seen_subcommand_from set list rm help" -f -a "rm" -d 'Remove a stored secret'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and not __fish_seen_subcommand_from set list rm help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from set" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from set" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from set" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from set" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from set" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from set" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from set" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from list" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from list" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from list" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from list" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from list" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from rm" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from rm" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from rm" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from rm" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from rm" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from rm" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from rm" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from help" -f -a "set" -d 'Store a secret from standard input or a hidden prompt'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from help" -f -a "list" -d 'List stored secrets by name: when they were set and where they may go'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Remove a stored secret'
complete -c tokcli -n "__fish_tokcli_using_subcommand secret; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokcli -n "__fish_tokcli_using_subcommand rebind" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand rebind" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand rebind" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand rebind" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand rebind" -l yes -d 'Confirm without asking'
complete -c tokcli -n "__fish_tokcli_using_subcommand rebind" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand rebind" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand rebind" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand rebind" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand rebind" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand rebind" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand status" -l within -d 'With --check: or will be within this time, such as `7d`, if nobody refreshes' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand status" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand status" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand status" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand status" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand status" -l check -d 'Say nothing; exit 4 if a person is needed'
complete -c tokcli -n "__fish_tokcli_using_subcommand status" -l owner -d 'Ask the machine that has a login, if that is another one, how it fares'
complete -c tokcli -n "__fish_tokcli_using_subcommand status" -l utc -d 'Show times as they stand, in UTC, also on a terminal'
complete -c tokcli -n "__fish_tokcli_using_subcommand status" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand status" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand status" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand status" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand status" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand status" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand recover" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand recover" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand recover" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand recover" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand recover" -l stdin -d 'Standard input is a sealed answer that an earlier run printed as its last resort'
complete -c tokcli -n "__fish_tokcli_using_subcommand recover" -l discard-journal -d 'Set a journal that cannot be opened aside (renamed, not deleted); needs --profile'
complete -c tokcli -n "__fish_tokcli_using_subcommand recover" -l secrets -d 'With --discard-journal: that of the account\'s stored secrets'
complete -c tokcli -n "__fish_tokcli_using_subcommand recover" -l yes -d 'Set it aside although it opens, or although that cannot be told now'
complete -c tokcli -n "__fish_tokcli_using_subcommand recover" -l discard-answers -d 'Give up answers that cannot be read: they count as lost on their way'
complete -c tokcli -n "__fish_tokcli_using_subcommand recover" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand recover" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand recover" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand recover" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand recover" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand recover" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand header" -l as -d 'How it is written' -r -f -a "line\t'`Authorization: Bearer …`, as on the wire'
object\t'`{"Authorization":"Bearer …"}`'
curl\t'An option for `curl --config -`'
bare\t'The token alone, for programs that make the header themselves'"
complete -c tokcli -n "__fish_tokcli_using_subcommand header" -l url -d 'The address of the request, for a token that is bound to a key (DPoP): its proof is printed, too' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand header" -l method -d 'The method of that request [GET]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand header" -l nonce -d 'The nonce that the server wants in the proof: its answer\'s `DPoP-Nonce`' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand header" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand header" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand header" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand header" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand header" -l fresh -d 'Refresh first if more than half of the token\'s life is over, for programs that use one header for long'
complete -c tokcli -n "__fish_tokcli_using_subcommand header" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand header" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand header" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand header" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand header" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand header" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokcli -n "__fish_tokcli_using_subcommand sasl" -l user -d 'The mailbox, mostly its address' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand sasl" -l host -d 'The mail server, which OAUTHBEARER can name' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand sasl" -l port -d 'Its port' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand sasl" -l check -d 'Print nothing, but log in there once and say what the server says [SERVICE: else by its port, else imaps]' -r -f -a "imaps\t'IMAP by TLS, port 993'
imap\t'IMAP with STARTTLS, port 143'
submissions\t'SMTP for mail programs by TLS, port 465'
submission\t'SMTP for mail programs with STARTTLS, port 587'
pop3s\t'POP3 by TLS, port 995'
pop3\t'POP3 with STLS, port 110'"
complete -c tokcli -n "__fish_tokcli_using_subcommand sasl" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand sasl" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand sasl" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand sasl" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand sasl" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand sasl" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand sasl" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand sasl" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand sasl" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand sasl" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokcli -n "__fish_tokcli_using_subcommand exec" -s p -l profile -d 'Profile whose token the next --env and --fd are about; may be given several times [else as everywhere]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand exec" -l env -d 'The variable that holds it, as `token`, `header` or `json` [TOKCLI_TOKEN=token if no --env and no --fd is given]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand exec" -l fd -d 'The descriptor from which the command reads it, with a newline' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand exec" -l min-ttl -d 'Refresh first if it would expire within this time [else the profile\'s `min_ttl`, else 60s]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand exec" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand exec" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand exec" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand exec" -l fresh -d 'Refresh first if more than half of the token\'s life is over, for what runs long'
complete -c tokcli -n "__fish_tokcli_using_subcommand exec" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand exec" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand exec" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand exec" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand exec" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand exec" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand env" -l format -d 'Print it for this shell or reader' -r -f -a "sh\t'sh, bash, dash, zsh, ksh and busybox: `eval "$(…)"`'
fish\t'fish: `… | source`'
powershell\t'PowerShell: `… | Invoke-Expression`'
nushell\t'Nushell: `nu -c "…"`; a shell that runs takes `--format json` and `load-env`'
dotenv\t'A line of an `.env` file'
json\t'`{"NAME":"…"}`'"
complete -c tokcli -n "__fish_tokcli_using_subcommand env" -l to -d 'Set it for the steps that follow in a job of this CI, and mask it in the log; recognised without' -r -f -a "github\t'GitHub Actions'
gitea\t'Gitea Actions'
forgejo\t'Forgejo Actions'
azure\t'Azure Pipelines'
buildkite\t'Buildkite, for the later phases of a job'
gitlab\t'GitLab, which cannot mask: refused'
circleci\t'CircleCI, which cannot mask: refused'
jenkins\t'Jenkins, which cannot mask: refused'
bitbucket\t'Bitbucket Pipelines, which cannot mask: refused'
travis\t'Travis CI, which cannot mask: refused'
woodpecker\t'Woodpecker, which cannot mask: refused'
drone\t'Drone, which cannot mask: refused'
teamcity\t'TeamCity, which cannot mask: refused'
appveyor\t'AppVeyor, which cannot mask: refused'
cirrus\t'Cirrus CI, which cannot mask: refused'"
complete -c tokcli -n "__fish_tokcli_using_subcommand env" -l name -d 'The variable' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand env" -l min-ttl -d 'Refresh first if it would expire within this time [else the profile\'s `min_ttl`, else 60s]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand env" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand env" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand env" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand env" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand env" -l fresh -d 'Refresh first if more than half of the token\'s life is over, for what runs long'
complete -c tokcli -n "__fish_tokcli_using_subcommand env" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand env" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand env" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand env" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand env" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand env" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -f -a "git" -d 'For git (`credential.helper`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -f -a "docker" -d 'For docker, podman and skopeo (`credHelpers`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -f -a "kubectl" -d 'For kubectl and other programs of Kubernetes (`users[].user.exec`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -f -a "bazel" -d 'For Bazel and others that run EngFlow\'s credential helpers'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -f -a "cargo" -d 'For cargo (`credential-provider`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -f -a "terraform" -d 'For Terraform and OpenTofu (`data "external"`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -f -a "pip" -d 'For pip and uv, in the place of the program `keyring`'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -f -a "pnpm" -d 'For pnpm (`tokenHelper`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -f -a "google" -d 'For Google\'s client libraries (`credential_source.executable`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -f -a "aws" -d 'For the AWS SDKs (`credential_process`), where the vendor gives temporary keys of that kind'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -f -a "systemd" -d 'For systemd (`LoadCredential=ID:SOCKET`): standard input is the connection, and ID the profile if none is named'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -f -a "install" -d 'Make the link by which a program finds its helper, and print what goes into the program\'s configuration'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -f -a "list" -d 'Show each helper: its link, whether its program is set up for it, and whether it works'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and not __fish_seen_subcommand_from git docker kubectl bazel cargo terraform pip pnpm google aws systemd install list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from git" -l username -d 'Say this name, and the token in the place of the password, whatever the server offers' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from git" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from git" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from git" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from git" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from git" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from git" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from git" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from git" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from git" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from git" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from docker" -l username -d 'The name beside the token [else `oauth2accesstoken`]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from docker" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from docker" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from docker" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from docker" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from docker" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from docker" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from docker" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from docker" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from docker" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from docker" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from kubectl" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from kubectl" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from kubectl" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from kubectl" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from kubectl" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from kubectl" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from kubectl" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from kubectl" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from kubectl" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from kubectl" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from bazel" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from bazel" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from bazel" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from bazel" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from bazel" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from bazel" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from bazel" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from bazel" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from bazel" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from bazel" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from cargo" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from cargo" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from cargo" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from cargo" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from cargo" -l cargo-plugin -d 'As cargo calls it'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from cargo" -l bare -d 'The token alone, without `Bearer` before it'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from cargo" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from cargo" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from cargo" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from cargo" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from cargo" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from cargo" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from terraform" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from terraform" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from terraform" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from terraform" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from terraform" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from terraform" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from terraform" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from terraform" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from terraform" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from terraform" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pip" -l mode -d 'As pip calls it; with `creds` the answer holds a name too' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pip" -l output -d 'As pip calls it' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pip" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pip" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pip" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pip" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pip" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pip" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pip" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pip" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pip" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pip" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pnpm" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pnpm" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pnpm" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pnpm" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pnpm" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pnpm" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pnpm" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pnpm" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pnpm" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from pnpm" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from google" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from google" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from google" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from google" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from google" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from google" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from google" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from google" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from google" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from google" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from aws" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from aws" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from aws" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from aws" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from aws" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from aws" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from aws" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from aws" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from aws" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from aws" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from systemd" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from systemd" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from systemd" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from systemd" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from systemd" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from systemd" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from systemd" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from systemd" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from systemd" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from systemd" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from install" -l dir -d 'Where the link goes [else ~/.local/bin, or ~/bin if that alone is on PATH]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from install" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from install" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from install" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from install" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from install" -l write -d 'Add the lines to the program\'s configuration instead of printing them'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from install" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from install" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from install" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from install" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from install" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from list" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from list" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from list" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from list" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from list" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from help" -f -a "git" -d 'For git (`credential.helper`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from help" -f -a "docker" -d 'For docker, podman and skopeo (`credHelpers`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from help" -f -a "kubectl" -d 'For kubectl and other programs of Kubernetes (`users[].user.exec`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from help" -f -a "bazel" -d 'For Bazel and others that run EngFlow\'s credential helpers'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from help" -f -a "cargo" -d 'For cargo (`credential-provider`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from help" -f -a "terraform" -d 'For Terraform and OpenTofu (`data "external"`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from help" -f -a "pip" -d 'For pip and uv, in the place of the program `keyring`'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from help" -f -a "pnpm" -d 'For pnpm (`tokenHelper`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from help" -f -a "google" -d 'For Google\'s client libraries (`credential_source.executable`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from help" -f -a "aws" -d 'For the AWS SDKs (`credential_process`), where the vendor gives temporary keys of that kind'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from help" -f -a "systemd" -d 'For systemd (`LoadCredential=ID:SOCKET`): standard input is the connection, and ID the profile if none is named'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from help" -f -a "install" -d 'Make the link by which a program finds its helper, and print what goes into the program\'s configuration'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from help" -f -a "list" -d 'Show each helper: its link, whether its program is set up for it, and whether it works'
complete -c tokcli -n "__fish_tokcli_using_subcommand helper; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokcli -n "__fish_tokcli_using_subcommand serve-once" -l profiles -d 'Serve these profiles alone' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand serve-once" -l allow -d 'Let whoever asks do this too' -r -f -a "logout\t'Log out'"
complete -c tokcli -n "__fish_tokcli_using_subcommand serve-once" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand serve-once" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand serve-once" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand serve-once" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand serve-once" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand serve-once" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand serve-once" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand serve-once" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand serve-once" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand serve-once" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and not __fish_seen_subcommand_from install status remove help" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and not __fish_seen_subcommand_from install status remove help" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and not __fish_seen_subcommand_from install status remove help" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and not __fish_seen_subcommand_from install status remove help" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and not __fish_seen_subcommand_from install status remove help" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and not __fish_seen_subcommand_from install status remove help" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and not __fish_seen_subcommand_from install status remove help" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and not __fish_seen_subcommand_from install status remove help" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and not __fish_seen_subcommand_from install status remove help" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and not __fish_seen_subcommand_from install status remove help" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and not __fish_seen_subcommand_from install status remove help" -f -a "install" -d 'Have the platform\'s timer run `refresh --all --due` each hour'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and not __fish_seen_subcommand_from install status remove help" -f -a "status" -d 'Show which timer there is, whether it works, and what the last run found'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and not __fish_seen_subcommand_from install status remove help" -f -a "remove" -d 'Take the timer away'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and not __fish_seen_subcommand_from install status remove help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from install" -l timer -d 'Which timer [else the one that is installed, else the one that the platform has]' -r -f -a "systemd\t'Units of the user\'s systemd'
launchd\t'An agent of macOS'
cron\t'A line of the crontab'
task\t'A task of Windows'"
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from install" -l program -d 'The tokcli that it runs, an absolute path [else this one, as PATH finds it]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from install" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from install" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from install" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from install" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from install" -l dry-run -d 'Print what would be written; write nothing'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from install" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from install" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from install" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from install" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from install" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from status" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from status" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from status" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from status" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from status" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from status" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from status" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from remove" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from remove" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from remove" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from remove" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from remove" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from remove" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from remove" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from help" -f -a "install" -d 'Have the platform\'s timer run `refresh --all --due` each hour'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show which timer there is, whether it works, and what the last run found'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Take the timer away'
complete -c tokcli -n "__fish_tokcli_using_subcommand keepalive; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokcli -n "__fish_tokcli_using_subcommand doctor" -l store -d 'Look at this store alone' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand doctor" -l mail -d 'Ask a mail server which logins with a token it offers: `HOST`, `HOST:PORT` or `imap://HOST:PORT`' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand doctor" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand doctor" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand doctor" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand doctor" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand doctor" -l online -d 'Also ask each vendor\'s server whether it can be reached and what time it is, without any secret'
complete -c tokcli -n "__fish_tokcli_using_subcommand doctor" -l fix -d 'Mend what can be mended safely: files and directories of tokcli that others may use'
complete -c tokcli -n "__fish_tokcli_using_subcommand doctor" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand doctor" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand doctor" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand doctor" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand doctor" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and not __fish_seen_subcommand_from list show new check test record help" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and not __fish_seen_subcommand_from list show new check test record help" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and not __fish_seen_subcommand_from list show new check test record help" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and not __fish_seen_subcommand_from list show new check test record help" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and not __fish_seen_subcommand_from list show new check test record help" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and not __fish_seen_subcommand_from list show new check test record help" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and not __fish_seen_subcommand_from list show new check test record help" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and not __fish_seen_subcommand_from list show new check test record help" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and not __fish_seen_subcommand_from list show new check test record help" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and not __fish_seen_subcommand_from list show new check test record help" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and not __fish_seen_subcommand_from list show new check test record help" -f -a "list" -d 'List the vendors that are known'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and not __fish_seen_subcommand_from list show new check test record help" -f -a "show" -d 'Print a dialect\'s source'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and not __fish_seen_subcommand_from list show new check test record help" -f -a "new" -d 'Print a starting point for a dialect of your own, from nothing or from what you have at hand'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and not __fish_seen_subcommand_from list show new check test record help" -f -a "check" -d 'Say everything that is wrong with a dialect'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and not __fish_seen_subcommand_from list show new check test record help" -f -a "test" -d 'Replay a dialect\'s recorded examples; nothing is sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and not __fish_seen_subcommand_from list show new check test record help" -f -a "record" -d 'Refresh once, and print a recorded example of it, in which every secret is made up'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and not __fish_seen_subcommand_from list show new check test record help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from list" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from list" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from list" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from list" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from list" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from show" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from show" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from show" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from show" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from show" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from new" -l curl -d 'Make it from the curl command in this file, `-` for standard input' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from new" -l answer -d 'Make it from the vendor\'s answer in this file, `-` for standard input' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from new" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from new" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from new" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from new" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from new" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from new" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from new" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from new" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from new" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from check" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from check" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from check" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from check" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from check" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from check" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from check" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from test" -l answer -d 'Say instead what the dialect reads in the vendor\'s answer in this file, `-` for standard input' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from test" -l exchange -d 'The exchange whose answer it is [else refresh]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from test" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from test" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from test" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from test" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from test" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from test" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from test" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from test" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from record" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from record" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from record" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from record" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from record" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from record" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from record" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from record" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from record" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from record" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the vendors that are known'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from help" -f -a "show" -d 'Print a dialect\'s source'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from help" -f -a "new" -d 'Print a starting point for a dialect of your own, from nothing or from what you have at hand'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from help" -f -a "check" -d 'Say everything that is wrong with a dialect'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from help" -f -a "test" -d 'Replay a dialect\'s recorded examples; nothing is sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from help" -f -a "record" -d 'Refresh once, and print a recorded example of it, in which every secret is made up'
complete -c tokcli -n "__fish_tokcli_using_subcommand dialect; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and not __fish_seen_subcommand_from path check add remove edit schema help" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and not __fish_seen_subcommand_from path check add remove edit schema help" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and not __fish_seen_subcommand_from path check add remove edit schema help" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and not __fish_seen_subcommand_from path check add remove edit schema help" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and not __fish_seen_subcommand_from path check add remove edit schema help" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and not __fish_seen_subcommand_from path check add remove edit schema help" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and not __fish_seen_subcommand_from path check add remove edit schema help" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and not __fish_seen_subcommand_from path check add remove edit schema help" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and not __fish_seen_subcommand_from path check add remove edit schema help" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and not __fish_seen_subcommand_from path check add remove edit schema help" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and not __fish_seen_subcommand_from path check add remove edit schema help" -f -a "path" -d 'Print where profiles.toml is looked for'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and not __fish_seen_subcommand_from path check add remove edit schema help" -f -a "check" -d 'Check profiles.toml and every dialect it uses'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and not __fish_seen_subcommand_from path check add remove edit schema help" -f -a "add" -d 'Write a new profile; at a terminal it asks for what is missing'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and not __fish_seen_subcommand_from path check add remove edit schema help" -f -a "remove" -d 'Take a profile out; its credential stays'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and not __fish_seen_subcommand_from path check add remove edit schema help" -f -a "edit" -d 'Open profiles.toml in an editor, and put it in place once it is right'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and not __fish_seen_subcommand_from path check add remove edit schema help" -f -a "schema" -d 'Print the JSON Schema of profiles.toml and of dialect files, for editors'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and not __fish_seen_subcommand_from path check add remove edit schema help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from path" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from path" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from path" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from path" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from path" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from path" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from check" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from check" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from check" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from check" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from check" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from add" -l dialect -d 'Its dialect: a built-in name or one under [dialects]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from add" -l set -d 'A key as in profiles.toml, such as `client_id=app-7` or `client_secret.env=VARIABLE`; may be given several times' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from add" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from add" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from add" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from add" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from add" -l default -d 'Make it the profile that is used if none is asked for'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from add" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from add" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from add" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from remove" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from remove" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from remove" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from remove" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from remove" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from remove" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from remove" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from edit" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from edit" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from edit" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from edit" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from edit" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from edit" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from edit" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from edit" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from edit" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from edit" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from schema" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from schema" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from schema" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from schema" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from schema" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from schema" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from schema" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from schema" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from schema" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "path" -d 'Print where profiles.toml is looked for'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check profiles.toml and every dialect it uses'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "add" -d 'Write a new profile; at a terminal it asks for what is missing'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Take a profile out; its credential stays'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "edit" -d 'Open profiles.toml in an editor, and put it in place once it is right'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "schema" -d 'Print the JSON Schema of profiles.toml and of dialect files, for editors'
complete -c tokcli -n "__fish_tokcli_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokcli -n "__fish_tokcli_using_subcommand completions" -s p -l profile -d 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand completions" -l config -d 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]' -r -F
complete -c tokcli -n "__fish_tokcli_using_subcommand completions" -l deadline -d 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]' -r
complete -c tokcli -n "__fish_tokcli_using_subcommand completions" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tokcli -n "__fish_tokcli_using_subcommand completions" -l json -d 'Print one JSON object instead of text, errors too'
complete -c tokcli -n "__fish_tokcli_using_subcommand completions" -s q -l quiet -d 'Print no warnings'
complete -c tokcli -n "__fish_tokcli_using_subcommand completions" -s v -l verbose -d 'Say what is done and how long it takes (never a secret)'
complete -c tokcli -n "__fish_tokcli_using_subcommand completions" -l abandon -d 'Let the deadline cut off even a request that was sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand completions" -l allow-loss -d 'Refresh also where the store cannot keep the new refresh token'
complete -c tokcli -n "__fish_tokcli_using_subcommand completions" -s h -l help -d 'Print help'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "token" -d 'Print a valid access token, refreshing it first if need be'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "refresh" -d 'Refresh now and print the new access token'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "import" -d 'Store a refresh token from standard input or a hidden prompt'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "export" -d 'Print a credential as one sealed line, for another machine'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "login" -d 'Log in at the vendor, and store what it gives'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "logout" -d 'Give a credential back to the vendor where that can be done, and forget it'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "secret" -d 'Secrets of a profile that its store keeps (`{ store = true }`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "rebind" -d 'Confirm that a credential may go to where its profile now points'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "status" -d 'Show every profile: who is logged in, the credential\'s state and when it dies'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "recover" -d 'Bring back what the journal holds and the store does not'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "header" -d 'Print the header that a request carries'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "sasl" -d 'Print what a mail program says to its server in the place of a password'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "exec" -d 'Run a command that has a token in its environment or on a descriptor'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "env" -d 'Print a token as an assignment that a shell reads, or set it in a CI job'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "helper" -d 'Answer a program that asks for credentials in a way of its own'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "serve-once" -d 'Answer one request of another machine on standard input and output, such as over SSH'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "keepalive" -d 'Keep logins alive that nobody uses, by the platform\'s timer'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "doctor" -d 'Say what is wrong here, and how it is mended'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "dialect" -d 'The catalogue of vendors'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "config" -d 'The configuration file'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "completions" -d 'Print a shell\'s completion script'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and not __fish_seen_subcommand_from token refresh import export login logout secret rebind status recover header sasl exec env helper serve-once keepalive doctor dialect config completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from secret" -f -a "set" -d 'Store a secret from standard input or a hidden prompt'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from secret" -f -a "list" -d 'List stored secrets by name: when they were set and where they may go'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from secret" -f -a "rm" -d 'Remove a stored secret'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from helper" -f -a "git" -d 'For git (`credential.helper`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from helper" -f -a "docker" -d 'For docker, podman and skopeo (`credHelpers`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from helper" -f -a "kubectl" -d 'For kubectl and other programs of Kubernetes (`users[].user.exec`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from helper" -f -a "bazel" -d 'For Bazel and others that run EngFlow\'s credential helpers'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from helper" -f -a "cargo" -d 'For cargo (`credential-provider`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from helper" -f -a "terraform" -d 'For Terraform and OpenTofu (`data "external"`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from helper" -f -a "pip" -d 'For pip and uv, in the place of the program `keyring`'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from helper" -f -a "pnpm" -d 'For pnpm (`tokenHelper`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from helper" -f -a "google" -d 'For Google\'s client libraries (`credential_source.executable`)'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from helper" -f -a "aws" -d 'For the AWS SDKs (`credential_process`), where the vendor gives temporary keys of that kind'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from helper" -f -a "systemd" -d 'For systemd (`LoadCredential=ID:SOCKET`): standard input is the connection, and ID the profile if none is named'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from helper" -f -a "install" -d 'Make the link by which a program finds its helper, and print what goes into the program\'s configuration'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from helper" -f -a "list" -d 'Show each helper: its link, whether its program is set up for it, and whether it works'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from keepalive" -f -a "install" -d 'Have the platform\'s timer run `refresh --all --due` each hour'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from keepalive" -f -a "status" -d 'Show which timer there is, whether it works, and what the last run found'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from keepalive" -f -a "remove" -d 'Take the timer away'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from dialect" -f -a "list" -d 'List the vendors that are known'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from dialect" -f -a "show" -d 'Print a dialect\'s source'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from dialect" -f -a "new" -d 'Print a starting point for a dialect of your own, from nothing or from what you have at hand'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from dialect" -f -a "check" -d 'Say everything that is wrong with a dialect'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from dialect" -f -a "test" -d 'Replay a dialect\'s recorded examples; nothing is sent'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from dialect" -f -a "record" -d 'Refresh once, and print a recorded example of it, in which every secret is made up'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "path" -d 'Print where profiles.toml is looked for'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "check" -d 'Check profiles.toml and every dialect it uses'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "add" -d 'Write a new profile; at a terminal it asks for what is missing'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "remove" -d 'Take a profile out; its credential stays'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "edit" -d 'Open profiles.toml in an editor, and put it in place once it is right'
complete -c tokcli -n "__fish_tokcli_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "schema" -d 'Print the JSON Schema of profiles.toml and of dialect files, for editors'
