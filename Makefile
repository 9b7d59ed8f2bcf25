# Everything that is done with the project; each target is a script or one command, so that make itself is optional.

.PHONY: demo test check bench soak crash docs lock clean

demo:  ## watch Everseal hold a real ACME conversation
	script/demo

test:  ## the tests, with the servers they need
	script/test

check:  ## everything a change has to pass: style, types, floors, tests
	scripts/check

bench:  ## measure beside other clients; prints figures, asserts none of them
	scripts/bench

soak:  ## hundreds of issuances against real servers; takes its time
	script/test -n 0 -m soak tests/soak

crash:  ## kill at every step and look at what is left
	script/test -m crash tests/crash

docs:  ## the documentation as pages, in docs/_build
	scripts/docs

lock:  ## lock the newest releases of everything the development uses
	scripts/lock --upgrade

clean:  ## remove whatever the other targets made, the environments too
	rm -rf .venv .venv-docs .servers build dist docs/_build htmlcov .coverage .coverage.*
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests bench scripts -name __pycache__ -type d -prune -exec rm -rf {} +
