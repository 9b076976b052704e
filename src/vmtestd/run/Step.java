package vmtestd.run;

import java.util.Locale;

/** The steps of a run, in their order. */
public enum Step {
    /** The broker answers. */
    CONNECT,
    /** vmd answers. Leftovers of earlier runs are removed. */
    LIST,
    /** The flist is mounted. */
    MOUNT,
    /** The flist has what a VM can boot from, and there is a kernel. */
    INSPECT,
    /** The VM is started. */
    DEPLOY,
    /** The guest's userland runs. */
    BOOT,
    /** The VM stays alive for a while. */
    WAIT,
    /** The VM is alive and has the size that was asked for. */
    VERIFY,
    /** The VM is deleted and gone. */
    DELETE,
    /** The mounts are unmounted and gone. */
    UNMOUNT;

    /** The name in logs and metrics. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
