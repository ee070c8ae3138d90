# make run: the dashboard on the demo shop.  make test: everything that must hold.
# make check: what is cheap of it, for every save.
# Needs make and Python 3.11 or newer; all else is installed into .venv, by hash.

VENV   := .venv
PY     := $(VENV)/bin/python
PIP    := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes
TYPED  := app.py asgi.py pages sync

.PHONY: run demo-team test check lint bench soak audit lock docs clean

run: $(VENV)/.runs
	$(PY) -m sync demo
	$(PY) -m streamlit run app.py

demo-team: $(VENV)/.tests
	$(PY) -m tests.team

# Three processes on two cores, as a browser's tests wait half of their time; a file's tests share
# what it sets up. Their folders lie in memory where it has room, and only a failed one's stays.
IN_MEMORY := $(shell df -Pk /dev/shm 2>/dev/null | \
	awk 'NR == 2 && $$4 > 2000000 { print "PYTEST_DEBUG_TEMPROOT=/dev/shm" }')

test: lint
	$(IN_MEMORY) $(PY) -m pytest -n 3 --dist loadfile --no-loadscope-reorder \
	  -o tmp_path_retention_policy=failed -m "not soak"

check: lint
	$(PY) -m pytest -q -m "cheap and not soak"

lint: $(VENV)/.tests
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy $(TYPED)

bench: $(VENV)/.tests
	$(PY) -m tests.bench

soak: $(VENV)/.tests
	$(PY) -m pytest -m soak
	$(PY) -m pytest -m hypothesis --hypothesis-profile=searching

docs: $(VENV)/.tests
	$(PY) -c 'from pathlib import Path; from sync.manual import settings_markdown; \
	Path("docs/settings.md").write_text(settings_markdown(), encoding="utf-8")'

audit:
	@for tool in pip-audit "uvx pip-audit" "pipx run pip-audit"; do \
	  command -v $${tool%% *} >/dev/null || continue; \
	  exec $$tool --strict --disable-pip --require-hashes --requirement requirements.txt; \
	done; \
	echo "make audit needs pip-audit, uv (https://docs.astral.sh/uv/) or pipx" >&2; exit 1

lock:
	@command -v uv >/dev/null || { echo "make lock needs uv (https://docs.astral.sh/uv/)" >&2; exit 1; }
	uv pip compile pyproject.toml --universal --generate-hashes --no-header --no-annotate \
	  --quiet --output-file requirements.txt
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-header \
	  --no-annotate --quiet --output-file requirements-dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.runs: requirements.txt | $(PY)
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.tests: requirements-dev.txt | $(PY)
	$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.runs

# The first Python that is new enough and can make a virtual environment with pip in it.
$(PY):
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.14 python3.11; do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  new=$$python; \
	  $$python -c 'import ensurepip, venv' 2>/dev/null || continue; \
	  rm -f $(VENV)/.runs $(VENV)/.tests; \
	  exec $$python -m venv $(VENV); \
	done; \
	if [ -n "$$new" ]; then \
	  echo "$$new cannot make virtual environments: install its venv package" \
	    "(Debian, Ubuntu: apt-get install python3-venv)" >&2; \
	else \
	  echo "Python 3.11 or newer is needed and was not found: install it, or name one:" \
	    "make PYTHON=/path/to/python3" >&2; \
	fi; \
	exit 1
