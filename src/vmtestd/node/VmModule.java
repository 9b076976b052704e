package vmtestd.node;

import java.util.List;
import vmtestd.time.Deadline;

/** vmd, which runs virtual machines: {@code vmd.manager@0.0.1}. One worker: calls wait for each other. */
public interface VmModule extends NodeModule {
    /**
     * Starts a VM, and returns when its hypervisor answers, after 10 s at the latest. That says
     * nothing yet of the guest.
     *
     * @return the console's URL; empty for a VM without interfaces
     */
    String run(Vm vm, Deadline deadline) throws NodeException, InterruptedException;

    /**
     * Ends a VM: asks the guest first, kills it after 10 s. Its console log goes with it. vmd does not
     * look whether the process is gone, so {@link #exists} has to confirm it. Deleting a VM that does
     * not exist is no error. A request that nobody answers stays on vmd's queue: it is done when vmd
     * comes to it.
     */
    void delete(String name, Deadline deadline) throws NodeException, InterruptedException;

    /** The names of all VMs that run on the node, those of its users included. */
    List<String> list(Deadline deadline) throws NodeException, InterruptedException;

    /** Whether the VM's process runs. */
    boolean exists(String name, Deadline deadline) throws NodeException, InterruptedException;

    /** What the VM's hypervisor says of it. An error where it does not run. */
    VmInfo inspect(String name, Deadline deadline) throws NodeException, InterruptedException;

    /** The end of the VM's console log, some 2 KiB. */
    String logs(String name, Deadline deadline) throws NodeException, InterruptedException;
}
