# why443: a short front for meson. `make` builds build/why443; `make help` lists the rest.
BUILD ?= build
SAN ?=
T ?=
HOST ?=
# Said either way, as meson remembers what a build before was given.
MESON_SAN = -Db_sanitize=$(or $(SAN),none) -Db_lundef=$(if $(SAN),false,true)

.PHONY: all help demo run check check-peers fuzz valgrind tsan bench tidy layers truth torture clean install
.DEFAULT_GOAL := all

all: ; @tools/bootstrap build && tools/build $(BUILD) $(MESON_SAN)

help:
	@printf '%s\n' \
	  'make                builds build/why443, installing the packages it lacks' \
	  'make demo           breaks some servers on loopback and diagnoses them' \
	  'make run HOST=NAME  diagnoses a real host' \
	  'make check          installs test needs and runs every test (T=name: one)' \
	  'make check-peers    runs real mail, directory and database servers and proxies against it (root; T=name: one)' \
	  'make fuzz           fuzzes each decoder (SECONDS=60 each; sums in doc/fuzzing.tsv)' \
	  'make bench          measures speed against curl (root: uses network namespaces)' \
	  'make torture        lets allocations and system calls fail, one at a time' \
	  'make valgrind       every command under memcheck; make tsan: with ThreadSanitizer' \
	  'make layers         checks that includes point downwards only' \
	  'make tidy           clang-tidy over the sources' \
	  'make clean          removes build/'

demo: all
	@tools/demo $(BUILD)/why443

run: all
	@test -n "$(HOST)" || { echo 'make run: say which host: make run HOST=www.example.com' >&2; exit 2; }
	@$(BUILD)/why443 $(HOST); s=$$?; test $$s -ne 2

check:
	@tools/bootstrap test && tools/check $(T)

check-peers: all
	@tools/check-peers $(BUILD)/why443 $(T)

fuzz:
	@tools/bootstrap test && tools/fuzz $(or $(SECONDS),60)

bench: all
	@tools/bootstrap test && bench/run $(BUILD)/why443 && bench/here $(BUILD)/why443

valgrind: all
	@tools/bootstrap memcheck && tools/memcheck valgrind $(BUILD)/why443

tsan:
	@tools/bootstrap memcheck && tools/build build/tsan -Db_sanitize=thread -Db_lundef=false -Dtests=enabled && tools/memcheck thread build/tsan/why443

layers:
	@tools/layers

tidy:
	@tools/bootstrap test && tools/build $(BUILD) && clang-tidy -p $(BUILD) --quiet $$(tools/sources src)

truth: all
	@tools/bootstrap truth && tools/truth $(BUILD)/why443

torture: all
	@tools/bootstrap torture && tools/torture $(BUILD)/why443

clean:
	rm -rf build
