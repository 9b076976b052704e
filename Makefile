# vmtestd. `make` lists the targets; README.md and CONTRIBUTING.md describe the project.
#
#   JAVA_HOME=...        the JDK to build and run with, 17 or newer; default: that of the javac on the PATH
#   VM=minimal           image, install, test, soak, bench: use a minimal VM, built for the purpose if the JDK has none
#   FAULT=...            demo: what to break (make demo FAULT=list)
#   SCENARIO=...         demo: what the VM has, such as storage+network
#   RUNS=, SEED=         soak: how many runs, and the seed of the random faults
#   LONG=1, FLEET=1000   bench: measure growth, or what so many nodes cost a Prometheus, instead
#   DESTDIR=, PREFIX=    install: where to

JDK := $(or $(abspath $(JAVA_HOME)),$(patsubst %/bin/javac,%,$(realpath $(shell command -v javac))))
JAVA := $(JDK)/bin/java
JDK_VERSION := $(shell "$(JAVA)" -XshowSettings:properties -version 2>&1 | sed -n 's/.*java.runtime.version = //p')
PREFIX ?= /usr
VERSION := $(shell sed -n 's/.* VERSION = "\(.*\)";/\1/p' src/vmtestd/Options.java)
DIST := vmtestd-$(VERSION)-linux-$(subst x86_64,amd64,$(subst aarch64,arm64,$(shell uname -m)))
# The date of the files in archives: that of the commit, or of the last release if this is no checkout.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)
PACK := tar -c --format=gnu --sort=name --mtime=@$(SOURCE_DATE_EPOCH) --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX
RUNS ?= 10000
SEED ?= $(shell date +%s)

MSGPACK := org.msgpack:msgpack-core:0.9.12
MSGPACK_SHA256 := 261e78e32227d298f25c328aecd532a789d487d8073f97ba9b6aa6dbe41a2be3
JUNIT := org.junit.platform:junit-platform-console-standalone:1.14.4
JUNIT_SHA256 := 7c6968cbcaf4301c729f202b23b7d736c5d88be625fc7d27ad5d746146a8bc28

MSGPACK_JAR := build/lib/msgpack-core-0.9.12.jar
JUNIT_JAR := build/lib/junit-platform-console-standalone-1.14.4.jar
# The same msgpack-core with a module descriptor, which jlink requires.
MSGPACK_MODULE := build/lib/modular/msgpack.core.jar

SOURCES := $(shell find src -name '*.java')
TEST_SOURCES := $(shell find test/vmtestd -name '*.java')
# Strings are concatenated without invokedynamic, whose bootstrap takes 20 ms and 1 MB.
JAVAC := "$(JDK)/bin/javac" --release 17 -encoding UTF-8 -Xlint:all -Werror -XDstringConcat=inline
# With a fixed date and file order, the jar is the same on every machine.
JAR_DATE := --date=2026-01-01T00:00:00Z
# Without the property, msgpack-core uses sun.misc.Unsafe, and newer JDKs warn about that.
TEST_JAVA = "$(JDK)/bin/java" -Djava.util.logging.config.file=test/logging.properties -Dmsgpack.universal-buffer=true \
	-cp "build/classes:build/test-classes:$(MSGPACK_JAR):$(JUNIT_JAR)"

# Tests mostly wait, so four classes run at a time.
PARALLEL := $(addprefix --config=junit.jupiter.execution.parallel.,enabled=true mode.classes.default=concurrent \
	config.strategy=fixed config.fixed.parallelism=4 config.fixed.max-pool-size=4)

# The image's own JVM, with a compiler, and with enough memory for a soak.
IMAGE_JAVA := build/image/bin/java -Xmixed -XX:ReservedCodeCacheSize=64m -Xms256m -Xmn64m -Xmx256m \
	-Dmsgpack.universal-buffer=true -cp build/classes:build/test-classes:build/unpacked

.DELETE_ON_ERROR:
.PHONY: help jar test test-browser demo soak install uninstall dist deb licences clean tools

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

jar: build/vmtestd.jar ## compile and pack build/vmtestd.jar

include image/image.mk test/bench/bench.mk

test: tools build/test-classes/.done build/image.done ## run all tests
	@$(TEST_JAVA) org.junit.platform.console.ConsoleLauncher execute --disable-banner --disable-ansi-colors $(PARALLEL) \
		--fail-if-no-tests --details=tree --details-theme=ascii --scan-class-path=build/test-classes

test-browser: build/browser-classes/.done ## show the page for people to headless Chromium; pictures in build/pages
	@$(MAKE) -s tools TOOLS=chromium:chromium
	@$(subst build/test-classes,build/browser-classes:build/test-classes,$(TEST_JAVA)) org.junit.platform.console.ConsoleLauncher execute \
		--disable-banner --disable-ansi-colors --fail-if-no-tests --details=tree --details-theme=ascii --scan-class-path=build/browser-classes

demo: build/test-classes/.done build/vmtestd.jar ## one run against a simulated node; FAULT=list lists the faults
	@$(TEST_JAVA) vmtestd.sim.Demo $(FAULT)

soak: build/test-classes/.done build/image.done build/unpacked/.done ## RUNS runs with random faults, by SEED, on the image's JVM
	@$(IMAGE_JAVA) vmtestd.run.Soak $(RUNS) $(SEED)

install: image licences ## install image, command, manual and zinit service (DESTDIR, PREFIX), also under a running daemon
	@sh image/install.sh install "$(DESTDIR)" "$(PREFIX)"

uninstall: ## remove what install has installed (DESTDIR, PREFIX)
	@sh image/install.sh uninstall "$(DESTDIR)" "$(PREFIX)"

dist: ## pack what install installs as build/vmtestd-VERSION-linux-ARCH.tar.gz, the same bytes from the same commit
	@rm -rf build/dist
	@$(MAKE) --no-print-directory install DESTDIR=build/dist PREFIX=/usr
	@$(PACK) -C build/dist etc usr | gzip -9n >build/$(DIST).tar.gz
	@cd build && sha256sum $(DIST).tar.gz >$(DIST).tar.gz.sha256
	@echo "packed build/$(DIST).tar.gz"

deb: ## pack it as a Debian package, with a systemd unit: build/vmtestd_VERSION_ARCH.deb
	@rm -rf build/deb
	@$(MAKE) --no-print-directory install DESTDIR=build/deb PREFIX=/usr
	@SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) sh image/deb.sh build/deb $(VERSION) build
	@echo "packed build/vmtestd_$(VERSION)_`dpkg --print-architecture`.deb"

licences: image
	@echo "$(MSGPACK), Apache License 2.0" >build/image.legal/msgpack-core
	@$(PACK) LICENSE -C build/image.legal . | gzip -9n >build/licences.tar.gz.$$$$ && mv build/licences.tar.gz.$$$$ build/licences.tar.gz

clean: ## remove build/
	rm -rf build

# ---- dependencies: downloaded once and verified by checksum

# $(call fetch,artifact,sha256,jar). Maven's output, with the escape sequences that it writes to files too, is shown only if it fails.
define fetch
@echo "fetch  $(1) (Maven; the first time it downloads its own plugins too)"
@mkdir -p build/lib
@JAVA_HOME="$(JDK)" mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
	-Dartifact=$(1) -DoutputDirectory=build/lib/fetched >build/lib/maven.log 2>&1 || \
	{ sed 's/\x1b\[[0-9;]*m//g' build/lib/maven.log >&2; exit 1; }
@echo "$(2)  build/lib/fetched/$(notdir $(3))" | sha256sum -c --quiet -
@mv build/lib/fetched/$(notdir $(3)) $(3)
endef

$(MSGPACK_JAR):
	$(call fetch,$(MSGPACK),$(MSGPACK_SHA256),$@)

$(JUNIT_JAR):
	$(call fetch,$(JUNIT),$(JUNIT_SHA256),$@)

# jdeps finds a use of Unsafe that msgpack-core can do without; the image does not carry that module.
$(MSGPACK_MODULE): $(MSGPACK_JAR)
	@echo "module $@"
	@rm -rf build/msgpack-module $(@D)
	@mkdir -p $(@D)
	@"$(JDK)/bin/jdeps" --generate-module-info build/msgpack-module $< >build/msgpack-module.log
	@mv build/msgpack-module/*/module-info.java build/msgpack-module/
	@sed -i '/requires jdk.unsupported/d' build/msgpack-module/module-info.java
	@"$(JDK)/bin/javac" --release 17 --patch-module msgpack.core=$< -d build/msgpack-module build/msgpack-module/module-info.java
	@cp $< $@
	@"$(JDK)/bin/jar" --update --file $@ $(JAR_DATE) -C build/msgpack-module module-info.class

# ---- the program

build/classes/.done: $(SOURCES) $(MSGPACK_MODULE) Makefile
	@echo "javac  src"
	@rm -rf build/classes
	@$(JAVAC) -p $(MSGPACK_MODULE) -d build/classes $(SOURCES)
	@touch $@

# Changes, and so causes a new jar, with the commit, for --version.
build/commit: FORCE
	@mkdir -p build
	@commit=$$(git describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null || echo unknown); \
		echo "$$commit" | cmp -s - $@ || echo "$$commit" >$@

build/vmtestd.jar: build/classes/.done build/commit
	@echo "jar    $@"
	@cp build/commit build/classes/vmtestd/commit
	@cd build/classes && find . -name '*.class' -o -name commit | LC_ALL=C sort >../vmtestd.files
	@cd build/classes && "$(JDK)/bin/jar" --create --file ../vmtestd.jar $(JAR_DATE) --main-class vmtestd.Main @../vmtestd.files

# ---- tests

build/test-classes/.done: $(TEST_SOURCES) build/classes/.done $(JUNIT_JAR)
	@echo "javac  test"
	@rm -rf build/test-classes
	@$(JAVAC) -cp "build/classes:$(MSGPACK_JAR):$(JUNIT_JAR)" -d build/test-classes $(TEST_SOURCES)
	@touch $@

build/browser-classes/.done: $(shell find test/browser -name '*.java') build/test-classes/.done
	@echo "javac  test/browser"
	@rm -rf $(@D)
	@$(JAVAC) -cp "build/classes:build/test-classes:$(MSGPACK_JAR):$(JUNIT_JAR)" -d $(@D) $(filter %.java,$^)
	@touch $@

# The image's JVM reads no jars.
build/unpacked/.done: $(MSGPACK_JAR)
	@rm -rf $(@D)
	@mkdir -p $(@D)
	@cd $(@D) && "$(JDK)/bin/jar" --extract --file ../lib/$(<F)
	@touch $@

# What the tests run beside a JDK: Redis, a terminal, promtool and Prometheus, groff; and strip for the image. Installed if
# this is root on a Debian; otherwise the command to install them is printed. RUNLEVEL=1 keeps packages from starting servers.
TOOLS := redis-server:redis-server promtool:prometheus tmux:tmux groff:groff-base strip:binutils busybox:busybox-static
tools:
	@missing=; \
	for tool in $(TOOLS); do \
		command -v "$${tool%%:*}" >/dev/null || missing="$$missing $${tool#*:}"; \
	done; \
	if [ -n "$$missing" ]; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "installing$$missing"; \
			apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
		else \
			echo "the tests need more; run: sudo apt-get install --no-install-recommends$$missing" >&2; exit 1; \
		fi; \
	fi
