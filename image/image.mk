# How the runtime image is made. doc/image.md has the reasons.

$(if $(VM:minimal=),$(error VM=$(VM): must be minimal, or empty for the JDK's own VM))

.PHONY: image FORCE
image: build/image.done ## link a Java runtime with the program in it into build/image

# Changes, and so causes a new link, if another JDK, another version of it, or another VM is chosen.
build/jdk: FORCE
	@mkdir -p build
	@echo "$(JDK) $(JDK_VERSION) $(VM)" | cmp -s - $@ || echo "$(JDK) $(JDK_VERSION) $(VM)" >$@

# $(call link,module path,module,directory)
define link
@echo "jlink  $(3)"
@libjvm=$(if $(VM),`sh image/vm.sh "$(JDK)" build/vm`,server) && sh image/link.sh "$(JDK)" $(1) $(2) $(3) "$$libjvm"
endef

build/image.done: build/vmtestd.jar build/jdk $(wildcard image/*)
	$(call link,build/vmtestd.jar:$(MSGPACK_MODULE),vmtestd,build/image)
	@touch $@
