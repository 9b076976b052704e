package vmtestd.node;

import java.io.IOException;
import vmtestd.zbus.MessageReader;

/**
 * What a hypervisor reports of its VM.
 *
 * @param cpu the number of virtual CPUs
 * @param memory in MiB (zosbase, pkg/vm/client.go)
 */
public record VmInfo(long cpu, long memory) {
    /** Decodes Go's {@code VMInfo}. */
    static VmInfo decode(MessageReader reader) throws IOException {
        long cpu = 0;
        long memory = 0;
        for (int fields = reader.map(); fields > 0; fields--) {
            switch (reader.string()) {
                case "CPU" -> cpu = reader.integer();
                case "Memory" -> memory = reader.integer();
                default -> reader.skip();
            }
        }
        return new VmInfo(cpu, memory);
    }
}
