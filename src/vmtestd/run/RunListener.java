package vmtestd.run;

import vmtestd.cleanup.CleanupListener;

/** Called during a run, on the run's thread. Must not throw or block. */
public interface RunListener extends CleanupListener {
    /** @param id the run's id, which is also its VM's name, unless a {@link #warn} reports another one */
    default void runStarted(String id) {}

    default void stepStarted(Step step) {}

    default void stepEnded(StepResult result) {}

    default void runEnded(RunReport report) {}
}
