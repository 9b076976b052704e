/**
 * What vmtestd costs, each figure beside the least that it could be: {@code make bench}. {@link vmtestd.bench.Bench}
 * is the place to begin.
 */
package vmtestd.bench;
