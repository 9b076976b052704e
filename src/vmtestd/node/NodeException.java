package vmtestd.node;

/** A call to the node that did not bring its result. The message says what was called and what came back. */
public final class NodeException extends Exception {
    private static final long serialVersionUID = 1;

    /** Why there is no result. */
    public enum Kind {
        /** The broker cannot be reached, breaks off, or refuses. */
        UNREACHABLE,
        /** The module did not answer in time. */
        TIMEOUT,
        /** The module did its work and says that it failed. */
        REMOTE_ERROR,
        /** What came back is not what the method returns. */
        PROTOCOL_ERROR
    }

    private final Kind kind;
    private final boolean mayHaveRun;

    public NodeException(Kind kind, boolean mayHaveRun, String message) {
        super(message);
        this.kind = kind;
        this.mayHaveRun = mayHaveRun;
    }

    public Kind kind() {
        return kind;
    }

    /** Whether the call may have had its effect all the same, or may have it yet: then it has to be undone. */
    public boolean mayHaveRun() {
        return mayHaveRun;
    }
}
