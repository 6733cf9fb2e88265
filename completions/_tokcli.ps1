
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'tokcli' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'tokcli'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'tokcli' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Print a valid access token, refreshing it first if need be')
            [CompletionResult]::new('refresh', 'refresh', [CompletionResultType]::ParameterValue, 'Refresh now and print the new access token')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Store a refresh token from standard input or a hidden prompt')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Print a credential as one sealed line, for another machine')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Log in at the vendor, and store what it gives')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Give a credential back to the vendor where that can be done, and forget it')
            [CompletionResult]::new('secret', 'secret', [CompletionResultType]::ParameterValue, 'Secrets of a profile that its store keeps (`{ store = true }`)')
            [CompletionResult]::new('rebind', 'rebind', [CompletionResultType]::ParameterValue, 'Confirm that a credential may go to where its profile now points')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show every profile: who is logged in, the credential''s state and when it dies')
            [CompletionResult]::new('recover', 'recover', [CompletionResultType]::ParameterValue, 'Bring back what the journal holds and the store does not')
            [CompletionResult]::new('header', 'header', [CompletionResultType]::ParameterValue, 'Print the header that a request carries')
            [CompletionResult]::new('sasl', 'sasl', [CompletionResultType]::ParameterValue, 'Print what a mail program says to its server in the place of a password')
            [CompletionResult]::new('exec', 'exec', [CompletionResultType]::ParameterValue, 'Run a command that has a token in its environment or on a descriptor')
            [CompletionResult]::new('env', 'env', [CompletionResultType]::ParameterValue, 'Print a token as an assignment that a shell reads, or set it in a CI job')
            [CompletionResult]::new('helper', 'helper', [CompletionResultType]::ParameterValue, 'Answer a program that asks for credentials in a way of its own')
            [CompletionResult]::new('serve-once', 'serve-once', [CompletionResultType]::ParameterValue, 'Answer one request of another machine on standard input and output, such as over SSH')
            [CompletionResult]::new('keepalive', 'keepalive', [CompletionResultType]::ParameterValue, 'Keep logins alive that nobody uses, by the platform''s timer')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Say what is wrong here, and how it is mended')
            [CompletionResult]::new('dialect', 'dialect', [CompletionResultType]::ParameterValue, 'The catalogue of vendors')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'The configuration file')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a shell''s completion script')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokcli;token' {
            [CompletionResult]::new('--min-ttl', '--min-ttl', [CompletionResultType]::ParameterName, 'Refresh first if it would expire within this time [else the profile''s `min_ttl`, else 60s]')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Ask for this scope instead of the profile''s; the login keeps a token for each')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--fresh', '--fresh', [CompletionResultType]::ParameterName, 'Refresh first if more than half of the token''s life is over, for what runs long')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Send nothing to the vendor; print any token that is still valid')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Read the store, not the cache of access tokens, and leave nothing in the cache')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;refresh' {
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'With --all: how many at once')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'With --all: how many at once')
            [CompletionResult]::new('--takeover', '--takeover', [CompletionResultType]::ParameterName, 'In a fleet: do not wait for a machine that sent the refresh token and may have the answer')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Refresh every profile; prints outcomes, never tokens')
            [CompletionResult]::new('--due', '--due', [CompletionResultType]::ParameterName, 'With --all: only those past half of their refresh token''s life, or not refreshed for a day if that is unknown')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the request with its secrets masked; send nothing')
            [CompletionResult]::new('--force-replay', '--force-replay', [CompletionResultType]::ParameterName, 'Send once more although the outcome of the last request is not known')
            [CompletionResult]::new('--strict-store', '--strict-store', [CompletionResultType]::ParameterName, 'Fail with exit 7 if the store did not take the new credential, though the journal did')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokcli;import' {
            [CompletionResult]::new('--obtained-at', '--obtained-at', [CompletionResultType]::ParameterName, 'When the vendor gave that answer: `now`, RFC 3339, or seconds since 1970')
            [CompletionResult]::new('--key-env', '--key-env', [CompletionResultType]::ParameterName, 'With --sealed: the environment variable that holds its key, 32 bytes in base64 [else the store''s own key]')
            [CompletionResult]::new('--key-file', '--key-file', [CompletionResultType]::ParameterName, 'With --sealed: the file that holds its key')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--answer', '--answer', [CompletionResultType]::ParameterName, 'Standard input is a whole token answer of the vendor, not a bare refresh token')
            [CompletionResult]::new('--sealed', '--sealed', [CompletionResultType]::ParameterName, 'Standard input is what `export --sealed` printed')
            [CompletionResult]::new('--replace', '--replace', [CompletionResultType]::ParameterName, 'Replace the credential that is there')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;export' {
            [CompletionResult]::new('--key-env', '--key-env', [CompletionResultType]::ParameterName, 'With --sealed: the environment variable that holds its key, 32 bytes in base64 [else the store''s own key]')
            [CompletionResult]::new('--key-file', '--key-file', [CompletionResultType]::ParameterName, 'With --sealed: the file that holds its key')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--sealed', '--sealed', [CompletionResultType]::ParameterName, 'Seal it with the key, without which nobody can read it; there is no other form')
            [CompletionResult]::new('--copy', '--copy', [CompletionResultType]::ParameterName, 'Go on refreshing here, too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;login' {
            [CompletionResult]::new('--grant', '--grant', [CompletionResultType]::ParameterName, 'Which of the dialect''s logins, such as `authorization_code`, `device_code` or `password`')
            [CompletionResult]::new('--redirect-port', '--redirect-port', [CompletionResultType]::ParameterName, 'The port at which the browser comes back, where the vendor takes any')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Ask for this scope instead of the profile''s')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The resource that tokens are wanted for, such as an MCP server: it is asked whom it trusts, and a profile is written')
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, 'Which server''s, of several that the resource trusts')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'Decide on another device: an address and a code are shown')
            [CompletionResult]::new('--paste', '--paste', [CompletionResultType]::ParameterName, 'Listen for no browser: paste the address that it shows in the end')
            [CompletionResult]::new('--no-browser', '--no-browser', [CompletionResultType]::ParameterName, 'Show the address instead of opening a browser')
            [CompletionResult]::new('--replace', '--replace', [CompletionResultType]::ParameterName, 'Replace the credential that is there')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Confirm what is found, without a question')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;logout' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--local', '--local', [CompletionResultType]::ParameterName, 'Forget it without telling the vendor')
            [CompletionResult]::new('--owner', '--owner', [CompletionResultType]::ParameterName, 'Of a login that another machine has: have it log out there too, where it allows that')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Every profile''s credential')
            [CompletionResult]::new('--all-secrets', '--all-secrets', [CompletionResultType]::ParameterName, 'Forget the account''s stored secrets too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;secret' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Store a secret from standard input or a hidden prompt')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List stored secrets by name: when they were set and where they may go')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Remove a stored secret')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokcli;secret;set' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;secret;list' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;secret;rm' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;secret;help' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Store a secret from standard input or a hidden prompt')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List stored secrets by name: when they were set and where they may go')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Remove a stored secret')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokcli;secret;help;set' {
            break
        }
        'tokcli;secret;help;list' {
            break
        }
        'tokcli;secret;help;rm' {
            break
        }
        'tokcli;secret;help;help' {
            break
        }
        'tokcli;rebind' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Confirm without asking')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;status' {
            [CompletionResult]::new('--within', '--within', [CompletionResultType]::ParameterName, 'With --check: or will be within this time, such as `7d`, if nobody refreshes')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Say nothing; exit 4 if a person is needed')
            [CompletionResult]::new('--owner', '--owner', [CompletionResultType]::ParameterName, 'Ask the machine that has a login, if that is another one, how it fares')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as they stand, in UTC, also on a terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;recover' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'Standard input is a sealed answer that an earlier run printed as its last resort')
            [CompletionResult]::new('--discard-journal', '--discard-journal', [CompletionResultType]::ParameterName, 'Set a journal that cannot be opened aside (renamed, not deleted); needs --profile')
            [CompletionResult]::new('--secrets', '--secrets', [CompletionResultType]::ParameterName, 'With --discard-journal: that of the account''s stored secrets')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Set it aside although it opens, or although that cannot be told now')
            [CompletionResult]::new('--discard-answers', '--discard-answers', [CompletionResultType]::ParameterName, 'Give up answers that cannot be read: they count as lost on their way')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;header' {
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'How it is written')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The address of the request, for a token that is bound to a key (DPoP): its proof is printed, too')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'The method of that request [GET]')
            [CompletionResult]::new('--nonce', '--nonce', [CompletionResultType]::ParameterName, 'The nonce that the server wants in the proof: its answer''s `DPoP-Nonce`')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--fresh', '--fresh', [CompletionResultType]::ParameterName, 'Refresh first if more than half of the token''s life is over, for programs that use one header for long')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokcli;sasl' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'The mailbox, mostly its address')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'The mail server, which OAUTHBEARER can name')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Its port')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Print nothing, but log in there once and say what the server says [SERVICE: else by its port, else imaps]')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokcli;exec' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile whose token the next --env and --fd are about; may be given several times [else as everywhere]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile whose token the next --env and --fd are about; may be given several times [else as everywhere]')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'The variable that holds it, as `token`, `header` or `json` [TOKCLI_TOKEN=token if no --env and no --fd is given]')
            [CompletionResult]::new('--fd', '--fd', [CompletionResultType]::ParameterName, 'The descriptor from which the command reads it, with a newline')
            [CompletionResult]::new('--min-ttl', '--min-ttl', [CompletionResultType]::ParameterName, 'Refresh first if it would expire within this time [else the profile''s `min_ttl`, else 60s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--fresh', '--fresh', [CompletionResultType]::ParameterName, 'Refresh first if more than half of the token''s life is over, for what runs long')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;env' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print it for this shell or reader')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Set it for the steps that follow in a job of this CI, and mask it in the log; recognised without')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The variable')
            [CompletionResult]::new('--min-ttl', '--min-ttl', [CompletionResultType]::ParameterName, 'Refresh first if it would expire within this time [else the profile''s `min_ttl`, else 60s]')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--fresh', '--fresh', [CompletionResultType]::ParameterName, 'Refresh first if more than half of the token''s life is over, for what runs long')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokcli;helper' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('git', 'git', [CompletionResultType]::ParameterValue, 'For git (`credential.helper`)')
            [CompletionResult]::new('docker', 'docker', [CompletionResultType]::ParameterValue, 'For docker, podman and skopeo (`credHelpers`)')
            [CompletionResult]::new('kubectl', 'kubectl', [CompletionResultType]::ParameterValue, 'For kubectl and other programs of Kubernetes (`users[].user.exec`)')
            [CompletionResult]::new('bazel', 'bazel', [CompletionResultType]::ParameterValue, 'For Bazel and others that run EngFlow''s credential helpers')
            [CompletionResult]::new('cargo', 'cargo', [CompletionResultType]::ParameterValue, 'For cargo (`credential-provider`)')
            [CompletionResult]::new('terraform', 'terraform', [CompletionResultType]::ParameterValue, 'For Terraform and OpenTofu (`data "external"`)')
            [CompletionResult]::new('pip', 'pip', [CompletionResultType]::ParameterValue, 'For pip and uv, in the place of the program `keyring`')
            [CompletionResult]::new('pnpm', 'pnpm', [CompletionResultType]::ParameterValue, 'For pnpm (`tokenHelper`)')
            [CompletionResult]::new('google', 'google', [CompletionResultType]::ParameterValue, 'For Google''s client libraries (`credential_source.executable`)')
            [CompletionResult]::new('aws', 'aws', [CompletionResultType]::ParameterValue, 'For the AWS SDKs (`credential_process`), where the vendor gives temporary keys of that kind')
            [CompletionResult]::new('systemd', 'systemd', [CompletionResultType]::ParameterValue, 'For systemd (`LoadCredential=ID:SOCKET`): standard input is the connection, and ID the profile if none is named')
            [CompletionResult]::new('install', 'install', [CompletionResultType]::ParameterValue, 'Make the link by which a program finds its helper, and print what goes into the program''s configuration')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show each helper: its link, whether its program is set up for it, and whether it works')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokcli;helper;git' {
            [CompletionResult]::new('--username', '--username', [CompletionResultType]::ParameterName, 'Say this name, and the token in the place of the password, whatever the server offers')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;helper;docker' {
            [CompletionResult]::new('--username', '--username', [CompletionResultType]::ParameterName, 'The name beside the token [else `oauth2accesstoken`]')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;helper;kubectl' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;helper;bazel' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;helper;cargo' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--cargo-plugin', '--cargo-plugin', [CompletionResultType]::ParameterName, 'As cargo calls it')
            [CompletionResult]::new('--bare', '--bare', [CompletionResultType]::ParameterName, 'The token alone, without `Bearer` before it')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;helper;terraform' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;helper;pip' {
            [CompletionResult]::new('--mode', '--mode', [CompletionResultType]::ParameterName, 'As pip calls it; with `creds` the answer holds a name too')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'As pip calls it')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;helper;pnpm' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;helper;google' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;helper;aws' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;helper;systemd' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;helper;install' {
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Where the link goes [else ~/.local/bin, or ~/bin if that alone is on PATH]')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--write', '--write', [CompletionResultType]::ParameterName, 'Add the lines to the program''s configuration instead of printing them')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;helper;list' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;helper;help' {
            [CompletionResult]::new('git', 'git', [CompletionResultType]::ParameterValue, 'For git (`credential.helper`)')
            [CompletionResult]::new('docker', 'docker', [CompletionResultType]::ParameterValue, 'For docker, podman and skopeo (`credHelpers`)')
            [CompletionResult]::new('kubectl', 'kubectl', [CompletionResultType]::ParameterValue, 'For kubectl and other programs of Kubernetes (`users[].user.exec`)')
            [CompletionResult]::new('bazel', 'bazel', [CompletionResultType]::ParameterValue, 'For Bazel and others that run EngFlow''s credential helpers')
            [CompletionResult]::new('cargo', 'cargo', [CompletionResultType]::ParameterValue, 'For cargo (`credential-provider`)')
            [CompletionResult]::new('terraform', 'terraform', [CompletionResultType]::ParameterValue, 'For Terraform and OpenTofu (`data "external"`)')
            [CompletionResult]::new('pip', 'pip', [CompletionResultType]::ParameterValue, 'For pip and uv, in the place of the program `keyring`')
            [CompletionResult]::new('pnpm', 'pnpm', [CompletionResultType]::ParameterValue, 'For pnpm (`tokenHelper`)')
            [CompletionResult]::new('google', 'google', [CompletionResultType]::ParameterValue, 'For Google''s client libraries (`credential_source.executable`)')
            [CompletionResult]::new('aws', 'aws', [CompletionResultType]::ParameterValue, 'For the AWS SDKs (`credential_process`), where the vendor gives temporary keys of that kind')
            [CompletionResult]::new('systemd', 'systemd', [CompletionResultType]::ParameterValue, 'For systemd (`LoadCredential=ID:SOCKET`): standard input is the connection, and ID the profile if none is named')
            [CompletionResult]::new('install', 'install', [CompletionResultType]::ParameterValue, 'Make the link by which a program finds its helper, and print what goes into the program''s configuration')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show each helper: its link, whether its program is set up for it, and whether it works')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokcli;helper;help;git' {
            break
        }
        'tokcli;helper;help;docker' {
            break
        }
        'tokcli;helper;help;kubectl' {
            break
        }
        'tokcli;helper;help;bazel' {
            break
        }
        'tokcli;helper;help;cargo' {
            break
        }
        'tokcli;helper;help;terraform' {
            break
        }
        'tokcli;helper;help;pip' {
            break
        }
        'tokcli;helper;help;pnpm' {
            break
        }
        'tokcli;helper;help;google' {
            break
        }
        'tokcli;helper;help;aws' {
            break
        }
        'tokcli;helper;help;systemd' {
            break
        }
        'tokcli;helper;help;install' {
            break
        }
        'tokcli;helper;help;list' {
            break
        }
        'tokcli;helper;help;help' {
            break
        }
        'tokcli;serve-once' {
            [CompletionResult]::new('--profiles', '--profiles', [CompletionResultType]::ParameterName, 'Serve these profiles alone')
            [CompletionResult]::new('--allow', '--allow', [CompletionResultType]::ParameterName, 'Let whoever asks do this too')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokcli;keepalive' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('install', 'install', [CompletionResultType]::ParameterValue, 'Have the platform''s timer run `refresh --all --due` each hour')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show which timer there is, whether it works, and what the last run found')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Take the timer away')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokcli;keepalive;install' {
            [CompletionResult]::new('--timer', '--timer', [CompletionResultType]::ParameterName, 'Which timer [else the one that is installed, else the one that the platform has]')
            [CompletionResult]::new('--program', '--program', [CompletionResultType]::ParameterName, 'The tokcli that it runs, an absolute path [else this one, as PATH finds it]')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print what would be written; write nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokcli;keepalive;status' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;keepalive;remove' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;keepalive;help' {
            [CompletionResult]::new('install', 'install', [CompletionResultType]::ParameterValue, 'Have the platform''s timer run `refresh --all --due` each hour')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show which timer there is, whether it works, and what the last run found')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Take the timer away')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokcli;keepalive;help;install' {
            break
        }
        'tokcli;keepalive;help;status' {
            break
        }
        'tokcli;keepalive;help;remove' {
            break
        }
        'tokcli;keepalive;help;help' {
            break
        }
        'tokcli;doctor' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Look at this store alone')
            [CompletionResult]::new('--mail', '--mail', [CompletionResultType]::ParameterName, 'Ask a mail server which logins with a token it offers: `HOST`, `HOST:PORT` or `imap://HOST:PORT`')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--online', '--online', [CompletionResultType]::ParameterName, 'Also ask each vendor''s server whether it can be reached and what time it is, without any secret')
            [CompletionResult]::new('--fix', '--fix', [CompletionResultType]::ParameterName, 'Mend what can be mended safely: files and directories of tokcli that others may use')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;dialect' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the vendors that are known')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print a dialect''s source')
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Print a starting point for a dialect of your own, from nothing or from what you have at hand')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Say everything that is wrong with a dialect')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Replay a dialect''s recorded examples; nothing is sent')
            [CompletionResult]::new('record', 'record', [CompletionResultType]::ParameterValue, 'Refresh once, and print a recorded example of it, in which every secret is made up')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokcli;dialect;list' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;dialect;show' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;dialect;new' {
            [CompletionResult]::new('--curl', '--curl', [CompletionResultType]::ParameterName, 'Make it from the curl command in this file, `-` for standard input')
            [CompletionResult]::new('--answer', '--answer', [CompletionResultType]::ParameterName, 'Make it from the vendor''s answer in this file, `-` for standard input')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;dialect;check' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;dialect;test' {
            [CompletionResult]::new('--answer', '--answer', [CompletionResultType]::ParameterName, 'Say instead what the dialect reads in the vendor''s answer in this file, `-` for standard input')
            [CompletionResult]::new('--exchange', '--exchange', [CompletionResultType]::ParameterName, 'The exchange whose answer it is [else refresh]')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;dialect;record' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;dialect;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the vendors that are known')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print a dialect''s source')
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Print a starting point for a dialect of your own, from nothing or from what you have at hand')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Say everything that is wrong with a dialect')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Replay a dialect''s recorded examples; nothing is sent')
            [CompletionResult]::new('record', 'record', [CompletionResultType]::ParameterValue, 'Refresh once, and print a recorded example of it, in which every secret is made up')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokcli;dialect;help;list' {
            break
        }
        'tokcli;dialect;help;show' {
            break
        }
        'tokcli;dialect;help;new' {
            break
        }
        'tokcli;dialect;help;check' {
            break
        }
        'tokcli;dialect;help;test' {
            break
        }
        'tokcli;dialect;help;record' {
            break
        }
        'tokcli;dialect;help;help' {
            break
        }
        'tokcli;config' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where profiles.toml is looked for')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check profiles.toml and every dialect it uses')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Write a new profile; at a terminal it asks for what is missing')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Take a profile out; its credential stays')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Open profiles.toml in an editor, and put it in place once it is right')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of profiles.toml and of dialect files, for editors')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokcli;config;path' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;config;check' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;config;add' {
            [CompletionResult]::new('--dialect', '--dialect', [CompletionResultType]::ParameterName, 'Its dialect: a built-in name or one under [dialects]')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'A key as in profiles.toml, such as `client_id=app-7` or `client_secret.env=VARIABLE`; may be given several times')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--default', '--default', [CompletionResultType]::ParameterName, 'Make it the profile that is used if none is asked for')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;config;remove' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;config;edit' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;config;schema' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;config;help' {
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where profiles.toml is looked for')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check profiles.toml and every dialect it uses')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Write a new profile; at a terminal it asks for what is missing')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Take a profile out; its credential stays')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Open profiles.toml in an editor, and put it in place once it is right')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of profiles.toml and of dialect files, for editors')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokcli;config;help;path' {
            break
        }
        'tokcli;config;help;check' {
            break
        }
        'tokcli;config;help;add' {
            break
        }
        'tokcli;config;help;remove' {
            break
        }
        'tokcli;config;help;edit' {
            break
        }
        'tokcli;config;help;schema' {
            break
        }
        'tokcli;config;help;help' {
            break
        }
        'tokcli;completions' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and how long it takes (never a secret)')
            [CompletionResult]::new('--abandon', '--abandon', [CompletionResultType]::ParameterName, 'Let the deadline cut off even a request that was sent')
            [CompletionResult]::new('--allow-loss', '--allow-loss', [CompletionResultType]::ParameterName, 'Refresh also where the store cannot keep the new refresh token')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokcli;help' {
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Print a valid access token, refreshing it first if need be')
            [CompletionResult]::new('refresh', 'refresh', [CompletionResultType]::ParameterValue, 'Refresh now and print the new access token')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Store a refresh token from standard input or a hidden prompt')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Print a credential as one sealed line, for another machine')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Log in at the vendor, and store what it gives')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Give a credential back to the vendor where that can be done, and forget it')
            [CompletionResult]::new('secret', 'secret', [CompletionResultType]::ParameterValue, 'Secrets of a profile that its store keeps (`{ store = true }`)')
            [CompletionResult]::new('rebind', 'rebind', [CompletionResultType]::ParameterValue, 'Confirm that a credential may go to where its profile now points')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show every profile: who is logged in, the credential''s state and when it dies')
            [CompletionResult]::new('recover', 'recover', [CompletionResultType]::ParameterValue, 'Bring back what the journal holds and the store does not')
            [CompletionResult]::new('header', 'header', [CompletionResultType]::ParameterValue, 'Print the header that a request carries')
            [CompletionResult]::new('sasl', 'sasl', [CompletionResultType]::ParameterValue, 'Print what a mail program says to its server in the place of a password')
            [CompletionResult]::new('exec', 'exec', [CompletionResultType]::ParameterValue, 'Run a command that has a token in its environment or on a descriptor')
            [CompletionResult]::new('env', 'env', [CompletionResultType]::ParameterValue, 'Print a token as an assignment that a shell reads, or set it in a CI job')
            [CompletionResult]::new('helper', 'helper', [CompletionResultType]::ParameterValue, 'Answer a program that asks for credentials in a way of its own')
            [CompletionResult]::new('serve-once', 'serve-once', [CompletionResultType]::ParameterValue, 'Answer one request of another machine on standard input and output, such as over SSH')
            [CompletionResult]::new('keepalive', 'keepalive', [CompletionResultType]::ParameterValue, 'Keep logins alive that nobody uses, by the platform''s timer')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Say what is wrong here, and how it is mended')
            [CompletionResult]::new('dialect', 'dialect', [CompletionResultType]::ParameterValue, 'The catalogue of vendors')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'The configuration file')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a shell''s completion script')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokcli;help;token' {
            break
        }
        'tokcli;help;refresh' {
            break
        }
        'tokcli;help;import' {
            break
        }
        'tokcli;help;export' {
            break
        }
        'tokcli;help;login' {
            break
        }
        'tokcli;help;logout' {
            break
        }
        'tokcli;help;secret' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Store a secret from standard input or a hidden prompt')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List stored secrets by name: when they were set and where they may go')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Remove a stored secret')
            break
        }
        'tokcli;help;secret;set' {
            break
        }
        'tokcli;help;secret;list' {
            break
        }
        'tokcli;help;secret;rm' {
            break
        }
        'tokcli;help;rebind' {
            break
        }
        'tokcli;help;status' {
            break
        }
        'tokcli;help;recover' {
            break
        }
        'tokcli;help;header' {
            break
        }
        'tokcli;help;sasl' {
            break
        }
        'tokcli;help;exec' {
            break
        }
        'tokcli;help;env' {
            break
        }
        'tokcli;help;helper' {
            [CompletionResult]::new('git', 'git', [CompletionResultType]::ParameterValue, 'For git (`credential.helper`)')
            [CompletionResult]::new('docker', 'docker', [CompletionResultType]::ParameterValue, 'For docker, podman and skopeo (`credHelpers`)')
            [CompletionResult]::new('kubectl', 'kubectl', [CompletionResultType]::ParameterValue, 'For kubectl and other programs of Kubernetes (`users[].user.exec`)')
            [CompletionResult]::new('bazel', 'bazel', [CompletionResultType]::ParameterValue, 'For Bazel and others that run EngFlow''s credential helpers')
            [CompletionResult]::new('cargo', 'cargo', [CompletionResultType]::ParameterValue, 'For cargo (`credential-provider`)')
            [CompletionResult]::new('terraform', 'terraform', [CompletionResultType]::ParameterValue, 'For Terraform and OpenTofu (`data "external"`)')
            [CompletionResult]::new('pip', 'pip', [CompletionResultType]::ParameterValue, 'For pip and uv, in the place of the program `keyring`')
            [CompletionResult]::new('pnpm', 'pnpm', [CompletionResultType]::ParameterValue, 'For pnpm (`tokenHelper`)')
            [CompletionResult]::new('google', 'google', [CompletionResultType]::ParameterValue, 'For Google''s client libraries (`credential_source.executable`)')
            [CompletionResult]::new('aws', 'aws', [CompletionResultType]::ParameterValue, 'For the AWS SDKs (`credential_process`), where the vendor gives temporary keys of that kind')
            [CompletionResult]::new('systemd', 'systemd', [CompletionResultType]::ParameterValue, 'For systemd (`LoadCredential=ID:SOCKET`): standard input is the connection, and ID the profile if none is named')
            [CompletionResult]::new('install', 'install', [CompletionResultType]::ParameterValue, 'Make the link by which a program finds its helper, and print what goes into the program''s configuration')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show each helper: its link, whether its program is set up for it, and whether it works')
            break
        }
        'tokcli;help;helper;git' {
            break
        }
        'tokcli;help;helper;docker' {
            break
        }
        'tokcli;help;helper;kubectl' {
            break
        }
        'tokcli;help;helper;bazel' {
            break
        }
        'tokcli;help;helper;cargo' {
            break
        }
        'tokcli;help;helper;terraform' {
            break
        }
        'tokcli;help;helper;pip' {
            break
        }
        'tokcli;help;helper;pnpm' {
            break
        }
        'tokcli;help;helper;google' {
            break
        }
        'tokcli;help;helper;aws' {
            break
        }
        'tokcli;help;helper;systemd' {
            break
        }
        'tokcli;help;helper;install' {
            break
        }
        'tokcli;help;helper;list' {
            break
        }
        'tokcli;help;serve-once' {
            break
        }
        'tokcli;help;keepalive' {
            [CompletionResult]::new('install', 'install', [CompletionResultType]::ParameterValue, 'Have the platform''s timer run `refresh --all --due` each hour')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show which timer there is, whether it works, and what the last run found')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Take the timer away')
            break
        }
        'tokcli;help;keepalive;install' {
            break
        }
        'tokcli;help;keepalive;status' {
            break
        }
        'tokcli;help;keepalive;remove' {
            break
        }
        'tokcli;help;doctor' {
            break
        }
        'tokcli;help;dialect' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the vendors that are known')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print a dialect''s source')
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Print a starting point for a dialect of your own, from nothing or from what you have at hand')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Say everything that is wrong with a dialect')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Replay a dialect''s recorded examples; nothing is sent')
            [CompletionResult]::new('record', 'record', [CompletionResultType]::ParameterValue, 'Refresh once, and print a recorded example of it, in which every secret is made up')
            break
        }
        'tokcli;help;dialect;list' {
            break
        }
        'tokcli;help;dialect;show' {
            break
        }
        'tokcli;help;dialect;new' {
            break
        }
        'tokcli;help;dialect;check' {
            break
        }
        'tokcli;help;dialect;test' {
            break
        }
        'tokcli;help;dialect;record' {
            break
        }
        'tokcli;help;config' {
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where profiles.toml is looked for')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check profiles.toml and every dialect it uses')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Write a new profile; at a terminal it asks for what is missing')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Take a profile out; its credential stays')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Open profiles.toml in an editor, and put it in place once it is right')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of profiles.toml and of dialect files, for editors')
            break
        }
        'tokcli;help;config;path' {
            break
        }
        'tokcli;help;config;check' {
            break
        }
        'tokcli;help;config;add' {
            break
        }
        'tokcli;help;config;remove' {
            break
        }
        'tokcli;help;config;edit' {
            break
        }
        'tokcli;help;config;schema' {
            break
        }
        'tokcli;help;completions' {
            break
        }
        'tokcli;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
