/** Clocks, deadlines, and the text forms of durations and times. Depends on no other package. */
package vmtestd.time;
