package vmtestd.run;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import vmtestd.cleanup.Journal;

/**
 * All that is known of a run.
 *
 * @param id the name of its VM
 * @param started by the wall clock
 * @param took by the monotonic clock
 * @param failure the first failure, which is the verdict; null if the run passed
 * @param steps those that were done, in their order
 * @param guestUp from the call of Run until the guest's userland was seen; null if it was not, or could not be
 * @param guestConsole the end of what the guest wrote to its serial console where something was wrong with it; else empty
 * @param consoleLog the end of the VM's console log where something was wrong with the VM; else empty
 * @param leftovers how many VMs and mounts of ours are still to be removed, of each kind
 * @param kept what was left on purpose, in words for people; empty where that was not asked for
 */
public record RunReport(String id, Instant started, Duration took, Failure failure, List<StepResult> steps,
        Duration guestUp, String guestConsole, String consoleLog, Map<Journal.Kind, Integer> leftovers,
        List<String> kept) {
    /** Whether every step did what it should. */
    public boolean passed() {
        return failure == null;
    }
}
