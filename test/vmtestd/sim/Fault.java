package vmtestd.sim;

import java.util.Locale;

/** What can be wrong with the answer to a call, or with what the call should do. */
public enum Fault {
    /** Does nothing and answers with an error. */
    ERROR,
    /** Does it and never answers. */
    NO_ANSWER,
    /** Is down: does not even take the request, nor the one for its status. Comes back after that. */
    DOWN,
    /** Takes the request, and does and answers it only when the caller has given up and asked for the status. */
    LATE_ANSWER,
    /** Does it, and answers under another call's ID. */
    WRONG_ID,
    /** Does it, and answers with bytes that are no message. */
    MALFORMED,
    /** Does nothing and answers with an error of zbus itself, as after a panic. */
    PANIC,
    /** Has the broker end the caller's connection, then does it and answers. */
    CUT,
    /** Ends the VM, then answers as if nothing had happened. */
    VM_DIES,
    /** Answers that it is done, and does nothing. */
    DOES_NOTHING,
    /** Does it, but a process or mount stays in the kernel. */
    STAYS;

    /** The name on a command line, such as {@code no-answer}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
