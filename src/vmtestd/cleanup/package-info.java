/**
 * The journal of what a run leaves on the node, its files and locks, and the removal of VMs and mounts until the node and
 * its kernel confirm it. Knows nothing of the steps of a run.
 */
package vmtestd.cleanup;
