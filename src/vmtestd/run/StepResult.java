package vmtestd.run;

import java.time.Duration;

/**
 * One step that was done.
 *
 * @param took by the monotonic clock
 * @param note what was learnt, for people; empty for nothing
 * @param failure what went wrong; null where nothing did
 */
public record StepResult(Step step, Duration took, String note, Failure failure) {}
