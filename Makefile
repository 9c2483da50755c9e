# The everyday commands. Each one updates .venv first, and downloads the emulator if it needs it.
#
#   make run      the whole system on this machine, until Ctrl-C
#                 KEEP=1 restores the data of the last run
#                 PORT_BASE=9000 chooses the ports; the API is on 8080 without it
#                 FETCH_ALLOWED_ORIGINS=http://127.0.0.1:9000 lets Soku download media from there
#   make demo     publish a sample post on the running system, or on one started for it
#   make check    the linters, and the quick tests that need no emulator: within a minute
#   make test     the linters and the tests; PYTHON=python3.13 make test uses another Python
#   make test-full  every variant, round and example of the tests
#   make images   the pictures of the documentation, which need chromium
#   make lint     the linters alone         make format   let ruff rewrite the code
#   make bench    measure; make bench-full repeats more
#   make lock     pin what the .in files ask for; LOCK_OPTIONS=--upgrade
#   make clean    remove what all of these have made

PYTHON ?= python3
OLDEST_PYTHON := 3.11
VENV := .venv
BIN := $(VENV)/bin
PACKAGES_SIZE := about 800 MB, with Java 25 for the Firestore emulator
# It is built again for another Python, and updated for other requirements.
STAMP := $(VENV)/.installed-$(subst /,_,$(PYTHON))
# Where Linux has it: the system stops with `make`, however that ends.
BOUND := $(if $(shell command -v setpriv),setpriv --pdeathsig TERM)

# What `make check` runs, in pytest's words.
CHECKED := not emulator and not gcloud and not slow

# The tests start many Python processes, each of which would compile everything again.
unexport PYTHONDONTWRITEBYTECODE

PYTEST := $(BIN)/python -m pytest $(PYTEST_OPTIONS)

.PHONY: emulator entry run demo check test test-full compiled lint format images bench bench-full lock clean

run: emulator
	@exec $(BOUND) $(BIN)/python -m local run

demo: emulator
	@exec $(BIN)/python -m local demo

emulator: $(STAMP)
	@$(BIN)/python -m local.firestore_installation

check: lint
	$(PYTEST) -m "$(CHECKED)"

test: emulator
	@$(MAKE) --no-print-directory -j2 lint compiled
	$(PYTEST)

test-full: emulator
	@$(MAKE) --no-print-directory -j2 lint compiled
	SOKU_TEST_FULL=1 $(PYTEST)

# While the linters run, which need one processor: otherwise each of pytest's processes compiles
# all tests. An error in one is shown when they run.
compiled: $(STAMP)
	@$(PYTEST) -n 0 --collect-only -qq >/dev/null 2>&1 || true

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

images: emulator
	$(PYTEST) -n 0 tests/templates/images.py tests/browser/images.py

bench: emulator
	@exec $(BIN)/python -m bench

bench-full: emulator
	@exec $(BIN)/python -m bench --full

lock:
	@uv --version >/dev/null 2>&1 || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	uv pip compile $(LOCK_OPTIONS) --universal --python-version $(OLDEST_PYTHON) --no-header \
		--generate-hashes requirements.in -o requirements.txt
	uv pip compile $(LOCK_OPTIONS) --universal --python-version $(OLDEST_PYTHON) --no-header \
		-c requirements.txt requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf .venv .venv-* .local .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): requirements-dev.txt
	@[ -w . ] || { echo "Soku needs to write to $(CURDIR): copy the project to a directory that" \
		"you can write to." >&2; exit 1; }
	@$(PYTHON) --version >/dev/null 2>&1 || { \
		echo "$(PYTHON) does not run: apt-get install python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Soku needs Python $(OLDEST_PYTHON) or newer, and this one is" \
			"$$($(PYTHON) --version): PYTHON=python3.13 make test" >&2; exit 1; }
	@rm -f $(VENV)/.installed-*
	@version() { "$$1" -c 'import sys; print(sys.version)' 2>/dev/null; }; \
	if [ "$$(version $(BIN)/python)" != "$$(version $(PYTHON))" ]; then rm -rf $(VENV); fi
	@echo "Installing the Python packages into $(VENV) ($(PACKAGES_SIZE); only when they change)" >&2
	@if uv --version >/dev/null 2>&1; then \
		python=$$($(PYTHON) -c 'import sys; print(sys.executable)'); \
		{ [ -e $(BIN)/python ] || uv venv --quiet --python "$$python" $(VENV); } && \
		uv pip sync --python $(BIN)/python requirements-dev.txt; \
	else \
		$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
			echo "$(PYTHON) cannot make a virtual environment:" \
				"apt-get install $$($(PYTHON) -c \
				'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" >&2; exit 1; }; \
		$(PYTHON) -m venv $(VENV) && \
		$(BIN)/python -m local.packages requirements-dev.txt; \
	fi
	@$(MAKE) --no-print-directory entry
	@touch $@

# The operator's commands, from any directory.
entry:
	@printf '#!/bin/sh\nPYTHONPATH="%s" exec "%s/python" -m shared.cli "$$@"\n' \
		"$(CURDIR)" "$(abspath $(BIN))" > $(BIN)/soku-admin && chmod +x $(BIN)/soku-admin
