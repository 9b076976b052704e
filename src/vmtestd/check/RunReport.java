package vmtestd.check;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * All that is known of a run.
 *
 * @param id the name of its VM
 * @param started by the wall clock
 * @param took by the monotonic clock
 * @param verdict the first failure decides it
 * @param steps those that were done, in their order
 * @param consoleLog the end of the VM's console log where something was wrong with the VM; else empty
 */
public record RunReport(String id, Instant started, Duration took, Verdict verdict, List<StepResult> steps,
        String consoleLog) {
    /** Whether every step did what it should. */
    public boolean passed() {
        return verdict instanceof Verdict.Passed;
    }
}
