# Measurements: the image with a service in it that runs many tests without waiting, and the image of an empty program.

BENCH := build/bench/image.done build/bench/floor.done
BENCH_JAVA := "$(JAVA)" -Dmsgpack.universal-buffer=true -cp "build/classes:build/test-classes:build/bench/classes:$(MSGPACK_JAR)"

.PHONY: bench
bench: tools $(BENCH) build/image.done ## measure size, memory and times, each beside the least possible; LONG=1: growth; FLEET=N: N nodes
	@$(BENCH_JAVA) $(if $(FLEET),vmtestd.status.Fleet $(FLEET),$(if $(LONG),vmtestd.bench.Growth build/bench/image,\
		vmtestd.bench.Bench build/image build/bench/floor build/bench/image $(if $(VM),26,46))) $(OPTIONS)
	@$(if $(LONG),$(BENCH_JAVA) vmtestd.Spread)

build/bench/classes/.done: $(shell find test/bench/vmtestd -name '*.java') build/test-classes/.done
	@echo "javac  bench"
	@rm -rf $(@D)
	@$(JAVAC) -cp "build/classes:build/test-classes:$(MSGPACK_JAR)" -d $(@D) $(filter %.java,$^)
	@touch $@

build/bench/vmtestd.jar: build/bench/classes/.done build/vmtestd.jar
	@cp build/vmtestd.jar $@
	@"$(JDK)/bin/jar" --update --file $@ $(JAR_DATE) $(foreach class,RunsThenIdle bench/AnswerTimes bench/CallTimes bench/CallTimes$$Work bench/Table,\
		-C build/bench/classes 'vmtestd/$(class).class')

build/bench/image.done: build/bench/vmtestd.jar build/image.done
	$(call link,build/bench/vmtestd.jar:$(MSGPACK_MODULE),vmtestd,build/bench/image)
	@touch $@

build/bench/floor.done: $(wildcard test/bench/floor/*.java test/bench/floor/floor/*.java) build/image.done
	@rm -rf build/bench/floor-classes
	@$(JAVAC) -d build/bench/floor-classes $(filter %.java,$^)
	$(call link,build/bench/floor-classes,floor,build/bench/floor)
	@touch $@
