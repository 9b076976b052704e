package vmtestd.preflight;

import java.util.Locale;

/**
 * What was found about one thing that a run needs.
 *
 * @param words what was found and what it means to a run; text from the node in it may hold any characters
 */
public record CheckResult(Mark mark, Subject subject, String words) {
    /** What a result means to a run. */
    public enum Mark {
        GOOD,
        /** A run can start, but the operator may want to know. */
        WARNING,
        /** No run can start, or it would fail. */
        FAILED,
        /** Not checked, because of something else that failed or is busy. */
        SKIPPED;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What is checked, in this order; network, disk and tap only if a scenario has them. */
    public enum Subject {
        BROKER, VMD, FLIST, STORAGE, ZUI, VMS, PROVISION, NETWORK, GUEST, DISK, TAP, LEFTOVERS, ROOT, RUN_LOCK, DAEMON_LOCK, CLOCK;

        /** The name as printed, such as {@code vmd} or {@code run.lock}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '.');
        }
    }
}
