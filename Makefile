# What this project can do; `make help` lists it. Whatever needs an `if` is in tools/.

.DEFAULT_GOAL := help
.PHONY: help run chat test test-unit test-integration test-e2e test-plugins test-rollout test-alerts agents deploy bench bench-router lint clean tools

help: ## List the targets.
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r name what; do printf '  make %-17s %s\n' "$$name" "$$what"; done

# The program of the quick profile, with the hooks that tests need: `run`, `test` and `test-plugins` share all that they compile.
program = cargo build -p switchboard --features test-hooks

run: agents ## Build everything and answer messages in development mode; no keys, no account.
	$(program)
	SWITCHBOARD_ENV=development target/debug/switchboard db seed
	SWITCHBOARD_ENV=development target/debug/switchboard serve

chat: ## Talk to the running host from this terminal, as a phone would.
	SWITCHBOARD_ENV=development target/debug/switchboard chat

test: tools ## Run all tests and play all conversations; prints the minutes of each part.
	@sh tools/test.sh

test-unit: ## Run the tests that stand beside the code.
	cargo test --workspace --lib --bins --examples

test-integration: agents ## Run the tests of several rooms together, on SQLite and Postgres.
	@sh tools/postgres.sh && sh tools/pgbouncer.sh && sh tools/sqlite.sh
	cargo test -p switchboard --test it

test-e2e: test-plugins ## Play all conversations, and talk to the built program as phones do.
	@sh tools/postgres.sh && sh tools/pgbouncer.sh
	cargo test -p switchboard --test it -- talk:: desk:: legacy:: nodes:: rollback:: versions:: contract::

test-rollout: agents ## Simulate the seven days of the checklist, good and bad, and print what was expected and what came; takes minutes.
	@sh tools/postgres.sh && sh tools/pgbouncer.sh
	cargo test -p switchboard --test it rollout:: -- --ignored --nocapture --test-threads 1

test-plugins: agents ## Play every component in plugins/ in the real sandbox, and print a table.
	$(program)
	target/debug/switchboard test

test-alerts: ## Make each alert rule of deploy/prometheus fire, and stay silent, on made-up series.
	@sh tools/promtool.sh

agents: tools ## Build our agents into plugins/; a running host serves the new ones at once.
	@sh tools/agents.sh

deploy: agents ## Put the program, its agents and its service on this machine, once `doctor --production` passes; DESTDIR= to look first.
	cargo build --release -p switchboard
	@sh tools/deploy.sh

bench: agents ## Measure the host against its floors, as ratios.
	cargo bench -p switchboard

bench-router: agents ## Try 400 labelled sentences on the agents' words, without a model; print the confusion matrices.
	$(program)
	SWITCHBOARD_ENV=development target/debug/switchboard route host/tests/router/fit.tsv host/tests/router/held.tsv

lint: tools ## Check format, clippy, circles and layers, the contract's releases, licences, sources and advisories of dependencies.
	cargo fmt --all -- --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo run --quiet -p switchboard-layers
	cargo run --quiet -p switchboard-contract-check
	@sh tools/deny.sh

clean: ## Remove everything built; data/ stays.
	rm -rf target plugins/*.wasm .tools

tools: # Bring what a fresh machine lacks.
	@sh tools/wasm-target.sh
