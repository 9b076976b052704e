/** What is remembered of the daemon's runs, and how it is shown: history, {@code --status}, metrics, HTTP. */
package vmtestd.status;
