package vmtestd.sim;

import java.util.Locale;

/** A fault in the execution of a call or in the reply to it. */
public enum Fault {
    /** Does nothing and returns an error. */
    ERROR,
    /** Executes the call and never replies. */
    NO_ANSWER,
    /** Is down: takes neither the request nor the one for its status, and comes back after that. */
    DOWN,
    /** Takes the request, but executes it and replies only after the caller has given up and asked for the status. */
    LATE_ANSWER,
    /** Executes the call and replies with another call's ID. */
    WRONG_ID,
    /** Executes the call and replies with bytes that are not a message. */
    MALFORMED,
    /** Does nothing and returns an error of zbus itself, as after a panic. */
    PANIC,
    /** Makes the broker close the caller's connection, then executes the call and replies. */
    CUT,
    /** Kills the VM, then executes the call and replies. */
    VM_DIES,
    /** Reports success and does nothing. */
    DOES_NOTHING,
    /** Executes the call, but a process or mount stays in the kernel. */
    STAYS;

    /** The name on a command line, such as {@code no-answer}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
