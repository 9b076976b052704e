package vmtestd.node;

import vmtestd.time.Deadline;

/** A module of the node, of whatever kind. */
public interface NodeModule {
    /**
     * What the module tells of its workers; it does so while all of them are busy.
     *
     * @throws NodeException where it told nothing: a timeout where it does not run
     */
    ModuleState state(Deadline deadline) throws NodeException, InterruptedException;
}
