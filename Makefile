# Everything sets itself up: a machine needs git, make and Python >= 3.11. `make demo PYTHON=python3.12` picks another one.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test lint types layers fast slow golden docs noise speed sweep promises clean

help:
	@echo "make demo    set up if needed, then simulate, diagnose, score and report the flagship scenario"
	@echo "make test    set up if needed, then lint, types, layers and the fast tests"
	@echo "make fast    the fast tests alone"
	@echo "make slow    the tests that take longer; CI runs them after make test"
	@echo "make golden  rewrite the golden hashes; look at the difference before committing it"
	@echo "make docs    write the generated pages in docs/; look at the difference before committing it"
	@echo "make noise   print how often everyday noise occurs in a year of each profile"
	@echo "make speed   measure simulation and export against a bare SimPy loop"
	@echo "make sweep   let every profile at every size tie out over 25 seeds: hours; SWEEP='--size small --seeds 3' narrows it"
	@echo "make promises  try every fault and decoy in every profile it fits, over five seeds; PROMISES='--seeds 1' narrows it"
	@echo "make clean   remove the environment and everything generated"

demo: $(READY)
	$(BIN)/tieout demo

test: lint types layers fast

lint: $(READY)
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports --no-cache

fast: $(READY)
	$(BIN)/pytest -q -n 2 -m "not slow"

slow: $(READY)
	$(BIN)/pytest -q -n 2 -m slow

golden: $(READY)
	-$(BIN)/pytest -q tests/sim/test_golden.py --update-golden
	git diff --stat -- tests/golden
	$(BIN)/pytest -q tests/sim/test_golden.py

docs: $(READY)
	$(BIN)/python -m tieout.reference
	$(BIN)/python -m tieout.reference.results
	git diff --stat -- docs benchmarks/README.md

noise: $(READY)
	$(BIN)/python -m benchmarks.noise

speed: $(READY)
	$(BIN)/python -m benchmarks.speed

sweep: $(READY)
	$(BIN)/python -m benchmarks.sweep $(SWEEP)

promises: $(READY)
	$(BIN)/python -m benchmarks.promises $(PROMISES)

# The stamp is newer than what it was made from, so a second call installs nothing. pip would compile on one core, and every
# package's tests too; a file that cannot be compiled here is no reason to stop, whoever imports it hears of it.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "tieout needs Python 3.11 or newer; set PYTHON=, e.g. make demo PYTHON=python3.12" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt --editable '.[dev]'
	@$(BIN)/python -m compileall -q -j 2 -x '/tests?/' $(VENV)/lib || true
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
