package vmtestd.run;

import vmtestd.cleanup.Cause;

/** What a run says of the node. */
public sealed interface Verdict {
    /** Every step did what it should. */
    record Passed() implements Verdict {}

    /**
     * The first thing that went wrong.
     *
     * @param step where
     * @param cause why, from a closed set
     * @param detail what was tried, on what, and what came back; remote words may hold any characters
     */
    record Failed(Step step, Cause cause, String detail) implements Verdict {}
}
