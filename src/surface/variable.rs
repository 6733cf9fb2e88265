//! Names of environment variables in which a token may be put, for `exec` and `env` alike.
//!
//! The rule that matters: what a token is, its vendor chose. So it goes into no variable by whose value a shell, a loader, a
//! runtime or a tool runs something, loads something, or turns to another place.

use crate::base::error::{Result, refused};

/// Where nothing is said.
pub(crate) const USUAL: &str = "TOKCLI_TOKEN";

/// Longer ones nobody has, and a name is shown in a message.
const LONGEST: usize = 200;

/// `Err` says why not.
pub(crate) fn check(name: &str) -> Result<()> {
    let good = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    if !name.bytes().all(good) || name.is_empty() || name.as_bytes()[0].is_ascii_digit() {
        let words =
            "a variable's name has only ASCII letters, digits and `_`, and does not begin with a digit";
        return Err(refused(words));
    }
    if name.len() > LONGEST {
        return Err(refused(format!("a variable's name has at most {LONGEST} characters")));
    }
    // Of these shells have special ones, such as zsh's `path`, and tools the addresses of proxies.
    if !name.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(refused(format!(
            "`{name}` has no capital letter: shells give such names their own meaning"
        )));
    }
    if is_taken(&name.to_ascii_uppercase()) {
        return Err(refused(format!(
            "`{name}` means something to shells, loaders or tools: no token is put there"
        )));
    }
    Ok(())
}

/// In capitals, because on Windows all of them are one.
fn is_taken(name: &str) -> bool {
    let whole = TAKEN.split_ascii_whitespace().any(|taken| taken == name);
    let begins = |list: &str| list.split_ascii_whitespace().any(|head| name.starts_with(head));
    let ends = |list: &str| list.split_ascii_whitespace().any(|tail| name.ends_with(tail));
    whole || begins(HEADS) || ends(TAILS) || (begins(FAMILIES) && !ends(CREDENTIALS))
}

/// Loaders, shells, and tokcli itself: whatever follows.
const HEADS: &str =
    "LD_ DYLD_ BASH_ MALLOC_ GLIBC_ LC_ TOKCLI_CONFIG TOKCLI_PROFILE TOKCLI_STATE_DIR TOKCLI_TEST";

/// Places where programs look for programs, modules and files, and what is run instead of something.
const TAILS: &str = "PATH ASKPASS EDITOR PAGER WRAPPER _RUNNER _LINKER _PROXY HOME PRELOAD OPTIONS _OPTS _PREFIX _COMMAND FLAGS \
    _PROG _CONFIG CONFIG_FILE _CONFIG_DIR _CMD _SHELL _DIFF _DRIVER TOOLCHAIN_FILE _CMD_SUBST RCFILE _HOOK _HOOKS _PLUGIN _PLUGINS";

/// Tools that many of their variables direct, but that have some for tokens, too.
const FAMILIES: &str = "GIT_ PYTHON NODE_ NPM_CONFIG_ YARN_ CARGO_ RUST PERL RUBY GEM_ BUNDLE_ PHP_ LUA_ JAVA_ JDK_ MAVEN_ \
    GRADLE_ DOTNET_ CORECLR_ COR_ COMPLUS_ OPENSSL_ SSL_ CURL_ SSH_ SUDO_ DOCKER_ PIP_ UV_ ELECTRON_ ERL_ ELIXIR_ \
    JULIA_ R_ TCL TK_ GTK_ GIO_ QT_ QML SYSTEMD_ DBUS_ XDG_ FISH_ ZSH_ COMP_ TF_CLI_ MISE_ DIRENV_ KSH TRY_BLOCK_ EPOCH FAKECHROOT_ ANSIBLE_ KRB5_ NIX_ \
    PKG_CONFIG CMAKE_ CCACHE_ DISTCC_ LESS GNUPG FZF_ RESOLV_ AWS_ENDPOINT_URL CONTAINER_HOST GDB VALGRIND_ ASAN_ UBSAN_ LSAN_ TSAN_ MSAN_ \
    GOMOD GOCACHE GOAUTH GOTOOL GOWORK GOVCS GOPRIVATE GOINSECURE PSQL PGSYSCONF PGSERVICE MYSQL_ LIBGL GST_ VK_ GCC_ COMPILER_ CLANG_ \
    KUBECTL_ HELM_ VAGRANT_ PACKER_ RIPGREP_ BAT_ TAR_ UNZIP ZIPOPT GZIP RSYNC_ WGET ";

/// How the variables of those end that hold what they present to somebody.
const CREDENTIALS: &str =
    "_TOKEN _PASSWORD _SECRET _BEARER _PAT _CREDENTIAL _CREDENTIALS _AUTH _AUTHTOKEN _JWT _KEY";

const TAKEN: &str = "ENV IFS CDABLE_VARS COLUMNS COMSPEC DISPLAY EDITOR EGID ERRNO EUID EXECIGNORE EXINIT FCEDIT FIGNORE \
    FUNCNEST GID GLOBIGNORE HOME HOST HOSTALIASES HOSTNAME HOSTTYPE IGNOREEOF INPUTRC KEYTIMEOUT LANG LANGUAGE LESS LESSCLOSE \
    LESSOPEN LINENO LINES LOCALDOMAIN LOGNAME MACHTYPE MAIL MAILCHECK MAILER MANPAGER MFLAGS NULLCMD OLDPWD OPTARG OPTERR \
    OPTIND OSTYPE PAGER PATHEXT PIPESTATUS POSIXLY_CORRECT PPID PROMPT PROMPT2 PROMPT3 PROMPT4 PROMPT_COMMAND PROMPT_DIRTRIM \
    PROMPT_EOL_MARK PS0 PS1 PS2 PS3 PS4 PSVAR PWD RANDOM READNULLCMD REPLY RES_OPTIONS RPROMPT RPS1 SAVEHIST SECONDS SHELL \
    SHELLOPTS BASHOPTS BASH SHLVL SPROMPT SSLKEYLOGFILE STATUS SYSTEMROOT TEMP TERM TERMCAP TERMINFO TERMINFO_DIRS TIMEFMT TMOUT \
    TMP TMPDIR TMPPREFIX TTY TZ UID UMASK USER USERNAME USERPROFILE VISUAL BROWSER WATCH WATCHFMT WINDIR WORDCHARS ZDOTDIR _ \
    APPDATA LOCALAPPDATA PROGRAMDATA CC CXX CPP AR AS CFLAGS CXXFLAGS CPPFLAGS LDFLAGS GOENV GOROOT GOPROXY GOSUMDB GONOSUMDB \
    GOTOOLCHAIN GCCGO KUBECONFIG REQUESTS_CA_BUNDLE HTTPS_CA_FILE SVN_SSH CVS_RSH RSYNC_RSH RSH CVSROOT _JAVA_OPTIONS \
    NETRC WGETRC CHARSET ARGV ARGV0 GOFLAGS MAKE MAKEFLAGS MAKEFILES HISTCHARS HISTCMD HISTCONTROL HISTFILE HISTFILESIZE HISTIGNORE \
    HISTORY HISTSIZE HISTTIMEFORMAT DIRSTACK DIRSTACKSIZE GROUPS COPROC MAPFILE VIM VIMINIT VIMRUNTIME LOGCHECK VENDOR \
    SRANDOM LISTMAX BASHPID PGRP USER_ID JOBMAX KEYBOARD_HACK ARGC TTYIDLE CPUTYPE PATHSEP FUNCNAME CMD_DURATION PHPRC \
    HGMERGE P4DIFF TZDIR LD FC NM AWK SED GREP M4 YACC LEX RANLIB STRIP OBJCOPY OBJDUMP INSTALL ARFLAGS GNUMAKEFLAGS EMACSLOADPATH \
    MAILRC SCREENRC TMUX NNTPSERVER PRINTER LPDEST CLASSPATH CATALINA_BASE HGRCPATH HGPLAIN";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_something_hold_no_token() {
        let refused = "A;rm|PATH|Path|LD_PRELOAD|DYLD_INSERT_LIBRARIES|1A||A-B|A B|A=B|\u{e4}|TOKEN\u{e4}|IFS|ENV|BASH_ENV|PYTHONPATH|\
            PYTHONSTARTUP|NODE_OPTIONS|GIT_SSH_COMMAND|GIT_SSH|GIT_EXTERNAL_DIFF|GIT_PROXY_COMMAND|GIT_CONFIG_COUNT|\
            GIT_CONFIG_VALUE_0|GIT_EDITOR|GIT_PAGER|GIT_ASKPASS|PROMPT_COMMAND|path|token|http_proxy|HTTPS_PROXY|fpath|PS1|PS4|\
            PERL5OPT|RUBYOPT|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|RUSTC_WRAPPER|RUSTFLAGS|CARGO_TARGET_X_RUNNER|SSH_ASKPASS|EDITOR|\
            LESSOPEN|GCONV_PATH|TOKCLI_CONFIG|TOKCLI_STATE_DIR|HOME|_|BASH_FUNC_x%%|SSL_CERT_FILE|ZDOTDIR|MAKEFLAGS|GOFLAGS|\
            SRANDOM|LISTMAX|TRY_BLOCK_ERROR|USER_ID|KSHUID|EPOCHSECONDS|TAR_OPTIONS|GCC_EXEC_PREFIX|GNUMAKEFLAGS|GOCACHEPROG|HGEDITOR|\
            LESSEDIT|GNUPGHOME|NIX_CONFIG|PSQLRC|ANSIBLE_CONFIG|FAKECHROOT_CMD_SUBST|AWS_ENDPOINT_URL|RSYNC_CONNECT_PROG|\
            CCACHE_PREFIX|FZF_DEFAULT_COMMAND|PKG_CONFIG|CMAKE_TOOLCHAIN_FILE|KUBECTL_EXTERNAL_DIFF|SBT_OPTS|CATALINA_OPTS|\
            DOTNET_STARTUP_HOOKS|OPENSSL_CONF|DOCKER_CONFIG|KUBECONFIG|XDG_CONFIG_HOME|A\n|A'";
        for name in refused.split('|') {
            assert!(check(name).is_err(), "{name:?}");
        }
        assert!(check(&"A".repeat(201)).is_err());
    }

    #[test]
    fn names_that_people_give_to_tokens_are_free() {
        let free = "TOKCLI_TOKEN A _A A1 GITHUB_TOKEN GH_TOKEN GITLAB_TOKEN GIT_TOKEN GIT_PASSWORD NPM_TOKEN NODE_AUTH_TOKEN \
            CARGO_REGISTRY_TOKEN CARGO_REGISTRIES_WORK_TOKEN TF_VAR_token TF_TOKEN_app_example_com VAULT_TOKEN BAO_TOKEN \
            CLOUD_OAUTH_ACCESS_TOKEN MODEL_API_KEY MODEL_AUTH_TOKEN HF_TOKEN CHAT_BOT_TOKEN UV_PUBLISH_TOKEN \
            TWINE_PASSWORD VENDOR_ACCESS_TOKEN MY_TOKEN HEADER API_KEY CI_JOB_TOKEN DOCKER_PASSWORD MY_Token";
        for name in free.split_ascii_whitespace() {
            assert!(check(name).is_ok(), "{name}");
        }
    }
}
