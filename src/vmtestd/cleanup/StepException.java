package vmtestd.cleanup;

import vmtestd.node.NodeException;

/** A step that did not find what it should have found. */
public final class StepException extends Exception {
    private static final long serialVersionUID = 1;

    private final Cause cause;

    public StepException(Cause cause, String detail) {
        super(detail);
        this.cause = cause;
    }

    static StepException of(NodeException e) {
        return new StepException(Cause.of(e.kind()), e.getMessage());
    }

    public Cause cause() {
        return cause;
    }
}
