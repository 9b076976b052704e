/**
 * The program: {@link vmtestd.Main} reads the flags and connects the parts, {@link vmtestd.Runner} runs the test once,
 * {@link vmtestd.Daemon} runs it on a schedule, {@link vmtestd.Signals} stops it. Only {@code Main} and
 * {@code Signals} end the process.
 */
package vmtestd;
