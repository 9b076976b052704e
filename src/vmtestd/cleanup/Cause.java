package vmtestd.cleanup;

import java.util.Locale;

/** Why a step failed. */
public enum Cause {
    /** The broker cannot be reached, closed the connection, or refused a command. */
    UNREACHABLE,
    /** A module did not answer in time. */
    TIMEOUT,
    /** A module returned an error, or not what was asked for. */
    REMOTE_ERROR,
    /** A module's reply is malformed. */
    PROTOCOL_ERROR,
    /** The flist has nothing that a VM could boot from. */
    BAD_FLIST,
    /** The guest's userland did not run in time. */
    NO_BOOT,
    /** The guest runs, and nothing of it arrived on its disk or its network. */
    NO_DATA,
    /** The VM was started and ended by itself. */
    VM_DIED,
    /** A VM, mount, disk or tap device still exists after its removal. */
    LEAK,
    /** vmtestd was told to stop. */
    INTERRUPTED,
    /** vmtestd itself failed: its journal cannot be written, memory is short, or it has a bug. */
    LOCAL_ERROR;

    /** The name in logs and metrics, such as {@code vm-died}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
