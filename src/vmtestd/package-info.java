/**
 * The program: {@link vmtestd.Main} reads the flags and wires the parts, {@link vmtestd.Runner} does
 * runs one at a time, {@link vmtestd.Daemon} does them on schedule, {@link vmtestd.Signals} ends them.
 * Only {@code Main} and {@code Signals} end the process.
 */
package vmtestd;
