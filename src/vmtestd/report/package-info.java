/**
 * Reports runs as they happen, to the log and to ZOS (zui, perf, flag), with what that needs: text on one line, JSON,
 * output that does not block. Knows nothing about earlier runs.
 */
package vmtestd.report;
