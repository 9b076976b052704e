package vmtestd.cleanup;

/** Is called while leftovers are removed, on the thread that removes them. Must not throw or block. */
public interface CleanupListener {
    /** Something that no verdict reports: a leftover was removed, a journal was damaged. */
    default void warn(String words) {}

    /** A VM or mount is gone that an earlier run left. {@link #warn} has the words for people. */
    default void leftoverRemoved(Journal.Kind kind) {}
}
