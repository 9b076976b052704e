package vmtestd.check;

/**
 * Is told what happens in a run while it happens, on the run's thread. Must not throw or wait. What it
 * does not care for it need not implement.
 */
public interface RunObserver {
    /** A run begins; its VM will have this name. */
    default void runStarted(String id) {}

    default void stepStarted(Step step) {}

    default void stepEnded(StepResult result) {}

    /** Something that no verdict tells: a leftover was removed, a journal was damaged. */
    default void notice(String words) {}

    /** A VM or mount is gone that an earlier run has left. A {@link #notice} tells people. */
    default void leftoverRemoved(Journal.Kind kind) {}

    default void runEnded(RunReport report) {}
}
