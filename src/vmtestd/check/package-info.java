/**
 * The test itself. {@link vmtestd.check.TestCycle} is the place to begin: its steps stand there in
 * their order. Around it: {@link vmtestd.check.BootFiles} looks into an flist,
 * {@link vmtestd.check.Removal} takes VMs and mounts away and makes sure,
 * {@link vmtestd.check.Journal} remembers what has to be taken away whatever happens, and
 * {@link vmtestd.check.Leftovers} takes away what an earlier run could not. {@link
 * vmtestd.check.Readiness} looks whether a run could start, and does none.
 *
 * <p>Sees the node's interfaces only: nothing of zbus or Redis, and nothing of where results go.
 */
package vmtestd.check;
