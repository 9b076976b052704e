package vmtestd.report;

import java.time.Duration;

/**
 * Whether the daemon itself does its work; not what its runs say of the node.
 *
 * @param onSchedule whether a run goes on that may still go on, or the next one is not overdue
 * @param running whether a run is going on
 * @param since since when: that run's beginning, or the end of the last one
 */
public record Health(boolean onSchedule, boolean running, Duration since) {
    String toJson() {
        return new JsonWriter().beginObject().name("status").value(onSchedule ? "ok" : "late")
                .name("running").value(running).name("seconds").value(since).endObject().toString();
    }
}
