# The project's tasks; `make help` lists them. Tasks that need conditions are scripts in tools/.

.DEFAULT_GOAL := help
.PHONY: help run chat test test-scaffolds test-unit test-integration test-e2e test-plugins test-rollout test-chaos test-replay test-density test-hostile test-alerts fuzz talk shots agents deploy bench bench-router lint clean tools

help: ## List the targets.
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r name what; do printf '  make %-17s %s\n' "$$name" "$$what"; done

# The program of the quick profile, with the hooks that tests need: `run`, `test` and `test-plugins` share all that they compile.
program = cargo build --workspace --bin switchboard

run: agents ## Build everything and answer messages in development mode; no keys, no account.
	$(program)
	SWITCHBOARD_ENV=development target/debug/switchboard db seed
	SWITCHBOARD_ENV=development target/debug/switchboard serve

chat: ## Chat with the running host from this terminal.
	SWITCHBOARD_ENV=development target/debug/switchboard chat

test: tools ## Run all tests and play all conversations; prints the minutes of each part.
	@sh tools/test.sh

test-unit: ## Run the unit tests.
	cargo test --workspace --lib --bins --examples

test-integration: agents ## Run the integration tests, on SQLite and Postgres.
	@sh tools/postgres.sh && sh tools/pgbouncer.sh && sh tools/sqlite.sh && sh tools/chromium.sh
	cargo test -p switchboard --test it

test-e2e: test-plugins ## Play all conversations, and test the built program end to end through the emulator.
	@sh tools/postgres.sh && sh tools/pgbouncer.sh
	cargo test -p switchboard --test it -- talk:: desk:: legacy:: nodes:: rollback:: versions:: contract::

test-rollout: agents ## Simulate the checklist's rollout of seven days, with and without faults, and print expected and actual outcomes; takes minutes.
	@sh tools/postgres.sh && sh tools/pgbouncer.sh
	cargo test -p switchboard --test it rollout:: -- --ignored --nocapture --test-threads 1

test-chaos: agents ## Break Meta, the database, hosts and rows under real processes and traffic, and print what became of each message; takes minutes.
	@sh tools/postgres.sh && sh tools/pgbouncer.sh && sh tools/sqlite.sh
	$(program)
	cargo test -p switchboard --test it chaos:: -- --ignored --nocapture --test-threads 1

test-replay: agents ## Record 10,000 turns of all agents and play them again on both databases; find ten seeded regressions; print both; takes minutes.
	@sh tools/postgres.sh && sh tools/pgbouncer.sh && sh tools/sqlite.sh
	cargo test -p switchboard --test it replay:: -- --ignored --nocapture --test-threads 1

test-scaffolds: agents ## Make an agent in C, JavaScript and Python each, from nothing to an answered message; brings their tools from Debian, npm and PyPI.
	@sh tools/clang.sh || :
	$(program)
	cargo test -p switchboard --test it scaffold:: -- --ignored --nocapture

test-density: agents ## Start 200 agents in one host, ask and swap them, and swap one 500 times under load; prints times and memory; takes minutes.
	$(program)
	cargo test -p switchboard --test it -- density:: swap:: --include-ignored --nocapture --test-threads 1

test-hostile: agents ## Do to real hosts what hostile agents, files, strangers, bodies, services and machines do, and print a table; takes minutes.
	@sh tools/postgres.sh && sh tools/pgbouncer.sh && sh tools/sqlite.sh
	$(program)
	cargo test -p switchboard --test it hostile::every_kind -- --ignored --nocapture

fuzz: agents ## Fuzz all that reads foreign bytes, each reader for FUZZ_SECONDS (60); keeps an input that fails in target/fuzz/.
	cargo test -p switchboard --test it fuzz::for_long -- --ignored --nocapture

test-plugins: agents ## Test every component in plugins/ in the real sandbox, and print a table.
	$(program)
	target/debug/switchboard test

talk: agents ## Measure how well people are understood, on labelled messages and simulated customers; print the table. Takes minutes.
	$(program)
	@sh tools/talk.sh

test-alerts: ## Test the alert rules of deploy/prometheus on synthetic series.
	@sh tools/promtool.sh

agents: tools ## Build the agents into plugins/; a running host reloads them.
	@sh tools/agents.sh

deploy: agents ## Install program, agents and systemd unit on this machine, if `doctor --production` passes; with DESTDIR=, into that folder.
	cargo build --release -p switchboard
	@sh tools/deploy.sh

shots: agents ## Take pictures of the console's pages with a seeded day, light, dark and as on a telephone, into target/shots.
	@sh tools/chromium.sh
	$(program)
	cargo test -p switchboard --test it console::shots -- --ignored --nocapture

bench: agents ## Run the benchmarks: the host relative to its lower bounds.
	cargo bench -p switchboard

bench-router: agents ## Evaluate keyword routing on 600 labelled sentences, without a model; print the confusion matrices.
	$(program)
	SWITCHBOARD_ENV=development target/debug/switchboard route host/tests/router/fit.tsv host/tests/router/held.tsv host/tests/router/people.tsv

lint: tools ## Check format, clippy, circles and layers, the contract's releases, licences, sources and advisories of dependencies.
	cargo fmt --all -- --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo run --quiet -p switchboard-layers
	cargo run --quiet -p switchboard-contract-check
	@sh tools/deny.sh

clean: ## Remove everything built; data/ stays.
	rm -rf target plugins/*.wasm .tools

tools: # Install missing build tools.
	@sh tools/wasm-target.sh
