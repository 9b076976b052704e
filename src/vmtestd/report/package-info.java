/**
 * Where results go: one line a record to the log, and a line a step to a person who runs the test by
 * hand. Sees reports of runs, and nothing of how they came about.
 */
package vmtestd.report;
