/**
 * What a run leaves on the node, written down before it is asked for and removed afterwards: the journal, its lock, and
 * the removal of VMs and mounts until the node and its kernel confirm it. Knows nothing of the steps of a run.
 */
package vmtestd.cleanup;
