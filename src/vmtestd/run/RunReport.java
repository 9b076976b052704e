package vmtestd.run;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import vmtestd.cleanup.Journal;
import vmtestd.cleanup.Scenario;

/**
 * The result of a run.
 *
 * @param id the name of its VM
 * @param scenario what its VM had beyond the least
 * @param started by the wall clock
 * @param took by the monotonic clock
 * @param failure the first failure, which is the verdict, or null if the run passed
 * @param steps the steps that were run, in their order
 * @param guestUp from the call of Run until the guest's userland was seen to run, or null if it was not
 * @param guestConsole the end of the guest's serial console, if the guest failed or the settings ask for it; else empty
 * @param consoleLog the end of the VM's log if the VM failed; else empty
 * @param leftovers how many of our VMs, mounts and the like are still to be removed, by kind
 * @param kept what was left on the node on purpose, for people
 */
public record RunReport(String id, Scenario scenario, Instant started, Duration took, Failure failure, List<StepResult> steps,
        Duration guestUp, String guestConsole, String consoleLog, Map<Journal.Kind, Integer> leftovers,
        List<String> kept) {
    public boolean passed() {
        return failure == null;
    }
}
