/** The history of the daemon's runs, and its views: {@code --status}, metrics and HTTP. It does not run anything. */
package vmtestd.status;
