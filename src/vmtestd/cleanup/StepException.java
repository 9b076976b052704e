package vmtestd.cleanup;

import vmtestd.zbus.ZbusException;

/** Why a step failed, or a part of one. */
public final class StepException extends Exception {
    private static final long serialVersionUID = 1;

    private final Cause cause;

    public StepException(Cause cause, String detail) {
        super(detail);
        this.cause = cause;
    }

    public StepException(ZbusException e) {
        this(Cause.valueOf(e.kind().name()), e.getMessage());
    }

    public Cause cause() {
        return cause;
    }
}
