package vmtestd.preflight;

import java.util.Locale;

/**
 * What a look at one thing that a run needs has shown.
 *
 * @param words what was seen, and what a run would do about it; remote words in it may hold any characters
 */
public record CheckResult(Mark mark, Subject subject, String words) {
    /** What a finding means to a run. */
    public enum Mark {
        /** As it should be. */
        GOOD,
        /** A run could start, but somebody may want to know. */
        WARNING,
        /** No run could start, or it would fail for certain. */
        FAILED,
        /** It could not be looked at, because of something else that has failed or is busy. */
        SKIPPED;

        /** The word for people. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What is looked at, in this order. */
    public enum Subject {
        BROKER, VMD, FLIST, STORAGE, ZUI, VMS, PROVISION, GUEST, LEFTOVERS, ROOT, RUN_LOCK, DAEMON_LOCK, CLOCK;

        /** The name for people, such as {@code vmd} or {@code run.lock}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '.');
        }
    }
}
