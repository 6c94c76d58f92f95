# The commands of this repository. `make` shows them.

GO      ?= go
TOOLS   := $(CURDIR)/bin

GOLANGCI_LINT_VERSION := v2.12.2
GOVULNCHECK_VERSION   := v1.9.0

.DEFAULT_GOAL := help
.PHONY: help demo test race bench plans adopt-load bench-build generate migration migration-sums lint-migrations lint vuln check-generated check-import clean

help: ## Show the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## Run the quickstart on an embedded database
	@echo "Building; the first time takes about a minute."
	@$(GO) run ./examples/quickstart

test: ## Run all tests (PostgreSQL: local programs, or fetched)
	@echo "Building and testing; the first time takes a few minutes. Packages appear as they finish."
	$(GO) test -timeout 30m ./...

# Of the platform's rules each is tried by many writers at once, again and again: that takes minutes.
race: ## Run the tests of what is concurrent with the race detector
	$(GO) test -race -timeout 30m . ./internal/orm ./internal/stmtcache ./internal/txdriver ./internal/pgtest ./internal/dbschema ./internal/conformance ./internal/privacytest/... ./migrations ./domain/account

bench: ## Measure the client against hand-written SQL
	$(GO) test -run '^$$' -bench . -benchtime 2s . ./internal/stmtcache ./internal/conformance

plans: ## Look at the plans of hot reads with a million posts, messages and members
	$(GO) test -timeout 30m ./internal/conformance -run HotReads -crowd 1000000

adopt-load: ## Take databases over with a million posts, messages and views, while services write
	$(GO) test -timeout 60m -v ./adopt -run TakeoverUnderLoad -busy-rows 1000000

bench-build: ## Measure what compiling the client costs, beside ent's stock templates
	cd tools/benchbuild && $(GO) run . -runs $(or $(RUNS),2)

generate: ## Generate the client, the SQL schema and the diagrams after an edit of ent/schema
	$(GO) generate .

# The variables of the command line reach the program through its environment, so
# that they may hold any character.
migration: generate ## Write the migration for an edit of ent/schema: name=add_things why="What for."
	@$(GO) run ./internal/cmd/migration -name "$$name" -why "$$why" -rename "$$rename" -drop "$$drop" -unique "$$unique" $${keep:+-keep}

migration-sums: ## Make the sums of migrations anew after an edit by hand
	$(GO) run ./internal/cmd/migration -sums
	$(GO) test ./internal/catalogue -run Versions -update

# The migrations up to this one were there before lint. Later ones have to pass for
# ever, also when they are on the main branch: a check that looks at a branch's own
# files finds none in a checkout of the main branch.
UNLINTED := 20261123000009

lint-migrations: ## Look for what migrations would do harm to
	$(GO) run ./internal/cmd/migration -lint -since $(UNLINTED)

# The linter's cache is the checkout's own: a shared one remembers other checkouts' paths.
lint: $(TOOLS)/golangci-lint ## Check formatting and run the linters
	$(GO) vet ./...
	GOLANGCI_LINT_CACHE=$(TOOLS)/golangci-lint-cache $(TOOLS)/golangci-lint run ./...

vuln: $(TOOLS)/govulncheck ## Look for known vulnerabilities (needs the network)
	$(TOOLS)/govulncheck ./...

check-generated: ## Fail if generated files are stale
	sh .ci/check-generated

check-import: ## Build a program outside of the repository that imports the module
	sh .ci/check-import

clean: ## Remove the tools that make has built
	rm -rf $(TOOLS)

$(TOOLS)/golangci-lint:
	GOBIN=$(TOOLS) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)

$(TOOLS)/govulncheck:
	GOBIN=$(TOOLS) $(GO) install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)
