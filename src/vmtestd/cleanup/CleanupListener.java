package vmtestd.cleanup;

/** Called during cleanup, on the thread that does it. Must not throw or block. */
public interface CleanupListener {
    /** Reports something that is not part of a verdict: a leftover was removed, the journal was damaged. */
    default void warn(String words) {}

    /** Counts a VM or mount of an earlier run that was removed. {@link #warn} reports it to people. */
    default void leftoverRemoved(Journal.Kind kind) {}
}
