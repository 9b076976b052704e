/**
 * A simulated ZOS node: its modules behind a real Redis or the {@link vmtestd.sim.EmbeddedBroker}, on real directories,
 * with faults on request. Start reading at {@link vmtestd.sim.SimNode}. {@code make demo} runs {@link vmtestd.sim.Demo}.
 */
package vmtestd.sim;
