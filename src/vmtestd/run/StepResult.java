package vmtestd.run;

import java.time.Duration;

/**
 * The result of one step that was run.
 *
 * @param took by the monotonic clock
 * @param note for people, may be empty
 * @param failure null if the step succeeded
 */
public record StepResult(Step step, Duration took, String note, Failure failure) {
    /** Returns whether the step succeeded, and not only because what it tests is not applicable or not observed. */
    public boolean passed() {
        return failure == null && !note.startsWith("not ");
    }
}
