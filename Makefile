# NanoClaw Traffic Guardian.  Works with GNU make and bmake.
#
# This file only knows the way; the rules themselves are written by configure
# into $(BUILD)/rules.mk, from the SOURCES file of each directory.
#
#	make            build          make test       run the suite
#	make deps       install what is missing (Debian), create service users
#	make run        build, start in the foreground, prove it works
#	make test-clients   clients from npm, of pinned versions
#	make test-install  into a fresh Debian, with debootstrap, as root
#	make asan       the suite under ASan and UBSan
#	make coverage   lines the unit programs run, with a floor
#	make valgrind   the unit programs under memcheck
#	make inject     ... and each allocation and system call in turn fails;
#			then the running suite, INJECT_SECONDS=60 each
#	make fuzz       every fuzz target, FUZZ_SECONDS=60 each
#	make bench      beside squid, tinyproxy, mitmproxy; prints, never fails
#	make bench-detector  what a core scans; MINUTES=10 looks for the worst
#	make soak       a body of 10 GiB, SOAK_MIB=10240, and ten minutes of
#			traffic, SOAK_SECONDS=600
#	make install    DESTDIR= PREFIX=/usr/local
#	make uninstall  make clean     make dist
#
# BUILD=dir builds elsewhere; CONFIGURE_FLAGS="--cc=clang --werror" is passed
# on to configure, which keeps them until they are changed.

BUILD=		build
FUZZ_SECONDS=	60
# Not by its own name below: make -n runs a line that says $(MAKE).
THIS_MAKE=	$(MAKE)
CONFIGURE=	./configure --refresh --builddir=$(BUILD) \
		$(PREFIX:%=--prefix=%) $(CONFIGURE_FLAGS)

all: config
	@$(MAKE) -f $(BUILD)/rules.mk all

config:
	@$(CONFIGURE)

tests: config
	@$(MAKE) -f $(BUILD)/rules.mk tests

deps:
	@./scripts/deps.sh

test:
	@MAKE="$(THIS_MAKE)" BUILD=$(BUILD) CONFIGURE_FLAGS="$(CONFIGURE_FLAGS)" \
	    ./scripts/test.sh

test-clients:
	@MAKE="$(THIS_MAKE)" BUILD=$(BUILD) CONFIGURE_FLAGS="$(CONFIGURE_FLAGS)" \
	    ./scripts/test-clients.sh

test-install:
	@MAKE="$(THIS_MAKE)" BUILD=$(BUILD) CONFIGURE_FLAGS="$(CONFIGURE_FLAGS)" \
	    ./scripts/test-install.sh

coverage:
	@MAKE="$(THIS_MAKE)" BUILD=$(BUILD) ./scripts/coverage.sh

valgrind:
	@MAKE="$(THIS_MAKE)" BUILD=$(BUILD) CONFIGURE_FLAGS="$(CONFIGURE_FLAGS)" \
	    ./scripts/valgrind.sh

inject:
	@MAKE="$(THIS_MAKE)" BUILD=$(BUILD) CONFIGURE_FLAGS="$(CONFIGURE_FLAGS)" \
	    ./scripts/inject.sh

asan:
	@MAKE="$(THIS_MAKE)" BUILD=$(BUILD)/asan \
	    CONFIGURE_FLAGS="$(CONFIGURE_FLAGS) --sanitize" ./scripts/test.sh

fuzz:
	@MAKE="$(THIS_MAKE)" BUILD=$(BUILD)/fuzz FUZZ_SECONDS=$(FUZZ_SECONDS) \
	    ./scripts/fuzz.sh

bench:
	@MAKE="$(THIS_MAKE)" BUILD=$(BUILD) \
	    CONFIGURE_FLAGS="$(CONFIGURE_FLAGS)" ./bench/run.sh

soak:
	@MAKE="$(THIS_MAKE)" BUILD=$(BUILD) \
	    CONFIGURE_FLAGS="$(CONFIGURE_FLAGS)" ./bench/run.sh soak

bench-detector:
	@MAKE="$(THIS_MAKE)" BUILD=$(BUILD) \
	    CONFIGURE_FLAGS="$(CONFIGURE_FLAGS)" ./bench/detector.sh

run:
	@MAKE="$(THIS_MAKE)" BUILD=$(BUILD) exec ./scripts/run.sh

install uninstall: config
	@$(MAKE) -f $(BUILD)/rules.mk DESTDIR=$(DESTDIR) $@

dist: config
	@$(MAKE) -f $(BUILD)/rules.mk dist

clean:
	rm -rf $(BUILD)

.PHONY: all config tests deps test test-clients test-install coverage valgrind inject \
	asan fuzz bench bench-detector soak \
	run install uninstall dist clean
