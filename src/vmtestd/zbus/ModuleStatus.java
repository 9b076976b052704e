package vmtestd.zbus;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import vmtestd.time.GoDuration;

/**
 * The status of a module, as its object {@code <module>.zbus@1.0} returns it. A call waits until one of the module's workers
 * is free.
 *
 * @param free the number of free workers
 * @param busy the calls that the other workers execute
 */
public record ModuleStatus(int free, List<Busy> busy) {
    /**
     * @param call the call, such as {@code [manager@0.0.1].Run()}; it comes from the module and may contain any characters
     * @param since when it began, by the node's wall clock
     */
    public record Busy(String call, Instant since) {
        /** Returns how long it has been executed; zero if the wall clock was set back. */
        public Duration duration(Instant now) {
            return Duration.between(since.isBefore(now) ? since : now, now);
        }
    }

    /** Returns whether a new call has to wait. */
    public boolean isBusy() {
        return free == 0 && !busy.isEmpty();
    }

    /** Returns the calls and how long they have been executed, for people: {@code [manager@0.0.1].Run() for 2m0s}. */
    public String calls(Instant now) {
        StringJoiner calls = new StringJoiner(" and with ");
        busy.forEach(each -> calls.add(each.call + " for " + GoDuration.format(each.duration(now))));
        return calls.toString();
    }

    static ModuleStatus decode(MessageReader reader) throws IOException {
        int free = 0;
        List<Busy> busy = new ArrayList<>();
        for (int fields = reader.map(); fields > 0; fields--) {
            if (reader.string().equals("Workers")) {
                for (int left = reader.array(); left > 0; left--) {
                    free += decodeWorker(reader, busy) ? 0 : 1;
                }
            } else {
                reader.skip();
            }
        }
        return new ModuleStatus(free, busy);
    }

    /** Reads a worker and returns whether it is busy. */
    private static boolean decodeWorker(MessageReader reader, List<Busy> calls) throws IOException {
        boolean busy = false;
        Instant since = Instant.EPOCH;
        String action = "";
        for (int fields = reader.map(); fields > 0; fields--) {
            switch (reader.string()) {
                case "State" -> busy = reader.string().equals("busy");
                case "StartTime" -> since = reader.timestamp();
                case "Action" -> action = reader.string();
                default -> reader.skip();
            }
        }
        return busy && calls.add(new Busy(action, since));
    }
}
