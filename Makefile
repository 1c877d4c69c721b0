# make demo: set everything up, run the whole job, print the address.   make test: pass the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKS := $(wildcard .github/actions/statuspage/requirements*.txt .github/release/requirements.txt)

.PHONY: bench demo test coverage fuzz lint lock messages screenshots page-checks page-check-tools clean

demo: $(VENV)/.installed
	$(BIN)/statuspage demo

test: $(VENV)/.installed
	$(BIN)/pytest -n auto

coverage: $(VENV)/.installed # the same, and which branches no test took: twice the time
	$(BIN)/pytest -n auto --cov --cov-report=term:skip-covered

FUZZ ?= 2000
fuzz: $(VENV)/.installed # every parser of foreign octets before so many new examples; make test tries a few
	STATUSPAGE_FUZZ=$(FUZZ) $(BIN)/pytest tests/fuzz --timeout 3600

bench: $(VENV)/.installed # what it costs, beside controls: the table of docs/performance.md; QUICK=1 prints a smaller one
	$(BIN)/python tests/benchmarks/bench.py $(if $(QUICK),--quick)

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# pip comes from outside, because Debian's python3 has no ensurepip.
# What the action locks is taken in the locked version: what is tested is what runs.
$(VENV)/.installed: pyproject.toml $(LOCKS)
	$(PYTHON) -m venv --without-pip --clear $(VENV)
	sed -nE 's/^([a-z0-9.-]+==[^\]*).*/\1/p' $(LOCKS) | sort -u >$(VENV)/constraints.txt
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check \
		--constraint $(VENV)/constraints.txt pip --editable '.[dev,probes]'
	touch $@

lock: # what the action and a release install, pinned by its hashes
	.ci/lock

messages: $(VENV)/.installed # the catalogs, brought up to date with the code
	$(BIN)/python tests/catalogs.py

screenshots: $(VENV)/.installed # the README's pictures
	$(BIN)/python tests/screenshots.py

NODE ?= .node
page-checks: $(VENV)/.installed page-check-tools # Lighthouse and two validators: wants npm, Java and Chromium
	$(BIN)/python tests/page_checks.py $(NODE)/node_modules

page-check-tools:
	npm install --silent --no-audit --no-fund --no-save --prefix $(NODE) \
		lighthouse@12.8.2 html-validate@10.17.0 vnu-jar@26.9.27

clean:
	rm -rf $(VENV) .node dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
