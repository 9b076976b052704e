package vmtestd.status;

import java.time.Duration;
import vmtestd.report.JsonWriter;

/**
 * Whether the daemon itself does its work; not what its runs say of the node.
 *
 * @param onSchedule whether a run goes on that may still go on, or the next one is not overdue
 * @param running whether a run is going on
 * @param since since when: that run's beginning, or the end of the last one
 * @param error what in vmtestd's own surroundings, such as its disk, kept the last run from being done; empty if nothing
 */
public record Health(boolean onSchedule, boolean running, Duration since, String error) {
    public Health(boolean onSchedule, boolean running, Duration since) {
        this(onSchedule, running, since, "");
    }

    public Health withError(String words) {
        return new Health(onSchedule, running, since, words);
    }

    boolean ok() {
        return onSchedule && error.isEmpty();
    }

    String toJson() {
        String late = onSchedule ? "ok" : "late";
        JsonWriter json = new JsonWriter().beginObject().name("status").value(error.isEmpty() ? late : "local-error")
                .name("running").value(running).name("seconds").value(since);
        if (!error.isEmpty()) {
            json.name("error").value(error);
        }
        return json.endObject().toString();
    }
}
