# SPDX-License-Identifier: Apache-2.0
# `make help` lists the targets: each is described by the comment that stands at its end.
.DEFAULT_GOAL := help
.PHONY: help run build man install test soak lint format system-test fuzz sanitize bench clean dependencies

swift_folders := Sources Tests Plugins Benchmarks Fuzz/Sources Package.swift

help: ## List these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

# A debug build: from nothing it is ready in less than half the time of a release build, and the demo needs no speed. Its
# server has no TLS: of 527 compile steps 407 are the library for it.
run: dependencies ## Install what is missing, build, and start the notifier with channels.json
	@swift build --disable-default-traits --product belfry
	@.build/debug/belfry run

# On Linux Swift's own libraries go into the program: it starts sooner, and where it runs they need not be.
release := -c release $(if $(filter Linux,$(shell uname)),--static-swift-stdlib)
build: dependencies ## Build the release binary, .build/release/belfry
	@swift build $(release) --product belfry

# The program itself says what its pages say, in a debug build as in any.
man: dependencies ## Write the manual pages into .build/man
	@swift package plugin generate-manual --configuration debug --multi-page
	@rm -rf .build/man && cp -R .build/plugins/GenerateManual/outputs/BelfryCommand .build/man

PREFIX ?= /usr/local
install: ## Install what `make build man` made below PREFIX (/usr/local), with completions and the systemd unit
	@scripts/install $(PREFIX)

# The simulation keeps all processors busy for minutes, which tests with real connections and clocks would feel.
test: dependencies ## Install what is missing, run the unit tests and the simulation
	scripts/run-tests --skip SystemTests --skip SimulationTests
	swift test --disable-xctest --skip-build --filter SimulationTests

soak: export BELFRY_SOAK = 1
soak: dependencies ## Simulate the notifier with one seed after another until stopped; prints each that fails
	swift test --disable-xctest --filter SimulationTests

# BELFRY_WARNINGS=error makes the manifest turn warnings into errors in our own targets alone, so the libraries are not
# built again for it.
lint: export BELFRY_WARNINGS = error
lint: dependencies ## Check format, imports and warnings; list the longest files and functions
	swift format lint --strict --parallel --recursive $(swift_folders)
	scripts/check-imports
	swift build --build-tests --explicit-target-dependency-import-check error
	@scripts/list-longest

format: ## Format the Swift files in place
	swift format --in-place --parallel --recursive $(swift_folders)

# The storms and the crowds have limits of time, and would share two processors and the disk with a build of the whole package.
system-test: export BELFRY_SYSTEM_TESTS = 1
system-test: dependencies ## Run against real servers: installs them from apt, starts them on loopback
	@scripts/install-test-servers
	swift test --disable-xctest --filter SystemTests --skip 'StormTests|LoadTests'
	swift test --disable-xctest --skip-build --no-parallel --filter 'StormTests|LoadTests'
	@echo "What the cockpit looks like: $${BELFRY_SCREENSHOTS:-.build/screenshots}"

# Optimised, a target is fed ten times as many texts, and takes three times as long to build: CI takes FUZZ_LEVEL=-Onone.
# The versions are not to be resolved, as none of the libraries is built.
FUZZ_SECONDS ?= 60
FUZZ_LEVEL ?= -O
fuzz: export BELFRY_FUZZ = 1
fuzz: dependencies ## Feed all that reads foreign input with random bytes, FUZZ_SECONDS (60) each
	swift build --scratch-path .build-fuzz --only-use-versions-from-resolved-file --product BelfryFuzz \
	  --sanitize fuzzer --sanitize address -Xswiftc -use-ld=lld -Xswiftc $(FUZZ_LEVEL)
	@scripts/fuzz $(FUZZ_SECONDS)

sanitize: dependencies ## Run the unit tests under the thread sanitizer and the address sanitizer; takes long
	scripts/sanitize thread
	scripts/sanitize address

bench: dependencies ## Measure speed; prints figures, asserts nothing
	@swift build $(release) --product belfry
	@swift run $(release) BelfryBench

clean: ## Remove what was built
	rm -rf .build .build-fuzz .build-thread .build-address

dependencies:
	@scripts/install-dependencies
