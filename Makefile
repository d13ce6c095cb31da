# One-liners; the logic is in scripts/*.py.
PYTHON ?= python3
VENV ?= .venv
RUN = $(VENV)/bin/python

export VENV

.PHONY: help setup setup-dev demo dev check test soak e2e fuzz packs bench contracts pictures fmt

help:            ## what there is
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ — /'

setup:           ## environment, libraries and the built PWA
	@$(PYTHON) scripts/setup.py

setup-dev:       ## the same with everything that checks and tests need
	@$(PYTHON) scripts/setup.py --dev

demo: setup      ## the whole product on this machine: DEMO_DIR, PORT, HOST, PUBLIC_URL, TLS_CERT, TLS_KEY
	@$(RUN) -m xuetan demo

dev: setup-dev   ## server with reload and Vite, on the data of the demo
	@$(RUN) scripts/dev.py

check: setup-dev ## lint, types, import order of both sides, contracts in step, unit tests of the phone; no browser
	@$(RUN) scripts/check.py

test: setup-dev  ## everything: checks, Python tests, browser tests
	@$(RUN) scripts/run_tests.py --checks

soak: setup-dev  ## the phone's engine against the server in simulated worlds: SEEDS, FIRST
	@$(RUN) scripts/soak.py --seeds $(or $(SEEDS),1000) --first $(or $(FIRST),0)

e2e: setup-dev   ## the browser tests alone
	@$(RUN) scripts/run_tests.py -m browser

fuzz: setup-dev  ## any bytes at the decoders until something is found: SECONDS for each of them, 600 if nothing is said
	@$(RUN) -m tests.security.fuzzing --seconds $(or $(SECONDS),600)

packs: setup     ## check the sources of content_packs/
	@$(RUN) -m xuetan packs check content_packs/*/

bench: setup-dev ## measurements, beside the figures to reach: NAMES, among them peers and kernel_line, which run only when named
	@$(RUN) scripts/bench.py $(NAMES)

contracts: setup-dev ## write what is generated from contracts/
	@for script in scripts/generate_*.py; do $(RUN) $$script; done

pictures: setup-dev ## the README's pictures, taken from the running demo
	@$(RUN) scripts/take_pictures.py

fmt: setup-dev   ## format
	@$(RUN) scripts/check.py --fix
