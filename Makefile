# vmtestd. `make` lists the targets; README.md tells the rest.
#
#   JAVA_HOME=...        the JDK to build and run with, 17 or newer; without it, the javac on the PATH
#   VM=minimal           image, install, test, soak, bench: with a VM built for the purpose, or the JDK's minimal one
#   FAULT=...            make demo: what to break (make demo FAULT=list)
#   RUNS=, SEED=         make soak: how many runs, and which
#   DESTDIR=, PREFIX=    make install: where to

JDK := $(or $(abspath $(JAVA_HOME)),$(patsubst %/bin/javac,%,$(realpath $(shell command -v javac))))
JAVA := $(JDK)/bin/java
JDK_VERSION := $(shell "$(JAVA)" -XshowSettings:properties -version 2>&1 | sed -n 's/.*java.runtime.version = //p')
PREFIX ?= /usr
$(if $(VM:minimal=),$(error VM=$(VM): legal is minimal, or nothing for the JDK's own VM))
RUNS ?= 10000
SEED ?= $(shell date +%s)

MSGPACK := org.msgpack:msgpack-core:0.9.12
MSGPACK_SHA256 := 261e78e32227d298f25c328aecd532a789d487d8073f97ba9b6aa6dbe41a2be3
JUNIT := org.junit.platform:junit-platform-console-standalone:1.14.4
JUNIT_SHA256 := 7c6968cbcaf4301c729f202b23b7d736c5d88be625fc7d27ad5d746146a8bc28

MSGPACK_JAR := build/lib/msgpack-core-0.9.12.jar
JUNIT_JAR := build/lib/junit-platform-console-standalone-1.14.4.jar
# The same msgpack-core with a module descriptor, which jlink needs.
MSGPACK_MODULE := build/lib/modular/msgpack.core.jar

SOURCES := $(shell find src -name '*.java')
TEST_SOURCES := $(shell find test/vmtestd -name '*.java')
# Strings are joined without invokedynamic: its bootstrap costs a small process 20 ms and 1 MB.
JAVAC := "$(JDK)/bin/javac" --release 17 -encoding UTF-8 -Xlint:all -Werror -XDstringConcat=inline
# A fixed date and order of files make the jar the same on every machine.
JAR_DATE := --date=2026-01-01T00:00:00Z
# The tests' own JVM has the VM of the image; JUnit and the tests need more of the JDK than the image has.
TEST_JDK := $(if $(VM),build/minimal-jdk,$(JDK))
TEST_VM := $(if $(VM),build/minimal-jdk/.done)
# On a full JDK msgpack-core would reach for sun.misc.Unsafe, of which newer JDKs warn.
TEST_JAVA := "$(TEST_JDK)/bin/java" -Djava.util.logging.config.file=test/logging.properties -Dmsgpack.universal-buffer=true \
	-cp "build/classes:build/test-classes:$(MSGPACK_JAR):$(JUNIT_JAR)"

# Most of a test's time is waiting, so two classes run side by side.
TWO_CLASSES := $(addprefix --config=junit.jupiter.execution.parallel.,enabled=true mode.classes.default=concurrent \
	config.strategy=fixed config.fixed.parallelism=2 config.fixed.max-pool-size=2)

# The image's own JVM, with room for a soak and with a compiler. JUnit needs more than the image has.
IMAGE_JAVA := build/image/bin/java -Xmixed -XX:ReservedCodeCacheSize=64m -Xms256m -Xmn64m -Xmx256m \
	-Dmsgpack.universal-buffer=true -cp build/classes:build/test-classes:build/unpacked

BENCH := build/bench/image.done build/bench/floor.done
BENCH_JAVA := "$(JAVA)" -Dmsgpack.universal-buffer=true -cp "build/classes:build/test-classes:build/bench/classes:$(MSGPACK_JAR)"

.DELETE_ON_ERROR:
.PHONY: help jar test image demo soak bench install clean tools

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

jar: build/vmtestd.jar ## compile, and pack build/vmtestd.jar

image: build/image.done ## link a runtime of its own into build/image

test: tools build/test-classes/.done build/image.done $(TEST_VM) ## run all tests
	@$(TEST_JAVA) org.junit.platform.console.ConsoleLauncher execute --disable-banner --disable-ansi-colors $(TWO_CLASSES) \
		--fail-if-no-tests --details=tree --details-theme=ascii --scan-class-path=build/test-classes

demo: build/test-classes/.done build/vmtestd.jar $(TEST_VM) ## one run against a simulated node; FAULT=list names what can be broken
	@$(TEST_JAVA) vmtestd.sim.Demo $(FAULT)

bench: tools $(BENCH) build/image.done ## what it costs, each figure beside its floor; LONG=1: how it grows
	@$(BENCH_JAVA) $(if $(LONG),vmtestd.bench.Growth build/bench/image,vmtestd.bench.Bench build/image build/bench/floor build/bench/image \
		$(if $(VM),24,40)) $(OPTIONS)

soak: build/test-classes/.done build/image.done build/unpacked/.done ## RUNS runs with all that can go wrong, by SEED, on the image's own JVM
	@$(IMAGE_JAVA) vmtestd.run.Soak $(RUNS) $(SEED)

install: image ## put image, command, manual and zinit service in place (DESTDIR, PREFIX)
	rm -rf "$(DESTDIR)$(PREFIX)/lib/vmtestd"
	install -d "$(DESTDIR)$(PREFIX)/lib/vmtestd" "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)/etc/zinit"
	cp -R build/image "$(DESTDIR)$(PREFIX)/lib/vmtestd/image"
	install -d "$(DESTDIR)$(PREFIX)/share/doc/vmtestd"
	tar -czf "$(DESTDIR)$(PREFIX)/share/doc/vmtestd/licences.tar.gz" LICENSE -C build/image.legal .
	install -m 755 vmtestd.sh "$(DESTDIR)$(PREFIX)/lib/vmtestd/vmtestd.sh"
	ln -sf ../lib/vmtestd/vmtestd.sh "$(DESTDIR)$(PREFIX)/bin/vmtestd"
	install -D -m 644 doc/vmtestd.8 "$(DESTDIR)$(PREFIX)/share/man/man8/vmtestd.8"
	install -D -m 644 doc/vmtestd.bash "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/vmtestd"
	install -m 644 zinit/vmtestd.yaml "$(DESTDIR)/etc/zinit/vmtestd.yaml"

clean: ## remove build/
	rm -rf build

# ---- dependencies: fetched once, and believed only by their checksum

# Maven writes escape sequences even without a terminal. Its own libraries use sun.misc.Unsafe, of which JDKs from 23 on
# warn unless they are told not to.
MAVEN_OPTS := -Djansi.noreset=true $(if $(filter-out 17.% 18.% 19.% 20.% 21.% 22.%,$(JDK_VERSION)),--sun-misc-unsafe-memory-access=allow)

# $(call fetch,artifact,sha256,jar)
define fetch
@echo "fetch  $(1)"
@mkdir -p build/lib
@JAVA_HOME="$(JDK)" MAVEN_OPTS="$(MAVEN_OPTS)" mvn -q -B -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact=$(1) -DoutputDirectory=build/lib/fetched
@echo "$(2)  build/lib/fetched/$(notdir $(3))" | sha256sum -c --quiet -
@mv build/lib/fetched/$(notdir $(3)) $(3)
endef

$(MSGPACK_JAR):
	$(call fetch,$(MSGPACK),$(MSGPACK_SHA256),$@)

$(JUNIT_JAR):
	$(call fetch,$(JUNIT),$(JUNIT_SHA256),$@)

# jdeps sees the Unsafe that msgpack-core can do without; an image need not carry it.
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

build/vmtestd.jar: build/classes/.done
	@echo "jar    $@"
	@cd build/classes && find . -name '*.class' | LC_ALL=C sort >../vmtestd.files
	@cd build/classes && "$(JDK)/bin/jar" --create --file ../vmtestd.jar $(JAR_DATE) --main-class vmtestd.Main @../vmtestd.files

# Linked again when another JDK or VM is chosen, or the JDK is another version.
build/jdk: FORCE
	@mkdir -p build
	@echo "$(JDK) $(JDK_VERSION) $(VM)" | cmp -s - $@ || echo "$(JDK) $(JDK_VERSION) $(VM)" >$@
.PHONY: FORCE

# $(call link,module path,module,folder)
define link
@echo "jlink  $(3)"
@libjvm=$(if $(VM),`sh image/vm.sh "$(JDK)" build/vm`,server) && sh image/link.sh "$(JDK)" $(1) $(2) $(3) "$$libjvm"
endef

build/image.done: build/vmtestd.jar build/jdk $(wildcard image/*)
	$(call link,build/vmtestd.jar:$(MSGPACK_MODULE),vmtestd,build/image)
	@touch $@

# ---- measuring: the image with a service in it that leaps from run to run, and an empty program's image

build/bench/classes/.done: $(shell find test/bench/vmtestd -name '*.java') build/test-classes/.done
	@echo "javac  bench"
	@rm -rf $(@D)
	@$(JAVAC) -cp "build/classes:build/test-classes:$(MSGPACK_JAR)" -d $(@D) $(filter %.java,$^)
	@touch $@

build/bench/vmtestd.jar: build/bench/classes/.done build/vmtestd.jar
	@cp build/vmtestd.jar $@
	@"$(JDK)/bin/jar" --update --file $@ $(JAR_DATE) $(foreach class,RunsThenIdle bench/AnswerTimes bench/CallTimes bench/CallTimes$$Work bench/EchoModule bench/Table,\
		-C build/bench/classes 'vmtestd/$(class).class')

build/bench/image.done: build/bench/vmtestd.jar build/image.done
	$(call link,build/bench/vmtestd.jar:$(MSGPACK_MODULE),vmtestd,build/bench/image)
	@touch $@

build/bench/floor.done: $(wildcard test/bench/floor/*.java test/bench/floor/floor/*.java) build/image.done
	@rm -rf build/bench/floor-classes
	@$(JAVAC) -d build/bench/floor-classes $(filter %.java,$^)
	$(call link,build/bench/floor-classes,floor,build/bench/floor)
	@touch $@

# ---- tests

build/test-classes/.done: $(TEST_SOURCES) build/classes/.done $(JUNIT_JAR)
	@echo "javac  test"
	@rm -rf build/test-classes
	@$(JAVAC) -cp "build/classes:$(MSGPACK_JAR):$(JUNIT_JAR)" -d build/test-classes $(TEST_SOURCES)
	@touch $@

# The image reads no jars.
build/unpacked/.done: $(MSGPACK_JAR)
	@rm -rf $(@D)
	@mkdir -p $(@D)
	@cd $(@D) && "$(JDK)/bin/jar" --extract --file ../lib/$(<F)
	@touch $@

# The JDK by links, but for its VM, which finds the rest from where it is itself.
build/minimal-jdk/.done: build/image.done
	@rm -rf $(@D)
	@cp -as "$(JDK)/." $(@D)
	@rm $(@D)/bin/java $(@D)/lib/server/libjvm.so
	@cp "$(JDK)/bin/java" $(@D)/bin/java
	@cp build/image/lib/*/libjvm.so $(@D)/lib/server/libjvm.so
	@touch $@

# The tests run against a real Redis and a real terminal, and have a real Prometheus read the metrics and
# the alerts, and groff the manual; the image wants strip. Only root on a Debian may install them; others are told how.
# RUNLEVEL=1 keeps servers from being started.
tools:
	@missing=; \
	for tool in redis-server:redis-server promtool:prometheus tmux:tmux groff:groff-base strip:binutils busybox:busybox-static; do \
		command -v "$${tool%%:*}" >/dev/null || missing="$$missing $${tool#*:}"; \
	done; \
	if [ -n "$$missing" ]; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "installing$$missing"; \
			apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
		else \
			echo "the tests need more: sudo apt-get install --no-install-recommends$$missing" >&2; exit 1; \
		fi; \
	fi
