/**
 * Reports runs as they happen: to the log, and to ZOS (zui, perf, flag). Has what reports are written with: lines of text
 * from elsewhere, JSON, files, output that does not block. Knows nothing of earlier runs.
 */
package vmtestd.report;
