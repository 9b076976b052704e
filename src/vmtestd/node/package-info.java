/**
 * What a node offers, as interfaces with their records, and the implementation of each over zbus.
 * {@link vmtestd.node.Node} holds them all.
 *
 * <p>Knows the modules' methods, their arguments and results, and nothing of what they are called
 * for. The facts about each method are those of threefoldtech/zosbase, packages {@code pkg/vm} and
 * {@code pkg/flist}.
 */
package vmtestd.node;
