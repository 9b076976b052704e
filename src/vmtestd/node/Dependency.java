package vmtestd.node;

import vmtestd.time.Deadline;

/** A module that only other modules call: provisiond is asked by vmd, storaged by flistd. */
public interface Dependency extends NodeModule {
    /** Returns how many calls are on the module's queue, which it has not taken yet. */
    long waiting(Deadline deadline) throws NodeException, InterruptedException;
}
