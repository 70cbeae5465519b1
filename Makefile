# make train       trains on real digits; sets everything up first
# make test        the tests that take seconds each; make test-slow: the others; make test-gpu: those that need a GPU
# make lint        ruff and mypy
# make WORKERS=4 test    with so many processes
# make PYTHON=python3.12 train   with another Python; make VENV=DIR train: with another virtual environment

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 2
export TF_CPP_MIN_LOG_LEVEL ?= 2
export PIP_DISABLE_PIP_VERSION_CHECK = 1

INSTALLED = $(VENV)/.installed
# CPython versions for which TensorFlow 2.21 has wheels, from the 3.11 on that cgn_tf needs.
SUPPORTED = 3.11 3.12 3.13

.PHONY: train test test-slow test-gpu lint install clean

train: $(INSTALLED)
	$(VENV)/bin/python tools/train.py --flagfile=configs/quickstart.flags --workdir=runs/quickstart
	@echo
	@echo "Look at runs/quickstart/sample_grids: what the CGN made while it learned."
	@echo "Activate the environment and go on, with images that nobody drew, for example:"
	@echo "  . $(VENV)/bin/activate"
	@echo "  python tools/generate.py --model=runs/quickstart --output_dir=runs/counterfactuals --num_images=1000 --png"

test: $(INSTALLED)
	$(VENV)/bin/python -m pytest -m "not slow and not gpu" -n $(WORKERS) --dist loadfile

# What is timed runs alone, first. Of the others those that share what takes long to make are of one group.
test-slow: $(INSTALLED)
	@timed=0; \
	$(VENV)/bin/python -m pytest -m "slow and timed" || timed=$$?; \
	$(VENV)/bin/python -m pytest -m "slow and not timed and not gpu" -n $(WORKERS) --dist loadgroup && exit $$timed

# TensorFlow's CUDA libraries are a package extra of their own, of several gigabytes.
test-gpu: $(INSTALLED)
	$(VENV)/bin/python -m pip install --quiet -c constraints.txt 'tensorflow[and-cuda]'
	$(VENV)/bin/python -m pytest -m gpu

lint: $(INSTALLED)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

install: $(INSTALLED)

# The stamp is newer than what it was installed from; only a complete install leaves one.
$(INSTALLED): setup.cfg pyproject.toml constraints.txt
	@version=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null); \
	case " $(SUPPORTED) " in *" $${version:-none} "*) ;; *) \
	  echo "$(PYTHON) is $${version:+Python }$${version:-no Python that runs}, but cgn_tf needs 3.11, 3.12 or 3.13," \
	    "for which TensorFlow 2.21 has wheels: choose one with 'make PYTHON=python3.12 $(or $(MAKECMDGOALS),train)'." >&2; \
	  exit 1;; esac; \
	if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
	  package=python$$version-venv; \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "$(PYTHON) has no venv: installing $$package."; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y $$package >/dev/null; \
	  else \
	    echo "$(PYTHON) has no venv: install it (Debian, Ubuntu: sudo apt-get install $$package)," \
	      "then run make again." >&2; \
	    exit 1; \
	  fi; \
	fi
	@echo "Installing cgn_tf, TensorFlow and the tools of its tests into $(VENV): nothing outside of it is changed."
	@echo "It takes about 3 GB of disk and some minutes, of which nothing is heard; about one is downloaded."
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet -e '.[dev]' -c constraints.txt
	@echo "Installed. To use it in this shell: . $(VENV)/bin/activate"
	@touch $@

clean:
	rm -rf .venv build dist *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
