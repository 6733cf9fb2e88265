//! `tokcli helper`, for programs that ask in a way of their own.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::surface::setup::Kind;

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Subcommand)]
pub(crate) enum HelperCommand {
    /// For git (`credential.helper`)
    Git {
        /// What git asks for: get, store, erase or capability
        action: String,

        /// Give this name, and the token as the password, whatever the server offers
        #[arg(long, value_name = "NAME")]
        username: Option<String>,
    },
    /// For docker, podman and skopeo (`credHelpers`)
    Docker {
        /// What is asked for: get, store, erase, list or version
        action: String,

        /// The name beside the token [else `oauth2accesstoken`]
        #[arg(long, value_name = "NAME")]
        username: Option<String>,
    },
    /// For kubectl and other programs of Kubernetes (`users[].user.exec`)
    Kubectl,
    /// For Bazel and others that run EngFlow's credential helpers
    Bazel {
        /// What is asked for: get
        action: String,
    },
    /// For cargo (`credential-provider`)
    Cargo {
        /// As cargo calls it
        #[arg(long)]
        cargo_plugin: bool,

        /// The token alone, without `Bearer` before it
        #[arg(long)]
        bare: bool,
    },
    /// For Terraform and OpenTofu (`data "external"`)
    Terraform,
    /// For pip and uv, instead of the program `keyring`
    Pip {
        /// As pip calls it; with `creds` the answer holds a name too
        #[arg(long, value_name = "MODE")]
        mode: Option<String>,

        /// As pip calls it
        #[arg(long, value_name = "FORMAT")]
        output: Option<String>,

        /// What is asked for: get
        action: String,

        /// The address of the index
        service: String,

        /// The name in that address
        username: Option<String>,
    },
    /// For pnpm (`tokenHelper`)
    Pnpm,
    /// For Google's client libraries (`credential_source.executable`)
    Google,
    /// For the AWS SDKs (`credential_process`), where the vendor gives temporary keys of that kind
    Aws,
    /// For systemd (`LoadCredential=ID:SOCKET`): standard input is the connection, and ID the profile if none is named
    Systemd,
    /// Make the link by which a program finds its helper, and print what goes into the program's configuration
    Install(Install),
    /// Show each helper: its link, whether its program is set up for it, and whether it can answer
    List,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Install {
    /// The program
    #[arg(value_enum)]
    pub(crate) name: Kind,

    /// Where the link goes [else ~/.local/bin, or ~/bin if that alone is on PATH]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,

    /// Add the lines to the program's configuration instead of printing them
    #[arg(long)]
    pub(crate) write: bool,
}
