package vmtestd.check;

import vmtestd.node.NodeException;

/** A step that did not find what it should have found. */
final class CheckException extends Exception {
    private static final long serialVersionUID = 1;

    private final Cause reason;

    CheckException(Cause reason, String detail) {
        super(detail);
        this.reason = reason;
    }

    static CheckException of(NodeException e) {
        return new CheckException(Cause.of(e.kind()), e.getMessage());
    }

    Cause reason() {
        return reason;
    }
}
