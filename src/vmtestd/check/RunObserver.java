package vmtestd.check;

/** Is told what happens in a run while it happens, on the run's thread. Must not throw or wait. */
public interface RunObserver {
    /** A run begins; its VM will have this name. */
    void runStarted(String id);

    void stepStarted(Step step);

    void stepEnded(StepResult result);

    /** Something that no verdict tells: a leftover was removed, a journal was damaged. */
    void notice(String words);

    void runEnded(RunReport report);
}
