/**
 * The test: one run, from the first call to the last removal. {@link vmtestd.run.TestCycle} has its steps in their order.
 * Knows nothing of who listens to a run.
 */
package vmtestd.run;
