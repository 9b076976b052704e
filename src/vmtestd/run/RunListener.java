package vmtestd.run;

import vmtestd.cleanup.CleanupListener;

/** Is called while a run goes on, on the run's thread. Must not throw or block. */
public interface RunListener extends CleanupListener {
    /** A run begins; its VM will have this name, unless a {@link #warn} says otherwise. */
    default void runStarted(String id) {}

    default void stepStarted(Step step) {}

    default void stepEnded(StepResult result) {}

    default void runEnded(RunReport report) {}
}
