/** What a person sees who starts a run or a check by hand: progress, summary, hints. */
package vmtestd.cli;
