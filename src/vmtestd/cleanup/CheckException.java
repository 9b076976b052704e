package vmtestd.cleanup;

import vmtestd.zbus.ZbusException;

/** A step that did not find what it should have found. */
public final class CheckException extends Exception {
    private static final long serialVersionUID = 1;

    private final Cause cause;

    public CheckException(Cause cause, String detail) {
        super(detail);
        this.cause = cause;
    }

    static CheckException of(ZbusException e) {
        return new CheckException(Cause.of(e.kind()), e.getMessage());
    }

    public Cause cause() {
        return cause;
    }
}
