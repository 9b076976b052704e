package vmtestd.zbus;

/** A call, or a command to the broker, that failed. The message says what was called and what came back. */
public final class ZbusException extends Exception {
    private static final long serialVersionUID = 1;

    public enum Kind {
        /** The broker cannot be reached, closed the connection, or refused a command. */
        UNREACHABLE,
        /** The broker works, but the module did not reply in time. */
        TIMEOUT,
        /** The method returned an error. */
        REMOTE_ERROR,
        /** The reply is malformed, belongs to another call, or says that the method could not be called. */
        PROTOCOL_ERROR
    }

    private final Kind kind;
    private final boolean mayHaveRun;

    public ZbusException(Kind kind, boolean mayHaveRun, String message) {
        super(message);
        this.kind = kind;
        this.mayHaveRun = mayHaveRun;
    }

    public Kind kind() {
        return kind;
    }

    /**
     * Returns whether the method may have been executed, or may be later, so that it has to be undone. It is false only if
     * the request was never sent or was removed from its queue.
     */
    public boolean mayHaveRun() {
        return mayHaveRun;
    }
}
