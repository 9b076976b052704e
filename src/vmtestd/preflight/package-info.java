/** What {@code --check} does: whether a run could start. Deploys and changes nothing. */
package vmtestd.preflight;
