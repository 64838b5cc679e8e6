# What this project can do; `make help` lists it. Whatever needs an `if` is in tools/.

.DEFAULT_GOAL := help
.PHONY: help run chat test test-plugins test-alerts agents bench bench-router lint clean tools

help: ## List the targets.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r name what; do printf '  make %-13s %s\n' "$$name" "$$what"; done

run: agents ## Build everything and answer messages in development mode; no keys, no account.
	cargo build --release -p switchboard
	SWITCHBOARD_ENV=development target/release/switchboard db seed
	SWITCHBOARD_ENV=development target/release/switchboard serve

chat: ## Talk to the running host from this terminal, as a phone would.
	SWITCHBOARD_ENV=development target/release/switchboard chat

test: test-plugins ## Run all tests and play all conversations.
	@sh tools/postgres.sh
	cargo test --workspace

test-plugins: agents ## Play every component in plugins/ in the real sandbox, and print a table.
	cargo build -p switchboard
	target/debug/switchboard test

test-alerts: ## Make each alert rule of deploy/prometheus fire, and stay silent, on made-up series.
	@sh tools/promtool.sh

agents: tools ## Build our agents into plugins/; a running host serves the new ones at once.
	@sh tools/agents.sh

bench: agents ## Measure the host against its floors, as ratios.
	cargo bench -p switchboard

bench-router: agents ## Try 400 labelled sentences on the agents' words, without a model; print the confusion matrices.
	cargo build -p switchboard
	SWITCHBOARD_ENV=development target/debug/switchboard route host/tests/router/fit.tsv host/tests/router/held.tsv

lint: tools ## Check format, clippy, licences and sources of dependencies.
	cargo fmt --all -- --check
	cargo clippy --workspace --all-targets -- -D warnings
	@sh tools/deny.sh

clean: ## Remove everything built; data/ stays.
	rm -rf target plugins/*.wasm .tools

tools: # Bring what a fresh machine lacks.
	@sh tools/wasm-target.sh
