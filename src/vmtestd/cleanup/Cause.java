package vmtestd.cleanup;

import java.util.Locale;
import vmtestd.zbus.ZbusException;

/** Why a step failed. */
public enum Cause {
    /** The broker cannot be reached, breaks off, or refuses. */
    UNREACHABLE,
    /** A module did not answer in time. */
    TIMEOUT,
    /** A module answered with an error, or with something other than was asked for. */
    REMOTE_ERROR,
    /** A module's answer cannot be read. */
    PROTOCOL_ERROR,
    /** The flist holds nothing that a VM could boot from. */
    BAD_FLIST,
    /** The guest's userland did not run in time. */
    NO_BOOT,
    /** The VM was started and did not live. */
    VM_DIED,
    /** A VM or mount is still there after it was removed. */
    LEAK,
    /** vmtestd was told to stop. */
    INTERRUPTED,
    /** vmtestd itself could not go on: its journal cannot be written, its memory is short, or it has a bug. */
    LOCAL_ERROR;

    public static Cause of(ZbusException.Kind kind) {
        return switch (kind) {
            case UNREACHABLE -> UNREACHABLE;
            case TIMEOUT -> TIMEOUT;
            case REMOTE_ERROR -> REMOTE_ERROR;
            case PROTOCOL_ERROR -> PROTOCOL_ERROR;
        };
    }

    /** The name in logs and metrics, such as {@code vm-died}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
