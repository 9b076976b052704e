/** What a person sees who starts a run or a check by hand: progress, summary, hints, colours. */
package vmtestd.cli;
