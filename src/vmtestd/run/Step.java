package vmtestd.run;

import java.util.Locale;

/** The steps of a run, in their order, each with what it does. */
public enum Step {
    CONNECT("connecting to the broker"),
    LIST("listing vmd's VMs, removing leftovers"),
    MOUNT("mounting the flist"),
    INSPECT("looking for what to boot"),
    DISK("making a disk"),
    TAP("making a tap device"),
    DEPLOY("starting the VM"),
    BOOT("waiting for the guest's userland"),
    STORAGE("waiting for the guest to write to its disk"),
    NETWORK("waiting for the guest to answer on its network"),
    WAIT("letting the VM run"),
    VERIFY("checking that the VM still runs"),
    DELETE("deleting the VM"),
    UNMOUNT("unmounting the flists");

    private final String doing;

    Step(String doing) {
        this.doing = doing;
    }

    /** What is shown to a person while the step is in progress. */
    public String doing() {
        return doing;
    }

    /** The name in logs and metrics. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
