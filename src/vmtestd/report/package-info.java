/**
 * Where results go. Sees reports of runs, and nothing of how they came about.
 *
 * <ul>
 * <li>the log: {@link vmtestd.report.Log}, {@link vmtestd.report.RunLog}, {@link vmtestd.report.CallLog}
 * <li>what the log and the screens are printed to: {@link vmtestd.report.NonBlockingOutput}
 * <li>who runs a test by hand: {@link vmtestd.report.StepScreen} on a terminal, {@link
 *     vmtestd.report.StepPrinter} elsewhere, {@link vmtestd.report.FindingPrinter} for a check
 * <li>what the daemon remembers: {@link vmtestd.report.Records}, with a history and {@link
 *     vmtestd.report.Metrics}; who asks for it: {@link vmtestd.report.StatusPage}, {@link
 *     vmtestd.report.HttpEndpoint}
 * <li>ZOS's own places: {@link vmtestd.report.Channels}
 * </ul>
 */
package vmtestd.report;
