# `make demo` needs a Rust toolchain, make and a C compiler; `make test` installs the rest or says how.

CARGO = cargo
# Where cargo puts dev builds.
DEBUG = $(or $(CARGO_TARGET_DIR),target)/debug

.PHONY: help build demo test lint completions clean

help: ## list the targets (what `make` alone does)
	@awk -F ":.*## " '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

build: ## build the release binary, target/release/tokcli
	$(CARGO) build --locked --release

# The dev profile: it builds in a fraction of the time, and nobody would see the difference.
demo: ## see it work: four stand-in vendors on loopback, nothing leaves the machine
	$(CARGO) build --locked --bin tokcli --example vendors
	@sh examples/demo.sh "$(DEBUG)"

test: ## run all tests (on Linux, with a real Secret Service)
	sh tests/install.sh
	$(CARGO) test --locked

lint: ## check the format, and clippy without a warning
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings

# The file names are those that the shells look for.
completions: ## make completions/ anew
	$(CARGO) build --locked --bin tokcli
	mkdir -p completions
	"$(DEBUG)/tokcli" completions bash >completions/tokcli.bash
	"$(DEBUG)/tokcli" completions zsh >completions/_tokcli
	"$(DEBUG)/tokcli" completions fish >completions/tokcli.fish
	"$(DEBUG)/tokcli" completions powershell >completions/_tokcli.ps1
	"$(DEBUG)/tokcli" completions elvish >completions/tokcli.elv

clean: ## remove what was built
	$(CARGO) clean
