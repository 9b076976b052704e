/**
 * One run of the test. {@link vmtestd.run.TestCycle} has a method for each step, in their order. Knows nothing of what listens to
 * a run.
 */
package vmtestd.run;
