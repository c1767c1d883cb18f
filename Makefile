SHELL := /bin/bash
PY := .venv/bin/python
PYTEST := $(PY) -m pytest -n 2 --durations 40
SOAK := 1
PIP := .venv/bin/pip --disable-pip-version-check --quiet
CATALOGUE := src/tongbao/locale/zh_Hant/LC_MESSAGES/django.mo

# Python keeps what it has compiled, wherever it was told not to: without that, every process of a test run reads the
# whole source anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run fresh setup lint format test test-sqlite test-postgresql soak cluster bench messages lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: .venv/.runtime $(CATALOGUE) ## the demonstration: build it once, play the story, serve it on http://127.0.0.1:8000
	.venv/bin/tongbao demo --serve

fresh: ## throw the demonstration away; the next `make run` builds it anew
	rm -rf .demo

setup: .venv/.dev .venv/.store $(CATALOGUE) ## everything that lint, test and bench need

.venv/.runtime: requirements/runtime.txt pyproject.toml
	test -x $(PY) || python3 -m venv .venv
	$(PIP) install --require-hashes -r requirements/runtime.txt
	$(PIP) install --require-hashes -r requirements/build.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

.venv/.dev: .venv/.runtime requirements/dev.txt
	$(PIP) install --require-hashes -r requirements/dev.txt
	touch $@

.venv/.store: requirements/store.txt | .venv/.runtime
	test -x .venv/store/bin/python || python3 -m venv .venv/store
	.venv/store/bin/pip --disable-pip-version-check --quiet install --require-hashes -r requirements/store.txt
	touch $@

$(CATALOGUE): $(CATALOGUE:.mo=.po) | .venv/.runtime
	$(PY) tools/build_messages.py

lint: .venv/.dev ## ruff, mypy --strict, import contracts
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: .venv/.dev ## put the code into shape
	.venv/bin/ruff check --fix-only .
	.venv/bin/ruff format .

test: .venv/.dev .venv/.store $(CATALOGUE) ## everything on SQLite, beside it what a database decides on PostgreSQL; samples by the day
	@$(MAKE) --no-print-directory --jobs 2 test-sqlite test-postgresql

test-sqlite: # browsers and servers are waited for: what the other run has to do fills the gaps
	$(PYTEST)

test-postgresql: # said in one piece when all of it is done
	@mkdir -p build
	@nice $(PYTEST) -m "not soak and not browser" --pg >build/postgresql.log 2>&1; code=$$?; cat build/postgresql.log; exit $$code

soak: .venv/.dev .venv/.store $(CATALOGUE) ## the long versions: generated worlds, fuzzing, real kills (SOAK=0.01 to try them out)
	SOAK=$(SOAK) $(PYTEST) -m soak
	SOAK=$(SOAK) $(PYTEST) -m soak --pg

cluster: .venv/.dev .venv/.store ## the client of Spark Connect and Sail; then the archive's questions give the same on both engines
	$(PIP) install --require-hashes -r requirements/cluster.txt
	$(PYTEST) tests/engines/test_archive.py

bench: .venv/.dev $(CATALOGUE) ## every measure, kept part by part, and docs/measured.md (two hours on 2 cores; BENCH=--quick to try it out)
	$(PY) -m bench $(BENCH)

messages: .venv/.dev ## collect the strings to translate and compile the catalogue
	cd src/tongbao && ../../$(PY) -m django makemessages -l zh_Hant --no-obsolete --no-wrap --add-location file -i "*/migrations/*" --settings tests.settings --pythonpath ../..
	$(PY) tools/build_messages.py

lock: .venv/.dev ## resolve the requirements anew (names, versions, hashes)
	for part in runtime build dev cluster store; do .venv/bin/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-annotate --no-header --strip-extras --allow-unsafe --output-file requirements/$$part.txt requirements/$$part.in; done

clean: ## remove what was built
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
