# Everything here needs Go and make. A C compiler adds the C peers and the race
# detector; PortAudio with JACK or PipeWire adds sound. `make deps` installs them on
# Debian and Ubuntu, and each is used where it is installed.

GO ?= go
OUT ?= rtbench-out
FUZZ_SECONDS ?= 30
JOBS ?= 2
comma := ,
space := $(subst ,, )
PLATFORMS := linux/amd64 linux/arm64 darwin/arm64 windows/amd64

# go env answers 0 where it finds no C compiler.
CGO := $(shell $(GO) env CGO_ENABLED)
PACKAGES := gcc libc6-dev pkg-config portaudio19-dev libjack-jackd2-dev jackd2 pipewire pipewire-jack rt-tests libmimalloc2.0 libjemalloc2 libvulkan1 mesa-vulkan-drivers vulkan-validationlayers glslang-tools qemu-system-arm
# Those that a distribution may not have, one at a time; the rest does not depend on
# them. The browser opens the reports of rtbench.
SCARCE := libmujoco-dev chromium-headless-shell jack-example-tools

# Build tags of the C libraries that are there; asked anew by each recipe, because
# `optional` may just have installed them.
HAVE_CGO = test "$$($(GO) env CGO_ENABLED)" = 1
PORTAUDIO = $(shell $(HAVE_CGO) && pkg-config --exists portaudio-2.0 jack 2>/dev/null && echo portaudio)
MUJOCO = $(shell $(HAVE_CGO) && grep -qs 'mjVERSION_HEADER 222$$' /usr/include/mujoco/mujoco.h && echo mujoco)
TAGS = $(subst $(space),$(comma),$(strip $(PORTAUDIO) $(MUJOCO)))
WITH_TAGS = $(if $(TAGS),-tags $(TAGS))

# The race detector also checks pointer arithmetic, which the PortAudio binding and one
# of the peers do on numbers.
RACE = -race -gcflags=github.com/vkngwrapper/arsenal/memutils/...=-d=checkptr=0 $(if $(PORTAUDIO),-gcflags=github.com/gordonklaus/portaudio=-d=checkptr=0)

# A Vulkan driver; Mesa's lavapipe runs on the CPU.
VULKAN := $(wildcard /usr/share/vulkan/icd.d/*.json /etc/vulkan/icd.d/*.json)

# The emulated board of the hardware-in-the-loop rigs.
QEMU := $(shell command -v qemu-system-arm)

# Packages with files of their own for a build without the C libraries. All other files
# are part of the build with them.
UNTAGGED = $(if $(PORTAUDIO)$(MUJOCO),$(shell grep -rlE --include='*.go' '^//go:build .*!(portaudio|mujoco)( |$$)' . | xargs -n 1 dirname | sort -u))

# How many packages are tested at a time: many wait for devices, servers and processes
# most of their time, and no test depends on how fast it runs.
PROCESSORS := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
AT_A_TIME := $(shell expr 2 '*' $(PROCESSORS))

# Packages with models of lock-free types, which need an explorer of thread orders.
LOCKFREE := ./rt/ring ./rt/pool ./rt/alloc ./rt/tlsf ./rt ./rt/audio/internal/handoff ./rt/audio/internal/targets ./async ./core

.DEFAULT_GOAL := help
.PHONY: help certify test test-full unit race fuzz lint rules contracts fmt vet staticcheck cross bench soak mutants gremlins firmware deps optional clean

help:
	@echo "make certify    a latency certificate of this machine, about 3 minutes"
	@echo "make test       what CI runs: lint, unit tests, fuzz smoke, race; about 10 minutes on two cores, 12 with an empty build cache"
	@echo "make test-full  also full race, no cgo, no optimiser, vet and builds for every platform"
	@echo "make lint       gofmt, vet, staticcheck, the types of every platform, the rules of internal/lint"
	@echo "make bench      every benchmark against its peers, no verdict"
	@echo "make soak       long random runs: allocators, bounds, comparisons"
	@echo "make mutants    which hand-made faults the tests notice, of a package with PKG=rt/ring"
	@echo "make gremlins   the same with faults made by a tool"
	@echo "make firmware   rebuilds the image of hil/qemu/firmware, with arm-none-eabi-gcc"
	@echo "make deps       installs the optional system packages: $(PACKAGES) $(SCARCE)"

# A certificate was written: make succeeds. The gate is the binary itself, whose
# exit code make would swallow: bin/rtbench check RUN --budget rtbench.toml
certify: bin/rtbench
	@bin/rtbench certify --advisory --budget rtbench.toml --out $(OUT) || { s=$$?; \
		test $$s -eq 2 || exit $$s; \
		echo "make: a budget was breached; the certificate says which."; }

bin/rtbench: FORCE
	@$(GO) build $(WITH_TAGS) -o $@ ./cmd/rtbench
FORCE:

test: optional lint unit fuzz race

# What a build without the C libraries answers is tested where they are installed too.
# lint has run all of vet, of which go test would run a part once more.
unit:
	$(GO) test -vet=off -p $(AT_A_TIME) $(WITH_TAGS) ./...
	$(GO) test -vet=all -tags interleave ./internal/interleave
	$(GO) test -vet=all -tags interleave -run Model ./internal/atomics $(LOCKFREE)
	cd examples/metrics && $(GO) test -vet=all ./...
	$(if $(PORTAUDIO)$(MUJOCO),$(GO) test -vet=off -p $(AT_A_TIME) $(if $(PORTAUDIO),./rt/audio ./cmd/rtbench/internal/playback) $(if $(MUJOCO),./hil/mujoco ./examples/hil-cartpole-mujoco))
	$(if $(PORTAUDIO),$(GO) test -p 1 -tags portaudio$(comma)portaudio_go -run 'InGo|(Handoff|Direct|Blocking)OverJACK' ./rt/audio ./rt/audio/internal/padevice)

# The race detector needs a C compiler. It runs the packages in which goroutines meet;
# what it costs there without a chance to find anything is left out by -short
# (internal/testenv), and the models, which run one thread at a time, by name.
race:
ifeq ($(CGO),1)
	$(GO) test -vet=off -p $(AT_A_TIME) $(WITH_TAGS) $(RACE) -short -skip '^TestModel[A-Z]' $$(GO=$(GO) ./scripts/race-packages $(WITH_TAGS))
else
	@echo "race: skipped, no C compiler; install one with: make deps"
endif

fuzz:
	FUZZ_SECONDS=$(FUZZ_SECONDS) GO=$(GO) ./scripts/fuzz-smoke

test-full: test cross
ifeq ($(CGO),1)
	$(GO) test $(RACE) ./...
endif
	CGO_ENABLED=0 $(GO) test ./...
	$(GO) test -gcflags='all=-N -l' -short ./...
	$(GO) test -tags rtdebug ./rt/... ./core/... ./async ./gpu/... ./internal/debug
	MEMKIT_SOAK=1 $(GO) test -run SoakMemory ./gpu/vulkan
	for p in $(PLATFORMS); do \
		echo "vet $$p"; CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) vet ./... || exit 1; done

# memlense and the tests of rules compute on one processor for most of their time, so
# they run alongside staticcheck.
lint: fmt vet
	+@$(MAKE) --no-print-directory -j2 staticcheck contracts rules

rules:
	$(GO) test -vet=off $(WITH_TAGS) ./internal/lint ./internal/platforms # the same as in unit, which finds it cached

# The contracts of memkit's own functions, by source, compiler and executable. Some
# are in code that needs a C compiler.
contracts:
ifeq ($(CGO),1)
	$(GO) run ./cmd/memlense check $(if $(TAGS),--tags $(TAGS)) ./...
else
	@echo "contracts: skipped, no C compiler; install one with: make deps"
endif

fmt:
	@dirty=$$(gofmt -l .); test -z "$$dirty" || { echo "gofmt would change:"; echo "$$dirty"; exit 1; }

vet:
	$(GO) vet $(WITH_TAGS) ./...
	$(if $(UNTAGGED),$(GO) vet $(UNTAGGED))

staticcheck:
	$(GO) tool -modfile=tools/go.mod staticcheck $(WITH_TAGS) ./...
	$(if $(UNTAGGED),$(GO) tool -modfile=tools/go.mod staticcheck $(UNTAGGED))

# Every package is compiled for each platform, of which lint checks the types; only
# rtbench is linked, which takes longest. CI does this alongside make test.
cross:
	for p in $(PLATFORMS); do \
		echo "build $$p"; export CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/}; \
		$(GO) list -export ./... >/dev/null && $(GO) build -o /dev/null ./cmd/rtbench || exit 1; done

bench: bin/rtbench
	bin/rtbench run --suite all --duration 120s --out $(OUT)

soak:
	MEMKIT_SOAK=1 $(GO) test -run 'Soak|Hostile|TestMatrix' -timeout 3h -v ./rt/... ./wcet/... ./cmd/... ./hil/... ./lens/...
	MEMKIT_SOAK=1 $(GO) test -tags interleave -run 'Soak|Model' -timeout 3h -v ./async ./rt/alloc ./rt/pool

# Instruction counts are no test of behaviour: MEMKIT_MUTANTS leaves them out.
mutants:
	@$(GO) build -o bin/mutants ./internal/mutants
	@bin/mutants -jobs $(JOBS) $(or $(PKG),$(patsubst ./%/testdata/mutants.txt,%,$(sort $(shell find . -path '*/testdata/mutants.txt'))))

gremlins:
	@test -n "$(PKG)" || { echo "gremlins: name a package: make gremlins PKG=rt/ring"; exit 1; }
	MEMKIT_MUTANTS=1 $(GO) tool -modfile=tools/go.mod gremlins unleash --workers 1 --timeout-coefficient 10 ./$(PKG)

# The image is committed: only who changes the firmware needs the compiler, Debian's
# gcc-arm-none-eabi 12.2.1.
FIRMWARE := hil/qemu/firmware/pid.elf
firmware:
	cd hil/qemu/firmware && arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -Os -std=gnu11 -Wall -Wextra -Werror \
		-ffreestanding -nostdlib -s -T board.ld -Wl,--build-id=none,-z,max-page-size=4 \
		-o $(abspath $(FIRMWARE)) pid.c -lgcc
	chmod 644 $(FIRMWARE)
	cd hil/qemu/firmware && sha256sum pid.c pid.h board.ld $(abspath $(FIRMWARE)) >$(dir $(abspath $(FIRMWARE)))pid.sum
	sed -i 's| /.*/| |' $(dir $(FIRMWARE))pid.sum

# Optional packages: installed in CI, where a failure to do so is no failure of the
# tests, and suggested elsewhere.
optional:
ifeq ($(and $(filter 1,$(CGO)),$(PORTAUDIO),$(MUJOCO),$(VULKAN),$(QEMU)),)
ifdef CI
	@$(MAKE) deps || echo "optional: the packages could not be installed; going on without what they add"
else
	@echo "optional: no $(if $(filter 1,$(CGO)),PortAudio with JACK$(comma) Vulkan driver$(comma) QEMU or MuJoCo 2.2.2,C compiler) found; $(if $(filter 1,$(CGO)),the tests of what is missing are skipped or simulate it,the C peers and the race detector are left out). To add it: make deps"
endif
endif

# jackd2 asks a question when it is installed; the default answer, no change to the
# machine's limits, is the right one.
deps:
	@command -v apt-get >/dev/null || { echo "deps: needs apt-get; install these your way: $(PACKAGES) $(SCARCE)"; exit 1; }
	@SUDO=$$(test "$$(id -u)" = 0 || echo sudo); \
	$$SUDO apt-get update -qq && $$SUDO env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PACKAGES) && \
	for p in $(SCARCE); do \
		$$SUDO env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$p || echo "deps: going on without $$p"; done

clean:
	rm -rf bin $(OUT)
