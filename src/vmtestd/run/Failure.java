package vmtestd.run;

import vmtestd.cleanup.Cause;

/**
 * Why a step failed. The first failure of a run is its verdict.
 *
 * @param step the step that failed
 * @param cause why, from a closed set
 * @param detail what was tried, on what, and what came back; remote words in it may hold any characters
 */
public record Failure(Step step, Cause cause, String detail) {}
