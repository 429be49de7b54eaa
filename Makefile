# The two commands are `make demo` and `make test`; everything else is a part of them or builds on them.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo ui test check lint types imports recorded campaign bench bench-capture bench-explore bench-exports bench-markdown bench-restore pages constraints clean

demo: $(VENV)/.installed  ## A whole life of a backup, against a generated workspace; ends by itself
	@$(BIN)/python -m notion_backup.demo run

ui: $(VENV)/.installed  ## Dagster's pages on the demo's history, with schedule and sensor on
	@$(BIN)/python -m notion_backup.demo ui

test: $(VENV)/.installed-dev  ## The default tests
	$(BIN)/python -m pytest -q -n auto --dist loadfile

check: lint types imports  ## Style, types, import contracts

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check notion_backup notion_backup_tests benchmarks
	$(BIN)/ruff check notion_backup notion_backup_tests benchmarks

types: $(VENV)/.installed-dev
	$(BIN)/mypy

imports: $(VENV)/.installed-dev
	$(BIN)/lint-imports

campaign: $(VENV)/.installed-dev  ## The long tests: many seeds, many bit flips
	$(BIN)/python -m pytest -q -n auto -m campaign --override-ini addopts=

bench: $(VENV)/.installed-dev  ## Requests, seconds, bytes and memory; see benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.snapshots

bench-capture: $(VENV)/.installed-dev  ## This capture beside others on one sandbox; PEER_CHECKOUTS names their sources
	$(BIN)/python -m benchmarks.peers --json benchmarks/results/capture.json

pages: $(VENV)/.installed-dev  ## The pages of docs/ that are made from the code
	$(BIN)/python -m notion_backup_tests.coverage_page
	$(BIN)/python -m notion_backup.sql.document > docs/sql.md

bench-explore: $(VENV)/.installed-dev  ## Diff, history, SQL and search at 1,000,000 blocks in 100 snapshots; an hour and more
	$(BIN)/python -m benchmarks.explore --snapshots 100 --json benchmarks/results/explore.json

bench-markdown: $(VENV)/.installed-dev  ## Markdown of one workspace by this export and by others; PEER_CHECKOUTS as above
	$(BIN)/python -m benchmarks.markdown --json benchmarks/results/markdown.json

bench-exports: $(VENV)/.installed-dev  ## Markdown and HTML of 200,000 blocks, whole and renewed; about ten minutes
	$(BIN)/python -m benchmarks.exports --json benchmarks/results/exports.json

bench-restore: $(VENV)/.installed-dev  ## Requests of restores beside the least, memory with 2 GiB of media; about two minutes
	$(BIN)/python -m benchmarks.restore --json benchmarks/results/restore.json

constraints: $(VENV)/.installed-dev  ## Pin what is installed now
	$(BIN)/python -m pip freeze --exclude-editable > constraints.txt

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $(VENV)/.installed $@

clean:
	rm -rf $(VENV) .demo build *.egg-info
