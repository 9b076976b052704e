package vmtestd.report;

import vmtestd.run.Failure;
import vmtestd.run.Step;

/**
 * What a failure means to an operator.
 *
 * @param meaning the cause in a sentence
 * @param next commands and questions that help to find out more; may be empty
 */
public record Hints(String meaning, String next) {
    /**
     * @param kept whether the VM was left for inspection
     * @param sameNode the flags with which another command finds the same node and files
     */
    public static Hints of(Failure failure, boolean kept, String sameNode) {
        Step step = failure.step();
        String module = module(failure);
        String service = module.matches("flist|storage|network") ? module + "d" : module;
        String keep = kept ? "" : "; vmtestd --once --keep leaves the VM for inspection";
        return switch (failure.cause()) {
            case UNREACHABLE -> new Hints("The broker cannot be reached, closed the connection, or refused it.",
                    "zinit status redis; is --broker right?");
            case TIMEOUT -> new Hints(module + " did not answer in time.", step == Step.CONNECT ? "zinit status redis"
                    : "vmtestd --check" + sameNode + "; zinit status " + service + "; zinit log " + service);
            case REMOTE_ERROR -> new Hints(module + " returned an error or an unexpected result.", "zinit log " + service
                    + (step == Step.MOUNT || step == Step.INSPECT ? "; is the hub reachable? df -h /var/cache"
                    : step == Step.DEPLOY ? "; free -m" : step == Step.DISK ? "; btrfs filesystem usage" : ""));
            case PROTOCOL_ERROR -> new Hints(module + " returned a malformed reply.",
                    "zinit log " + service + "; which version of ZOS is this?");
            case BAD_FLIST -> new Hints("The flist contains nothing that a VM can boot from.", "try another --flist or --kernel-flist");
            case NO_BOOT -> new Hints("The VM was started, but its guest did not boot.",
                    "the guest's console; zinit log vmd; a longer --boot-timeout" + keep);
            case NO_DATA -> new Hints(step == Step.STORAGE ? "The guest runs without its disk." : "The guest runs without its network.",
                    (step == Step.STORAGE ? "btrfs filesystem usage" : "ip -d link show t-...") + "; zinit log " + service + keep);
            case VM_DIED -> new Hints("The VM was started, but did not keep running.", "the hypervisor's log; zinit log vmd" + keep);
            case LEAK -> switch (module) {
                case "vmd" -> new Hints("The VM, or a process that serves it, is still there after its removal.",
                        "zinit log vmd; ps; if vmd does not list the VM, kill the processes that still serve it");
                case "flist" -> new Hints("A mount is still there after its removal.", "zinit log flistd; mount");
                case "storage" -> new Hints("A disk is still there after its removal.", "zinit log storaged; btrfs filesystem usage");
                default -> new Hints("A tap device is still there after its removal.", "zinit log networkd; ip -d link show t-...");
            };
            case INTERRUPTED -> new Hints("vmtestd was told to stop.", "");
            case LOCAL_ERROR -> new Hints("vmtestd itself could not continue.", "df -h; is --root writable?");
        };
    }

    /** The module's name on zbus, or redis. Most steps call one module only; else the detail names it. */
    private static String module(Failure failure) {
        String about = failure.detail().replaceFirst("(?s)(?:.*: )?(flist|mount|storage|disk|network|tap) .*", "$1");
        return switch (failure.step()) {
            case CONNECT -> "redis";
            case LIST, DELETE -> switch (about) {
                case "flist", "mount" -> "flist";
                case "storage", "disk" -> "storage";
                case "network", "tap" -> "network";
                default -> "vmd";
            };
            case DISK, STORAGE -> "storage";
            case TAP, NETWORK -> "network";
            case DEPLOY, BOOT, WAIT, VERIFY -> "vmd";
            case MOUNT, INSPECT, UNMOUNT -> "flist";
        };
    }
}
