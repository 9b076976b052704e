package vmtestd.node;

import vmtestd.time.Deadline;

/** flistd, which mounts flists: {@code flist.flist@0.0.1}. One worker: calls wait for each other. */
public interface FlistModule extends NodeModule {
    /**
     * Mounts an flist. Where something is mounted under the name already, flistd gives that, whatever
     * the URL.
     *
     * @param name the mount's name, a plain file name
     * @param url the flist, on a hub
     * @return the absolute path of the mount point
     */
    String mount(String name, String url, MountOptions options, Deadline deadline) throws NodeException, InterruptedException;

    /**
     * Unmounts, and removes the mount point with all below it. flistd reports success even where the
     * unmount failed, so {@link #exists} has to confirm it; and it must never be asked for while a VM
     * uses the mount. Unmounting what is not mounted is no error. A request
     * that nobody answers stays on the queue: it is done when flistd comes to it.
     */
    void unmount(String name, Deadline deadline) throws NodeException, InterruptedException;

    /** Whether something is mounted under the name. */
    boolean exists(String name, Deadline deadline) throws NodeException, InterruptedException;
}
