# make             build/lua5.4/bedrock.so  (LUA=luajit|lua5.1|lua5.3 likewise)
# make demo        the main job against the local Bedrock
# make test        the specs on Lua 5.4
# make test-all    also on LuaJIT, 5.1, 5.3, and on 5.4 with sanitizers
# make lint        luacheck, greps, sizes, exported symbols
# make conformance every operation against botocore
# make bench       docs/benchmarks.md
# make model       core/tables.c from the pinned models
# `demo`, `test` and the rest install the Debian packages that are missing.

LUA        = lua5.4
BUILD      = build/$(LUA)
CFLAGS     = -O2 -g
SANITIZE   =
SPECS      = spec
MODELS     = 1.43.67
WARNINGS   = -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
             -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Werror \
             -Wno-overlength-strings
DEFINES    = -D_POSIX_C_SOURCE=200809L

FACE       = lbedrock lerror lsettings lsign lvalue
CORE       = alloc body buf call codec curl date endpoint err http input json \
             request response retry sha256 shape sigv4 sys tables uri
SOURCES    = $(FACE:%=%.c) $(CORE:%=core/%.c)
HEADERS    = $(wildcard *.h core/*.h)
OBJECTS    = $(SOURCES:%.c=$(BUILD)/%.o)

CC_FLAGS   = -std=c11 -fPIC -fvisibility=hidden -I. $(DEFINES) $(WARNINGS) \
             $(CFLAGS) $(SANITIZE)
LUA_FLAGS  = $(shell pkg-config --cflags $(LUA))
LIBS       = $(shell pkg-config --libs libcurl libcjson libcrypto) -lm

# Debian packages: to build, to run the local Bedrock, to test, ...
NEED_BUILD = gcc libc6-dev pkg-config lua5.4 liblua5.4-dev \
             libcurl4-openssl-dev libcjson-dev libssl-dev
NEED_DEMO  = $(NEED_BUILD) lua-cqueues lua-luaossl lua-cjson
NEED_TEST  = $(NEED_DEMO) lua-busted curl openssl procps strace gzip \
             binutils valgrind
NEED_ALL   = $(NEED_TEST) lua5.1 liblua5.1-0-dev lua5.3 liblua5.3-dev \
             luajit2 libluajit2-5.1-dev luarocks
NEED_LINT  = $(NEED_BUILD) lua-check binutils
NEED_PEERS = $(NEED_BUILD) lua-cjson python3 python3-venv ca-certificates

all: $(BUILD)/bedrock.so

$(BUILD)/bedrock.so: $(OBJECTS)
	@echo "LINK $@"
	@$(CC) -shared $(CFLAGS) $(SANITIZE) -o $@ $(OBJECTS) $(LIBS)

$(BUILD)/%.o: %.c $(HEADERS) Makefile
	@mkdir -p $(@D)
	@echo "CC   $<"
	@$(CC) $(CC_FLAGS) $(LUA_FLAGS) -c -o $@ $<

# The core's functions for the specs: the same objects, a face of its own.
$(BUILD)/unit.so: spec/support/unit.c spec/support/unit_leaf.h $(OBJECTS)
	@echo "LINK $@"
	@$(CC) -shared $(CC_FLAGS) $(LUA_FLAGS) -o $@ $< \
	  $(filter $(BUILD)/core/%,$(OBJECTS)) $(BUILD)/lvalue.o $(LIBS)

demo:
	@sh tools/needs.sh $(NEED_DEMO)
	@$(MAKE) --no-print-directory all
	@sh tools/demo.sh

test:
	@sh tools/needs.sh $(NEED_TEST)
	@$(MAKE) --no-print-directory specs

specs: all $(BUILD)/unit.so
	@LUA=$(LUA) BUILD=$(BUILD) sh tools/specs.sh $(SPECS)

test-all:
	@sh tools/needs.sh $(NEED_ALL)
	@$(MAKE) --no-print-directory specs
	@for lua in luajit lua5.1 lua5.3; do \
	  $(MAKE) --no-print-directory LUA=$$lua specs || exit 1; done
	@SANITIZED=1 $(MAKE) --no-print-directory BUILD=build/sanitized \
	  CFLAGS="-O1 -g -fno-omit-frame-pointer" \
	  SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined" \
	  specs

lint:
	@sh tools/needs.sh $(NEED_LINT)
	@$(MAKE) --no-print-directory all
	@sh tools/lint.sh $(BUILD)/bedrock.so

venv: build/venv/botocore-$(MODELS)

build/venv/botocore-$(MODELS):
	@sh tools/needs.sh $(NEED_PEERS)
	@python3 -m venv build/venv
	@build/venv/bin/pip install -q --disable-pip-version-check \
	  botocore==$(MODELS)
	@touch $@

model: venv
	@sh tools/needs.sh lua5.4 lua-cjson gzip
	@lua5.4 tools/gentables.lua build/venv/lib/python3*/site-packages/botocore/data \
	  $(MODELS) > build/tables.c && mv build/tables.c core/tables.c

conformance: venv
	@$(MAKE) --no-print-directory all
	@build/venv/bin/python spec/conformance/run.py --lua $(LUA) \
	  --cpath $(BUILD)

bench:
	@sh tools/needs.sh $(NEED_PEERS)
	@$(MAKE) --no-print-directory all venv
	@sh bench/run.sh

install: all
	install -d $(DESTDIR)$(INST_LIBDIR)
	install -m 755 $(BUILD)/bedrock.so $(DESTDIR)$(INST_LIBDIR)/bedrock.so

clean:
	rm -rf build

help:
	@sed -n 's/^# //p' Makefile

.PHONY: all demo test specs test-all lint venv model conformance bench \
        install clean help
