package vmtestd.check;

import vmtestd.node.NodeException;

/** A step that did not find what it should have found. */
final class CheckException extends Exception {
    private static final long serialVersionUID = 1;

    private final Cause cause;

    CheckException(Cause cause, String detail) {
        super(detail);
        this.cause = cause;
    }

    static CheckException of(NodeException e) {
        return new CheckException(Cause.of(e.kind()), e.getMessage());
    }

    Cause cause() {
        return cause;
    }
}
