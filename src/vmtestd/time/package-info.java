/**
 * Time as the rest of the program sees it: a clock that a test can wind by hand, deadlines on the
 * monotonic clock, durations in Go's notation, and times in UTC. Knows nothing of any other package.
 */
package vmtestd.time;
