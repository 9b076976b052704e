package vmtestd.sim;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import vmtestd.run.Step;

/** The calls of a run, into each of which a fault can be injected. */
public enum Point {
    LIST(Step.LIST),
    MOUNT(Step.MOUNT),
    /** The writable mount of a disk image's flist. */
    INSPECT_DISK(Step.INSPECT),
    /** Mount of the kernel flist. */
    INSPECT(Step.INSPECT),
    DISK(Step.DISK),
    DISK_FORMAT(Step.DISK),
    TAP(Step.TAP),
    DEPLOY(Step.DEPLOY),
    /** Exists during the wait; only if {@link SimNode#expectWait} was called. */
    WAIT(Step.WAIT),
    VERIFY(Step.VERIFY),
    VERIFY_INSPECT(Step.VERIFY),
    DELETE(Step.DELETE),
    DELETE_CONFIRM(Step.DELETE),
    TAP_DELETE(Step.DELETE),
    TAP_DELETE_CONFIRM(Step.DELETE),
    DISK_DELETE(Step.DELETE),
    DISK_DELETE_CONFIRM(Step.DELETE),
    /** Unmount of the kernel flist, or of a disk image's writable mount: these come first. */
    UNMOUNT_KERNEL(Step.UNMOUNT),
    UNMOUNT_KERNEL_CONFIRM(Step.UNMOUNT),
    UNMOUNT(Step.UNMOUNT),
    UNMOUNT_CONFIRM(Step.UNMOUNT),
    /** Logs are only fetched if the VM has died. */
    LOGS(Step.VERIFY);

    private final Step step;

    Point(Step step) {
        this.step = step;
    }

    /**
     * Returns the point of a call, or null if it is not one of a run.
     *
     * @param before the calls before it
     * @param waits whether the first Exists is one of the wait
     */
    static Point of(Call call, List<Call> before, boolean waits) {
        boolean second = call.name().matches(".*-(kernel|disk)");
        return switch (call.toString()) {
            case "vmd.List" -> LIST;
            case "vmd.Run" -> DEPLOY;
            case "vmd.Inspect" -> VERIFY_INSPECT;
            case "vmd.Logs" -> LOGS;
            case "vmd.Delete" -> DELETE;
            case "storage.DiskCreate" -> DISK;
            case "storage.DiskFormat" -> DISK_FORMAT;
            case "storage.DiskDelete" -> DISK_DELETE;
            case "storage.DiskExists" -> DISK_DELETE_CONFIRM;
            case "network.SetupYggTap" -> TAP;
            case "network.RemoveTap" -> TAP_DELETE;
            case "network.TapExists" -> TAP_DELETE_CONFIRM;
            case "vmd.Exists" -> seen("vmd.Delete", before) ? DELETE_CONFIRM : waits && !seen("vmd.Exists", before) ? WAIT : VERIFY;
            case "flist.Mount" -> !second ? MOUNT : call.name().endsWith("-kernel") ? INSPECT : INSPECT_DISK;
            case "flist.Unmount" -> second ? UNMOUNT_KERNEL : UNMOUNT;
            case "flist.Exists" -> second ? UNMOUNT_KERNEL_CONFIRM : UNMOUNT_CONFIRM;
            case "zui.PushErrors" -> null;
            default -> throw new IllegalArgumentException(call.toString());
        };
    }

    private static boolean seen(String call, List<Call> before) {
        return before.stream().anyMatch(each -> each.toString().equals(call));
    }

    /** Returns the step that the call belongs to. */
    public Step step() {
        return step;
    }

    /** Returns whether a run reaches it that deploys a container without a wait and passes. */
    public boolean isInShortRun() {
        return this != LOGS && this != INSPECT_DISK && this != WAIT && !needsPeripherals();
    }

    /** Returns whether only a run with a disk and an interface reaches it. */
    public boolean needsPeripherals() {
        return name().startsWith("TAP") || name().startsWith("DISK");
    }

    /** Returns whether the fault makes sense at this point. */
    public boolean takes(Fault fault) {
        return switch (fault) {
            case VM_DIES -> Stream.of(DEPLOY, WAIT, VERIFY, VERIFY_INSPECT).anyMatch(this::equals);
            case DOES_NOTHING -> Stream.of(DELETE, TAP_DELETE, DISK_DELETE, UNMOUNT, UNMOUNT_KERNEL).anyMatch(this::equals);
            case STAYS -> this == UNMOUNT || this == UNMOUNT_KERNEL || this == TAP_DELETE;
            case ERROR, NO_ANSWER, DOWN, LATE_ANSWER, WRONG_ID, MALFORMED, PANIC, CUT -> true;
        };
    }

    /** The name on a command line, such as {@code delete-confirm}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
