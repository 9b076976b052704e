package vmtestd.zbus;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What a module's {@code <module>.zbus@1.0} object tells of its workers.
 *
 * @param workers one for each worker, in the module's order
 */
public record ModuleStatus(List<Worker> workers) {
    /**
     * @param busy whether it is in a call
     * @param since when that call began, by the node's wall clock
     * @param action the call, such as {@code [manager@0.0.1].Run()}
     */
    public record Worker(boolean busy, Instant since, String action) {}

    static ModuleStatus decode(byte[] data) throws MalformedMessageException {
        MessageReader reader = new MessageReader(data);
        List<Worker> workers = new ArrayList<>();
        for (int fields = reader.map(); fields > 0; fields--) {
            if (reader.string().equals("Workers")) {
                for (int left = reader.array(); left > 0; left--) {
                    workers.add(decodeWorker(reader));
                }
            } else {
                reader.skip();
            }
        }
        return new ModuleStatus(workers);
    }

    private static Worker decodeWorker(MessageReader reader) throws MalformedMessageException {
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
        return new Worker(busy, since, action);
    }
}
