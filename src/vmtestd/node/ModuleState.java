package vmtestd.node;

import java.time.Instant;
import java.util.List;
import vmtestd.zbus.ModuleStatus;

/**
 * What a module that runs tells of its workers. A call waits until one of them is free.
 *
 * @param free how many wait for a call
 * @param busy the calls that the others are in
 */
public record ModuleState(int free, List<Busy> busy) {
    /**
     * A worker that is in a call.
     *
     * @param call such as {@code [manager@0.0.1].Run()}, in the module's words, which may hold any characters
     * @param since when it began, by the node's wall clock
     */
    public record Busy(String call, Instant since) {}

    /** Whether a call that comes now has to wait. A module that tells of no worker is believed to have one. */
    public boolean isBusy() {
        return free == 0 && !busy.isEmpty();
    }

    static ModuleState of(ModuleStatus status) {
        List<Busy> busy = status.workers().stream().filter(ModuleStatus.Worker::busy)
                .map(worker -> new Busy(worker.action(), worker.since())).toList();
        return new ModuleState(status.workers().size() - busy.size(), busy);
    }
}
