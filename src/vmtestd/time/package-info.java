/**
 * Time as the rest of the program sees it: a clock that a test can wind by hand, deadlines on the
 * monotonic clock, and durations in Go's notation. Knows nothing of any other package.
 */
package vmtestd.time;
