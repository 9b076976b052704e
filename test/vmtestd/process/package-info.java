/**
 * The program as a whole: the real process, started through {@code vmtestd.sh}, on a simulated node
 * behind the embedded broker or a real Redis. {@link vmtestd.process.Program} is the place to begin.
 */
package vmtestd.process;
