package vmtestd.sim;

import java.util.Locale;
import java.util.stream.Stream;
import vmtestd.check.Step;

/** The calls of a run, each a place for a fault. */
public enum Point {
    LIST(Step.LIST),
    MOUNT(Step.MOUNT),
    /** Of a disk image's flist: the read-only mount is taken away for a writable one. */
    INSPECT_UNMOUNT(Step.INSPECT),
    INSPECT_UNMOUNT_CONFIRM(Step.INSPECT),
    INSPECT_REMOUNT(Step.INSPECT),
    /** Mount of the kernel flist. */
    INSPECT(Step.INSPECT),
    DEPLOY(Step.DEPLOY),
    VERIFY(Step.VERIFY),
    VERIFY_INSPECT(Step.VERIFY),
    DELETE(Step.DELETE),
    DELETE_CONFIRM(Step.DELETE),
    /** The kernel flist's mount goes first. */
    UNMOUNT_KERNEL(Step.UNMOUNT),
    UNMOUNT_KERNEL_CONFIRM(Step.UNMOUNT),
    UNMOUNT(Step.UNMOUNT),
    UNMOUNT_CONFIRM(Step.UNMOUNT),
    /** Only fetched when something is wrong. */
    LOGS(Step.DEPLOY);

    private final Step step;

    Point(Step step) {
        this.step = step;
    }

    /** The step that the call belongs to. */
    public Step step() {
        return step;
    }

    /** Whether the fault makes sense here. */
    public boolean takes(Fault fault) {
        return switch (fault) {
            case VM_DIES -> Stream.of(DEPLOY, VERIFY, VERIFY_INSPECT).anyMatch(this::equals);
            case DOES_NOTHING -> Stream.of(DELETE, UNMOUNT, UNMOUNT_KERNEL, INSPECT_UNMOUNT).anyMatch(this::equals);
            case ERROR, NO_ANSWER, DOWN, LATE_ANSWER, WRONG_ID, MALFORMED, PANIC, CUT -> true;
        };
    }

    /** The name on a command line, such as {@code delete-confirm}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
