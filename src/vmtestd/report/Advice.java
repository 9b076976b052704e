package vmtestd.report;

import vmtestd.check.Cause;
import vmtestd.check.Step;

/** What a failure means, and what to look at next, for the person who stands before the node. */
final class Advice {
    private Advice() {}

    /** The cause in a sentence. */
    static String sentence(Step step, Cause cause) {
        String module = module(step);
        return switch (cause) {
            case UNREACHABLE -> "The broker cannot be reached, broke off, or refused.";
            case TIMEOUT -> module + " did not answer in time.";
            case REMOTE_ERROR -> module + " answered with an error, or not with what was asked for.";
            case PROTOCOL_ERROR -> module + " gave an answer that cannot be read.";
            case BAD_FLIST -> "The flist holds nothing that a VM could boot from.";
            case VM_DIED -> "The VM was started and did not live.";
            case LEAK -> (step == Step.UNMOUNT ? "A mount" : "The VM") + " is still there after it was removed.";
            case INTERRUPTED -> "It was told to stop.";
            case LOCAL_ERROR -> "vmtestd itself could not go on.";
        };
    }

    /** Commands and questions that lead on; empty where nothing is wrong. */
    static String hint(Step step, Cause cause) {
        String service = module(step).equals("flist") ? "flistd" : module(step);
        return switch (cause) {
            case UNREACHABLE -> "zinit status redis; is --broker right?";
            case TIMEOUT -> step == Step.CONNECT ? "zinit status redis" : "vmtestd --check; zinit status " + service + "; zinit log " + service;
            case REMOTE_ERROR -> "zinit log " + service + (step == Step.MOUNT || step == Step.INSPECT
                    ? "; is the hub reachable? df -h /var/cache" : step == Step.DEPLOY ? "; free -m" : "");
            case PROTOCOL_ERROR -> "zinit log " + service + "; which version of ZOS is this?";
            case BAD_FLIST -> "another --flist or --kernel-flist tells whether it is the flist";
            case VM_DIED -> "its console log; zinit log vmd; vmtestd --once --keep leaves it to be looked at";
            case LEAK -> step == Step.UNMOUNT ? "zinit log flistd; mount" : "zinit log vmd; ps";
            case LOCAL_ERROR -> "df -h; can --root be written to?";
            case INTERRUPTED -> "";
        };
    }

    /** Whom the step asks, by its name on zbus. */
    private static String module(Step step) {
        return switch (step) {
            case CONNECT -> "redis";
            case LIST, DEPLOY, WAIT, VERIFY, DELETE -> "vmd";
            case MOUNT, INSPECT, UNMOUNT -> "flist";
        };
    }
}
