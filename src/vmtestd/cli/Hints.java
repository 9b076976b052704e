package vmtestd.cli;

import vmtestd.run.Step;
import vmtestd.run.Failure;

/** What a failure means, and what to look at next, for the person who stands before the node. */
final class Hints {
    private Hints() {}

    /** The cause in a sentence. */
    static String sentence(Failure failure) {
        String module = module(failure);
        return switch (failure.cause()) {
            case UNREACHABLE -> "The broker cannot be reached, broke off, or refused.";
            case TIMEOUT -> module + " did not answer in time.";
            case REMOTE_ERROR -> module + " answered with an error, or not with what was asked for.";
            case PROTOCOL_ERROR -> module + " gave an answer that cannot be read.";
            case BAD_FLIST -> "The flist holds nothing that a VM could boot from.";
            case NO_BOOT -> "The VM was started and its guest did not boot.";
            case VM_DIED -> "The VM was started and did not live.";
            case LEAK -> (module.equals("vmd") ? "The VM" : "A mount") + " is still there after it was removed.";
            case INTERRUPTED -> "It was told to stop.";
            case LOCAL_ERROR -> "vmtestd itself could not go on.";
        };
    }

    /**
     * Commands and questions that lead on; empty where nothing is wrong.
     *
     * @param kept whether the VM was left to be looked at
     * @param sameNode the flags with which another command finds the same node and files
     */
    static String hint(Failure failure, boolean kept, String sameNode) {
        Step step = failure.step();
        String service = module(failure).equals("flist") ? "flistd" : module(failure);
        return switch (failure.cause()) {
            case UNREACHABLE -> "zinit status redis; is --broker right?";
            case TIMEOUT -> step == Step.CONNECT ? "zinit status redis"
                    : "vmtestd --check" + sameNode + "; zinit status " + service + "; zinit log " + service;
            case REMOTE_ERROR -> "zinit log " + service + (step == Step.MOUNT || step == Step.INSPECT
                    ? "; is the hub reachable? df -h /var/cache" : step == Step.DEPLOY ? "; free -m" : "");
            case PROTOCOL_ERROR -> "zinit log " + service + "; which version of ZOS is this?";
            case BAD_FLIST -> "another --flist or --kernel-flist tells whether it is the flist";
            case NO_BOOT -> "what its guest says; zinit log vmd; does the guest need longer (--boot-timeout)?"
                    + (kept ? "" : " vmtestd --once --keep leaves it to be looked at");
            case VM_DIED -> "its console log; zinit log vmd" + (kept ? "" : "; vmtestd --once --keep leaves it to be looked at");
            case LEAK -> service.equals("vmd") ? "zinit log vmd; ps" : "zinit log flistd; mount";
            case LOCAL_ERROR -> "df -h; can --root be written to?";
            case INTERRUPTED -> "";
        };
    }

    /**
     * Whom it is about, by its name on zbus. Most steps ask one module only; leftovers are those of both,
     * and there the detail names it.
     */
    private static String module(Failure failure) {
        return switch (failure.step()) {
            case CONNECT -> "redis";
            case LIST -> failure.detail().matches("(?s).*: (flist|mount) .*") ? "flist" : "vmd";
            case DEPLOY, BOOT, WAIT, VERIFY, DELETE -> "vmd";
            case MOUNT, INSPECT, UNMOUNT -> "flist";
        };
    }
}
