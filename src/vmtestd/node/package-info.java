/**
 * The node: its modules with their methods, arguments and results, and what the kernel shows of VMs and mounts. Knows nothing
 * about what they are used for.
 */
package vmtestd.node;
