
use builtin;
use str;

set edit:completion:arg-completer[tokcli] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'tokcli'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'tokcli'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand token 'Print a valid access token, refreshing it first if need be'
            cand refresh 'Refresh now and print the new access token'
            cand import 'Store a refresh token from standard input or a hidden prompt'
            cand export 'Print a credential as one sealed line, for another machine'
            cand login 'Log in at the vendor, and store what it gives'
            cand logout 'Give a credential back to the vendor where that can be done, and forget it'
            cand secret 'Secrets of a profile that its store keeps (`{ store = true }`)'
            cand rebind 'Confirm that a credential may go to where its profile now points'
            cand status 'Show every profile: who is logged in, the credential''s state and when it dies'
            cand recover 'Bring back what the journal holds and the store does not'
            cand header 'Print the header that a request carries'
            cand sasl 'Print what a mail program says to its server in the place of a password'
            cand exec 'Run a command that has a token in its environment or on a descriptor'
            cand env 'Print a token as an assignment that a shell reads, or set it in a CI job'
            cand helper 'Answer a program that asks for credentials in a way of its own'
            cand serve-once 'Answer one request of another machine on standard input and output, such as over SSH'
            cand keepalive 'Keep logins alive that nobody uses, by the platform''s timer'
            cand doctor 'Say what is wrong here, and how it is mended'
            cand dialect 'The catalogue of vendors'
            cand config 'The configuration file'
            cand completions 'Print a shell''s completion script'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokcli;token'= {
            cand --min-ttl 'Refresh first if it would expire within this time [else the profile''s `min_ttl`, else 60s]'
            cand --scope 'Ask for this scope instead of the profile''s; the login keeps a token for each'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --fresh 'Refresh first if more than half of the token''s life is over, for what runs long'
            cand --offline 'Send nothing to the vendor; print any token that is still valid'
            cand --no-cache 'Read the store, not the cache of access tokens, and leave nothing in the cache'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;refresh'= {
            cand -j 'With --all: how many at once'
            cand --jobs 'With --all: how many at once'
            cand --takeover 'In a fleet: do not wait for a machine that sent the refresh token and may have the answer'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --all 'Refresh every profile; prints outcomes, never tokens'
            cand --due 'With --all: only those past half of their refresh token''s life, or not refreshed for a day if that is unknown'
            cand --dry-run 'Print the request with its secrets masked; send nothing'
            cand --force-replay 'Send once more although the outcome of the last request is not known'
            cand --strict-store 'Fail with exit 7 if the store did not take the new credential, though the journal did'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokcli;import'= {
            cand --obtained-at 'When the vendor gave that answer: `now`, RFC 3339, or seconds since 1970'
            cand --key-env 'With --sealed: the environment variable that holds its key, 32 bytes in base64 [else the store''s own key]'
            cand --key-file 'With --sealed: the file that holds its key'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --answer 'Standard input is a whole token answer of the vendor, not a bare refresh token'
            cand --sealed 'Standard input is what `export --sealed` printed'
            cand --replace 'Replace the credential that is there'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;export'= {
            cand --key-env 'With --sealed: the environment variable that holds its key, 32 bytes in base64 [else the store''s own key]'
            cand --key-file 'With --sealed: the file that holds its key'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --sealed 'Seal it with the key, without which nobody can read it; there is no other form'
            cand --copy 'Go on refreshing here, too'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;login'= {
            cand --grant 'Which of the dialect''s logins, such as `authorization_code`, `device_code` or `password`'
            cand --redirect-port 'The port at which the browser comes back, where the vendor takes any'
            cand --scope 'Ask for this scope instead of the profile''s'
            cand --url 'The resource that tokens are wanted for, such as an MCP server: it is asked whom it trusts, and a profile is written'
            cand --issuer 'Which server''s, of several that the resource trusts'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --device 'Decide on another device: an address and a code are shown'
            cand --paste 'Listen for no browser: paste the address that it shows in the end'
            cand --no-browser 'Show the address instead of opening a browser'
            cand --replace 'Replace the credential that is there'
            cand --yes 'Confirm what is found, without a question'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;logout'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --local 'Forget it without telling the vendor'
            cand --owner 'Of a login that another machine has: have it log out there too, where it allows that'
            cand --all 'Every profile''s credential'
            cand --all-secrets 'Forget the account''s stored secrets too'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;secret'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
            cand set 'Store a secret from standard input or a hidden prompt'
            cand list 'List stored secrets by name: when they were set and where they may go'
            cand rm 'Remove a stored secret'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokcli;secret;set'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;secret;list'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;secret;rm'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;secret;help'= {
            cand set 'Store a secret from standard input or a hidden prompt'
            cand list 'List stored secrets by name: when they were set and where they may go'
            cand rm 'Remove a stored secret'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokcli;secret;help;set'= {
        }
        &'tokcli;secret;help;list'= {
        }
        &'tokcli;secret;help;rm'= {
        }
        &'tokcli;secret;help;help'= {
        }
        &'tokcli;rebind'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --yes 'Confirm without asking'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;status'= {
            cand --within 'With --check: or will be within this time, such as `7d`, if nobody refreshes'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --check 'Say nothing; exit 4 if a person is needed'
            cand --owner 'Ask the machine that has a login, if that is another one, how it fares'
            cand --utc 'Show times as they stand, in UTC, also on a terminal'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;recover'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --stdin 'Standard input is a sealed answer that an earlier run printed as its last resort'
            cand --discard-journal 'Set a journal that cannot be opened aside (renamed, not deleted); needs --profile'
            cand --secrets 'With --discard-journal: that of the account''s stored secrets'
            cand --yes 'Set it aside although it opens, or although that cannot be told now'
            cand --discard-answers 'Give up answers that cannot be read: they count as lost on their way'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;header'= {
            cand --as 'How it is written'
            cand --url 'The address of the request, for a token that is bound to a key (DPoP): its proof is printed, too'
            cand --method 'The method of that request [GET]'
            cand --nonce 'The nonce that the server wants in the proof: its answer''s `DPoP-Nonce`'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --fresh 'Refresh first if more than half of the token''s life is over, for programs that use one header for long'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokcli;sasl'= {
            cand --user 'The mailbox, mostly its address'
            cand --host 'The mail server, which OAUTHBEARER can name'
            cand --port 'Its port'
            cand --check 'Print nothing, but log in there once and say what the server says [SERVICE: else by its port, else imaps]'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokcli;exec'= {
            cand -p 'Profile whose token the next --env and --fd are about; may be given several times [else as everywhere]'
            cand --profile 'Profile whose token the next --env and --fd are about; may be given several times [else as everywhere]'
            cand --env 'The variable that holds it, as `token`, `header` or `json` [TOKCLI_TOKEN=token if no --env and no --fd is given]'
            cand --fd 'The descriptor from which the command reads it, with a newline'
            cand --min-ttl 'Refresh first if it would expire within this time [else the profile''s `min_ttl`, else 60s]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --fresh 'Refresh first if more than half of the token''s life is over, for what runs long'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;env'= {
            cand --format 'Print it for this shell or reader'
            cand --to 'Set it for the steps that follow in a job of this CI, and mask it in the log; recognised without'
            cand --name 'The variable'
            cand --min-ttl 'Refresh first if it would expire within this time [else the profile''s `min_ttl`, else 60s]'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --fresh 'Refresh first if more than half of the token''s life is over, for what runs long'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokcli;helper'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
            cand git 'For git (`credential.helper`)'
            cand docker 'For docker, podman and skopeo (`credHelpers`)'
            cand kubectl 'For kubectl and other programs of Kubernetes (`users[].user.exec`)'
            cand bazel 'For Bazel and others that run EngFlow''s credential helpers'
            cand cargo 'For cargo (`credential-provider`)'
            cand terraform 'For Terraform and OpenTofu (`data "external"`)'
            cand pip 'For pip and uv, in the place of the program `keyring`'
            cand pnpm 'For pnpm (`tokenHelper`)'
            cand google 'For Google''s client libraries (`credential_source.executable`)'
            cand aws 'For the AWS SDKs (`credential_process`), where the vendor gives temporary keys of that kind'
            cand systemd 'For systemd (`LoadCredential=ID:SOCKET`): standard input is the connection, and ID the profile if none is named'
            cand install 'Make the link by which a program finds its helper, and print what goes into the program''s configuration'
            cand list 'Show each helper: its link, whether its program is set up for it, and whether it works'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokcli;helper;git'= {
            cand --username 'Say this name, and the token in the place of the password, whatever the server offers'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;helper;docker'= {
            cand --username 'The name beside the token [else `oauth2accesstoken`]'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;helper;kubectl'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;helper;bazel'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;helper;cargo'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --cargo-plugin 'As cargo calls it'
            cand --bare 'The token alone, without `Bearer` before it'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;helper;terraform'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;helper;pip'= {
            cand --mode 'As pip calls it; with `creds` the answer holds a name too'
            cand --output 'As pip calls it'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;helper;pnpm'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;helper;google'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;helper;aws'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;helper;systemd'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;helper;install'= {
            cand --dir 'Where the link goes [else ~/.local/bin, or ~/bin if that alone is on PATH]'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --write 'Add the lines to the program''s configuration instead of printing them'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;helper;list'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;helper;help'= {
            cand git 'For git (`credential.helper`)'
            cand docker 'For docker, podman and skopeo (`credHelpers`)'
            cand kubectl 'For kubectl and other programs of Kubernetes (`users[].user.exec`)'
            cand bazel 'For Bazel and others that run EngFlow''s credential helpers'
            cand cargo 'For cargo (`credential-provider`)'
            cand terraform 'For Terraform and OpenTofu (`data "external"`)'
            cand pip 'For pip and uv, in the place of the program `keyring`'
            cand pnpm 'For pnpm (`tokenHelper`)'
            cand google 'For Google''s client libraries (`credential_source.executable`)'
            cand aws 'For the AWS SDKs (`credential_process`), where the vendor gives temporary keys of that kind'
            cand systemd 'For systemd (`LoadCredential=ID:SOCKET`): standard input is the connection, and ID the profile if none is named'
            cand install 'Make the link by which a program finds its helper, and print what goes into the program''s configuration'
            cand list 'Show each helper: its link, whether its program is set up for it, and whether it works'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokcli;helper;help;git'= {
        }
        &'tokcli;helper;help;docker'= {
        }
        &'tokcli;helper;help;kubectl'= {
        }
        &'tokcli;helper;help;bazel'= {
        }
        &'tokcli;helper;help;cargo'= {
        }
        &'tokcli;helper;help;terraform'= {
        }
        &'tokcli;helper;help;pip'= {
        }
        &'tokcli;helper;help;pnpm'= {
        }
        &'tokcli;helper;help;google'= {
        }
        &'tokcli;helper;help;aws'= {
        }
        &'tokcli;helper;help;systemd'= {
        }
        &'tokcli;helper;help;install'= {
        }
        &'tokcli;helper;help;list'= {
        }
        &'tokcli;helper;help;help'= {
        }
        &'tokcli;serve-once'= {
            cand --profiles 'Serve these profiles alone'
            cand --allow 'Let whoever asks do this too'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokcli;keepalive'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
            cand install 'Have the platform''s timer run `refresh --all --due` each hour'
            cand status 'Show which timer there is, whether it works, and what the last run found'
            cand remove 'Take the timer away'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokcli;keepalive;install'= {
            cand --timer 'Which timer [else the one that is installed, else the one that the platform has]'
            cand --program 'The tokcli that it runs, an absolute path [else this one, as PATH finds it]'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --dry-run 'Print what would be written; write nothing'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokcli;keepalive;status'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;keepalive;remove'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;keepalive;help'= {
            cand install 'Have the platform''s timer run `refresh --all --due` each hour'
            cand status 'Show which timer there is, whether it works, and what the last run found'
            cand remove 'Take the timer away'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokcli;keepalive;help;install'= {
        }
        &'tokcli;keepalive;help;status'= {
        }
        &'tokcli;keepalive;help;remove'= {
        }
        &'tokcli;keepalive;help;help'= {
        }
        &'tokcli;doctor'= {
            cand --store 'Look at this store alone'
            cand --mail 'Ask a mail server which logins with a token it offers: `HOST`, `HOST:PORT` or `imap://HOST:PORT`'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --online 'Also ask each vendor''s server whether it can be reached and what time it is, without any secret'
            cand --fix 'Mend what can be mended safely: files and directories of tokcli that others may use'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;dialect'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
            cand list 'List the vendors that are known'
            cand show 'Print a dialect''s source'
            cand new 'Print a starting point for a dialect of your own, from nothing or from what you have at hand'
            cand check 'Say everything that is wrong with a dialect'
            cand test 'Replay a dialect''s recorded examples; nothing is sent'
            cand record 'Refresh once, and print a recorded example of it, in which every secret is made up'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokcli;dialect;list'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;dialect;show'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;dialect;new'= {
            cand --curl 'Make it from the curl command in this file, `-` for standard input'
            cand --answer 'Make it from the vendor''s answer in this file, `-` for standard input'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;dialect;check'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;dialect;test'= {
            cand --answer 'Say instead what the dialect reads in the vendor''s answer in this file, `-` for standard input'
            cand --exchange 'The exchange whose answer it is [else refresh]'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;dialect;record'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;dialect;help'= {
            cand list 'List the vendors that are known'
            cand show 'Print a dialect''s source'
            cand new 'Print a starting point for a dialect of your own, from nothing or from what you have at hand'
            cand check 'Say everything that is wrong with a dialect'
            cand test 'Replay a dialect''s recorded examples; nothing is sent'
            cand record 'Refresh once, and print a recorded example of it, in which every secret is made up'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokcli;dialect;help;list'= {
        }
        &'tokcli;dialect;help;show'= {
        }
        &'tokcli;dialect;help;new'= {
        }
        &'tokcli;dialect;help;check'= {
        }
        &'tokcli;dialect;help;test'= {
        }
        &'tokcli;dialect;help;record'= {
        }
        &'tokcli;dialect;help;help'= {
        }
        &'tokcli;config'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
            cand path 'Print where profiles.toml is looked for'
            cand check 'Check profiles.toml and every dialect it uses'
            cand add 'Write a new profile; at a terminal it asks for what is missing'
            cand remove 'Take a profile out; its credential stays'
            cand edit 'Open profiles.toml in an editor, and put it in place once it is right'
            cand schema 'Print the JSON Schema of profiles.toml and of dialect files, for editors'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokcli;config;path'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;config;check'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;config;add'= {
            cand --dialect 'Its dialect: a built-in name or one under [dialects]'
            cand --set 'A key as in profiles.toml, such as `client_id=app-7` or `client_secret.env=VARIABLE`; may be given several times'
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --default 'Make it the profile that is used if none is asked for'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;config;remove'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;config;edit'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;config;schema'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;config;help'= {
            cand path 'Print where profiles.toml is looked for'
            cand check 'Check profiles.toml and every dialect it uses'
            cand add 'Write a new profile; at a terminal it asks for what is missing'
            cand remove 'Take a profile out; its credential stays'
            cand edit 'Open profiles.toml in an editor, and put it in place once it is right'
            cand schema 'Print the JSON Schema of profiles.toml and of dialect files, for editors'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokcli;config;help;path'= {
        }
        &'tokcli;config;help;check'= {
        }
        &'tokcli;config;help;add'= {
        }
        &'tokcli;config;help;remove'= {
        }
        &'tokcli;config;help;edit'= {
        }
        &'tokcli;config;help;schema'= {
        }
        &'tokcli;config;help;help'= {
        }
        &'tokcli;completions'= {
            cand -p 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --profile 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]'
            cand --config 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]'
            cand --deadline 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]'
            cand --color 'When to use colours'
            cand --json 'Print one JSON object instead of text, errors too'
            cand -q 'Print no warnings'
            cand --quiet 'Print no warnings'
            cand -v 'Say what is done and how long it takes (never a secret)'
            cand --verbose 'Say what is done and how long it takes (never a secret)'
            cand --abandon 'Let the deadline cut off even a request that was sent'
            cand --allow-loss 'Refresh also where the store cannot keep the new refresh token'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokcli;help'= {
            cand token 'Print a valid access token, refreshing it first if need be'
            cand refresh 'Refresh now and print the new access token'
            cand import 'Store a refresh token from standard input or a hidden prompt'
            cand export 'Print a credential as one sealed line, for another machine'
            cand login 'Log in at the vendor, and store what it gives'
            cand logout 'Give a credential back to the vendor where that can be done, and forget it'
            cand secret 'Secrets of a profile that its store keeps (`{ store = true }`)'
            cand rebind 'Confirm that a credential may go to where its profile now points'
            cand status 'Show every profile: who is logged in, the credential''s state and when it dies'
            cand recover 'Bring back what the journal holds and the store does not'
            cand header 'Print the header that a request carries'
            cand sasl 'Print what a mail program says to its server in the place of a password'
            cand exec 'Run a command that has a token in its environment or on a descriptor'
            cand env 'Print a token as an assignment that a shell reads, or set it in a CI job'
            cand helper 'Answer a program that asks for credentials in a way of its own'
            cand serve-once 'Answer one request of another machine on standard input and output, such as over SSH'
            cand keepalive 'Keep logins alive that nobody uses, by the platform''s timer'
            cand doctor 'Say what is wrong here, and how it is mended'
            cand dialect 'The catalogue of vendors'
            cand config 'The configuration file'
            cand completions 'Print a shell''s completion script'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokcli;help;token'= {
        }
        &'tokcli;help;refresh'= {
        }
        &'tokcli;help;import'= {
        }
        &'tokcli;help;export'= {
        }
        &'tokcli;help;login'= {
        }
        &'tokcli;help;logout'= {
        }
        &'tokcli;help;secret'= {
            cand set 'Store a secret from standard input or a hidden prompt'
            cand list 'List stored secrets by name: when they were set and where they may go'
            cand rm 'Remove a stored secret'
        }
        &'tokcli;help;secret;set'= {
        }
        &'tokcli;help;secret;list'= {
        }
        &'tokcli;help;secret;rm'= {
        }
        &'tokcli;help;rebind'= {
        }
        &'tokcli;help;status'= {
        }
        &'tokcli;help;recover'= {
        }
        &'tokcli;help;header'= {
        }
        &'tokcli;help;sasl'= {
        }
        &'tokcli;help;exec'= {
        }
        &'tokcli;help;env'= {
        }
        &'tokcli;help;helper'= {
            cand git 'For git (`credential.helper`)'
            cand docker 'For docker, podman and skopeo (`credHelpers`)'
            cand kubectl 'For kubectl and other programs of Kubernetes (`users[].user.exec`)'
            cand bazel 'For Bazel and others that run EngFlow''s credential helpers'
            cand cargo 'For cargo (`credential-provider`)'
            cand terraform 'For Terraform and OpenTofu (`data "external"`)'
            cand pip 'For pip and uv, in the place of the program `keyring`'
            cand pnpm 'For pnpm (`tokenHelper`)'
            cand google 'For Google''s client libraries (`credential_source.executable`)'
            cand aws 'For the AWS SDKs (`credential_process`), where the vendor gives temporary keys of that kind'
            cand systemd 'For systemd (`LoadCredential=ID:SOCKET`): standard input is the connection, and ID the profile if none is named'
            cand install 'Make the link by which a program finds its helper, and print what goes into the program''s configuration'
            cand list 'Show each helper: its link, whether its program is set up for it, and whether it works'
        }
        &'tokcli;help;helper;git'= {
        }
        &'tokcli;help;helper;docker'= {
        }
        &'tokcli;help;helper;kubectl'= {
        }
        &'tokcli;help;helper;bazel'= {
        }
        &'tokcli;help;helper;cargo'= {
        }
        &'tokcli;help;helper;terraform'= {
        }
        &'tokcli;help;helper;pip'= {
        }
        &'tokcli;help;helper;pnpm'= {
        }
        &'tokcli;help;helper;google'= {
        }
        &'tokcli;help;helper;aws'= {
        }
        &'tokcli;help;helper;systemd'= {
        }
        &'tokcli;help;helper;install'= {
        }
        &'tokcli;help;helper;list'= {
        }
        &'tokcli;help;serve-once'= {
        }
        &'tokcli;help;keepalive'= {
            cand install 'Have the platform''s timer run `refresh --all --due` each hour'
            cand status 'Show which timer there is, whether it works, and what the last run found'
            cand remove 'Take the timer away'
        }
        &'tokcli;help;keepalive;install'= {
        }
        &'tokcli;help;keepalive;status'= {
        }
        &'tokcli;help;keepalive;remove'= {
        }
        &'tokcli;help;doctor'= {
        }
        &'tokcli;help;dialect'= {
            cand list 'List the vendors that are known'
            cand show 'Print a dialect''s source'
            cand new 'Print a starting point for a dialect of your own, from nothing or from what you have at hand'
            cand check 'Say everything that is wrong with a dialect'
            cand test 'Replay a dialect''s recorded examples; nothing is sent'
            cand record 'Refresh once, and print a recorded example of it, in which every secret is made up'
        }
        &'tokcli;help;dialect;list'= {
        }
        &'tokcli;help;dialect;show'= {
        }
        &'tokcli;help;dialect;new'= {
        }
        &'tokcli;help;dialect;check'= {
        }
        &'tokcli;help;dialect;test'= {
        }
        &'tokcli;help;dialect;record'= {
        }
        &'tokcli;help;config'= {
            cand path 'Print where profiles.toml is looked for'
            cand check 'Check profiles.toml and every dialect it uses'
            cand add 'Write a new profile; at a terminal it asks for what is missing'
            cand remove 'Take a profile out; its credential stays'
            cand edit 'Open profiles.toml in an editor, and put it in place once it is right'
            cand schema 'Print the JSON Schema of profiles.toml and of dialect files, for editors'
        }
        &'tokcli;help;config;path'= {
        }
        &'tokcli;help;config;check'= {
        }
        &'tokcli;help;config;add'= {
        }
        &'tokcli;help;config;remove'= {
        }
        &'tokcli;help;config;edit'= {
        }
        &'tokcli;help;config;schema'= {
        }
        &'tokcli;help;completions'= {
        }
        &'tokcli;help;help'= {
        }
    ]
    $completions[$command]
}
