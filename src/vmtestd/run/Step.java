package vmtestd.run;

import java.util.Locale;

/** The steps of a run, in their order. */
public enum Step {
    /** The broker answers. */
    CONNECT,
    /** vmd answers; leftovers of earlier runs are removed. */
    LIST,
    /** The flist is mounted. */
    MOUNT,
    /** The flist holds what a VM can boot from, and a kernel is there. */
    INSPECT,
    /** The VM is started. */
    DEPLOY,
    /** The guest's userland runs. */
    BOOT,
    /** The VM gets time to die. */
    WAIT,
    /** It has not died, and is as large as asked for. */
    VERIFY,
    /** The VM is deleted, and gone. */
    DELETE,
    /** The mounts are unmounted, and gone. */
    UNMOUNT;

    /** The name in logs and metrics. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
