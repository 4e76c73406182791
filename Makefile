# Everything here needs Go and make. A C compiler adds the C peers and the race
# detector; `make deps` installs it on Debian and Ubuntu.

GO ?= go
OUT ?= rtbench-out
FUZZ_SECONDS ?= 30
PLATFORMS := linux/amd64 linux/arm64 darwin/arm64 windows/amd64

# go env answers 0 where it finds no C compiler.
CGO := $(shell $(GO) env CGO_ENABLED)
PACKAGES := gcc libc6-dev

.DEFAULT_GOAL := help
.PHONY: help certify test test-full unit race fuzz lint fmt vet staticcheck cross bench soak deps optional clean

help:
	@echo "make certify    a latency certificate of this machine, about 3 minutes"
	@echo "make test       what CI runs: lint, unit tests, fuzz smoke, race; under 10 minutes"
	@echo "make test-full  also full race, no cgo, no optimiser, cross builds of the tests"
	@echo "make lint       gofmt, vet, staticcheck, cross builds, the rules of the house"
	@echo "make bench      every benchmark against its peers, no verdict"
	@echo "make soak       long random runs of the allocators"
	@echo "make deps       installs the optional system packages: $(PACKAGES)"

# A certificate was written: make succeeds. The gate is the binary itself, whose
# exit code make would swallow: bin/rtbench check RUN --budget rtbench.toml
certify: bin/rtbench
	@bin/rtbench certify --advisory --budget rtbench.toml --out $(OUT) || { s=$$?; \
		test $$s -eq 2 || exit $$s; \
		echo "make: a budget was breached; the certificate says which."; }

bin/rtbench: FORCE
	@$(GO) build -o $@ ./cmd/rtbench
FORCE:

test: optional lint unit fuzz race

unit:
	$(GO) test ./...

# The race detector needs a C compiler.
race:
ifeq ($(CGO),1)
	$(GO) test -race -short ./...
else
	@echo "race: skipped, no C compiler; install one with: make deps"
endif

fuzz:
	FUZZ_SECONDS=$(FUZZ_SECONDS) GO=$(GO) ./scripts/fuzz-smoke

test-full: test cross
ifeq ($(CGO),1)
	$(GO) test -race ./...
endif
	CGO_ENABLED=0 $(GO) test ./...
	$(GO) test -gcflags='all=-N -l' -short ./...
	$(GO) test -tags rtdebug ./rt/... ./core/... ./internal/debug
	for p in $(PLATFORMS); do \
		echo "vet $$p"; CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) vet ./... || exit 1; done

lint: fmt vet staticcheck cross
	$(GO) test ./internal/lint

fmt:
	@dirty=$$(gofmt -l .); test -z "$$dirty" || { echo "gofmt would change:"; echo "$$dirty"; exit 1; }

vet:
	$(GO) vet ./...

staticcheck:
	$(GO) tool -modfile=tools/go.mod staticcheck ./...

cross:
	for p in $(PLATFORMS); do \
		echo "build $$p"; CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build ./... || exit 1; done

bench: bin/rtbench
	bin/rtbench run --suite all --duration 120s --out $(OUT)

soak:
	MEMKIT_SOAK=1 $(GO) test -run Soak -timeout 2h -v ./rt/...

# Optional packages: installed in CI, suggested elsewhere.
optional:
ifneq ($(CGO),1)
ifdef CI
	@$(MAKE) deps
else
	@echo "optional: no C compiler found; the C peers and the race detector are left out. To add them: make deps"
endif
endif

deps:
	@command -v apt-get >/dev/null || { echo "deps: needs apt-get; install a C compiler ($(PACKAGES)) your way"; exit 1; }
	@SUDO=$$(test "$$(id -u)" = 0 || echo sudo); \
	$$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq --no-install-recommends $(PACKAGES)

clean:
	rm -rf bin $(OUT)
