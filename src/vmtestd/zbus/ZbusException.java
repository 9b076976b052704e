package vmtestd.zbus;

/** A call that did not bring its result. The message says what was called and what came back. */
public final class ZbusException extends Exception {
    private static final long serialVersionUID = 1;

    /** The ways to fail. */
    public enum Kind {
        /** The broker could not be reached, broke off, or refused a command. */
        TRANSPORT,
        /** The broker is well, and nobody answered in time. */
        TIMEOUT,
        /** The answer is no answer: malformed bytes, another call's ID, or zbus's own error. */
        PROTOCOL,
        /** The method was called, and returned an error. */
        REMOTE
    }

    private final Kind kind;
    private final boolean mayHaveRun;

    ZbusException(Kind kind, boolean mayHaveRun, String message) {
        super(message);
        this.kind = kind;
        this.mayHaveRun = mayHaveRun;
    }

    public Kind kind() {
        return kind;
    }

    /**
     * Whether the method may have done its work all the same, or may do so yet. False only where
     * the request was never sent, or was taken back from the queue unread.
     */
    public boolean mayHaveRun() {
        return mayHaveRun;
    }
}
