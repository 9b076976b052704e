package vmtestd.node;

import java.io.IOException;
import java.util.List;
import vmtestd.time.Deadline;
import vmtestd.zbus.MessageReader;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusException;
import vmtestd.zbus.ZbusObject;

/** vmd, which runs virtual machines, one call at a time (zosbase, pkg/vm). */
public final class Vmd extends NodeModule {
    /**
     * What a hypervisor reports of its VM.
     *
     * @param cpu the number of virtual CPUs
     * @param memory in MiB (zosbase, pkg/vm/client.go)
     */
    public record Info(long cpu, long memory) {
        /** Decodes Go's {@code VMInfo}. */
        static Info decode(MessageReader reader) throws IOException {
            long cpu = 0;
            long memory = 0;
            for (int fields = reader.map(); fields > 0; fields--) {
                switch (reader.string()) {
                    case "CPU" -> cpu = reader.integer();
                    case "Memory" -> memory = reader.integer();
                    default -> reader.skip();
                }
            }
            return new Info(cpu, memory);
        }
    }

    Vmd(ZbusClient client) {
        // Run waits for vmd's monitor, which asks provisiond about each running VM every 10 s, without a timeout.
        super(client, new ZbusObject("vmd", "manager", "0.0.1", "provision"));
    }

    /** Starts a VM. Returns when its hypervisor answers, within 10 s, which says nothing about the guest. */
    public void run(Vm vm, Deadline deadline) throws ZbusException, InterruptedException {
        call("Run", deadline, vm.encode());
    }

    /**
     * Shuts a VM down, kills it after 10 s, and removes its console log. vmd does not check that the process has ended, so
     * confirm it with {@link #exists}. A VM that does not exist is not an error. The request is persistent.
     */
    public void delete(String name, Deadline deadline) throws ZbusException, InterruptedException {
        callPersistent("Delete", deadline, argument(name));
    }

    /** Returns the names of all VMs that run on the node, those of its users included. */
    public List<String> list(Deadline deadline) throws ZbusException, InterruptedException {
        return call("List", MessageReader::strings, deadline);
    }

    /** Returns whether the VM's process runs. */
    public boolean exists(String name, Deadline deadline) throws ZbusException, InterruptedException {
        return call("Exists", MessageReader::bool, deadline, argument(name));
    }

    /** Returns what the VM's hypervisor reports. A VM that does not run is an error. */
    public Info inspect(String name, Deadline deadline) throws ZbusException, InterruptedException {
        return call("Inspect", Info::decode, deadline, argument(name));
    }

    /** Returns the last 2 KiB, roughly, of the hypervisor's log. */
    public String logs(String name, Deadline deadline) throws ZbusException, InterruptedException {
        return call("Logs", MessageReader::string, deadline, argument(name));
    }
}
