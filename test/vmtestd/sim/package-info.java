/**
 * A simulated ZOS node: its modules behind a real Redis or the {@link
 * vmtestd.sim.EmbeddedBroker}, on real folders, with faults to order. {@link vmtestd.sim.SimNode} is
 * the place to begin; {@link vmtestd.sim.Demo} is what {@code make demo} runs.
 */
package vmtestd.sim;
