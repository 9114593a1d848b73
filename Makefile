# The front door: `make help` lists what there is.
# Everything runs in .venv, which deploy/venv.sh makes and keeps equal to the lock.

SHELL := /bin/sh
.DEFAULT_GOAL := help
# Two cores are what a small machine has, and a journey waits for its browser half the time; a
# whole file stays in one process, so that fixtures built once per module are built once.
# WORKERS=0 runs in one process.
WORKERS ?= 3
ARGS ?=
PY := .venv/bin/python
CODE := gridgov tests benchmarks migrations wsgi.py deploy/gunicorn.conf.py
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)

.PHONY: help run test proof bench lint lock clean venv venv-test

help: ## list these targets
	@echo "gridgov: make TARGET"
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-7s %s\n", $$1, $$2}' Makefile
	@echo "Settings of run: PORT=8000 HOST=127.0.0.1 GRIDGOV_DATABASE_URL= GRIDGOV_INSTANCE= (docs/operations.md)"
	@echo "Settings of test: ARGS='-k board' WORKERS=3 CI=true GRIDGOV_TEST_POSTGIS_URL="

run: venv ## install what is missing, migrate, load the sample if empty, serve
	@exec .venv/bin/gridgov start

# Dozens of processes read the program in: with its bytecode kept, only the first compiles it.
test: venv-test ## every test on both databases and in a browser, with the linters
	@exec env -u PYTHONDONTWRITEBYTECODE $(PY) -m pytest -m "not proof" -n $(WORKERS) --dist loadfile --no-loadscope-reorder \
		--screenshot only-on-failure $(ARGS)

proof: venv-test ## the long forms: soaks, races, faults, thousands of mutations
	@exec $(PY) -m pytest -m proof $(ARGS)

bench: venv-test ## measure, and write docs/benchmarks.md
	@exec $(PY) -m benchmarks $(ARGS)

lint: venv-test ## ruff, formatting, types and floors alone
	@$(PY) -m ruff check $(wildcard $(CODE))
	@$(PY) -m ruff format --check $(wildcard $(CODE))
	@$(PY) -m mypy
	@.venv/bin/lint-imports

lock: ## compile the two locks again (UPGRADE=1 takes newer releases); needs uv
	@command -v uv >/dev/null || { echo "make lock needs uv: install it with 'pip install uv'." >&2; exit 1; }
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) tests/requirements.in -c requirements.txt -o tests/requirements.txt

clean: ## remove .venv and caches; never instance/, where the data is
	rm -rf .venv build test-results .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache
	find . -path ./.git -prune -o -path ./instance -prune -o -name __pycache__ -print \
		| xargs rm -rf

venv:
	@sh deploy/venv.sh requirements.txt

venv-test:
	@sh deploy/venv.sh tests/requirements.txt
