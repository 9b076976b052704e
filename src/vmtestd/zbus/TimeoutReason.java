package vmtestd.zbus;

import java.time.Duration;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;
import vmtestd.zbus.ZbusException.Kind;

/**
 * Finds out why a module did not reply in time: from its status, and from that of the module that it depends on.
 *
 * @param end when both must be known; asking for one status may take 3 s, and cancelling that request as long again
 */
record TimeoutReason(ZbusClient client, Clock clock, Deadline end) {
    /** @param allowed the time that the call was given; no status request is given more */
    String of(Request request, Duration allowed) throws InterruptedException {
        ZbusObject object = request.object();
        String silence = object.module() + " did not answer " + request.method() + " within " + GoDuration.format(allowed);
        String reason;
        try {
            ModuleStatus status = client.status(object.module(), end.cappedAt(ZbusClient.BRIEF).cappedAt(allowed));
            reason = silence + (status.busy().isEmpty() ? ", although its worker is free"
                    : ": its worker has been busy with " + status.calls(clock.now()));
        } catch (ZbusException e) {
            reason = e.kind() == Kind.TIMEOUT ? e.getMessage() + " (" + silence + ")" : silence + "; " + e.getMessage();
        }
        Deadline deadline = end.cappedAt(ZbusClient.BRIEF).cappedAt(allowed).cappedAt(end.remaining().minus(ZbusClient.BRIEF));
        return reason + ofDependency(object.dependsOn(), deadline);
    }

    /** Returns what keeps the other module from replying; empty if nothing does, or if it is not known. */
    private String ofDependency(String module, Deadline deadline) throws InterruptedException {
        if (module.isEmpty() || deadline.expired()) {
            return "";
        }
        String depends = "; it depends on " + module;
        try {
            ModuleStatus status = client.status(module, deadline);
            return status.isBusy() ? depends + ", whose worker has been busy with " + status.calls(clock.now()) : "";
        } catch (ZbusException e) {
            return e.kind() != Kind.TIMEOUT ? "" : depends + (e.mayHaveRun() ? ", which hangs" : ", which is not running");
        }
    }
}
