# Copyright (c) 2026, netdev.linux contributors
# SPDX-License-Identifier: GPL-3.0-or-later

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint unit property firewalls boot roles sanity collection integration scale vm bench soak conformance

help: ## Show what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what tests need: .venv, .venv-targets, missing system packages
	@tests/run/with-python tests/run/environments.py test

demo: ## Build a NAT network, guests included, in a private sandbox, and show that it works
	@tests/run/with-python tests/run/environments.py demo
	@demo/run

test: ## Set up and run all tests
	@tests/run/run

lint: ## Linters, types, licences, changelog
unit: ## Unit tests, on the Python of the controller and those of managed hosts
roles: ## Tests of roles, on root file systems of other systems
sanity: ## ansible-test sanity
collection: ## Documentation check, build, install, ansible-doc
integration: ## Integration targets in namespaces of the running kernel
scale: ## Small versions of the benchmark and of the tests with many devices
vm: ## What the running kernel lacks, in a QEMU virtual machine
lint unit roles sanity collection integration scale vm:
	@tests/run/run --step $@

property: ## Promises on many generated topologies, on the running kernel; SEED=N repeats a run
	@tests/run/run --step property --long $(if $(SEED),--seed $(SEED))

firewalls: ## A NAT network beside ufw, firewalld, chains like Docker's and rules that drop, in the VM; some minutes
	@tests/run/run --step vm --long --only firewalls

boot: ## Boot files of ifupdown, networkd and NetworkManager through a reboot of the VM, all kinds; some minutes
	@tests/run/run --step vm --long --only persist

bench: ## Measure the modules beside iproute2, ifstate and Ansible loops; writes docs/benchmarks.md
	@tests/run/with-python tests/run/environments.py bench
	@.venv/bin/python tests/benchmarks/bench.py --table docs/benchmarks.md

conformance: ## Compare with libvirt's own test data: make conformance LIBVIRT=FOLDER
	@tests/run/with-python tests/run/environments.py test
	@tests/run/sandbox .venv/bin/python tests/conformance/run.py $(if $(LIBVIRT),"$(LIBVIRT)")

soak: ## Kill modules, run them at the same moment, let them fail, with 1,000 pairs; some minutes
	@tests/run/with-python tests/run/environments.py test
	@tests/run/sandbox .venv/bin/python tests/benchmarks/soak.py
