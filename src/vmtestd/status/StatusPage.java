package vmtestd.status;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import vmtestd.report.Style;

/**
 * What {@code --status} prints, read from a daemon's root directory, in which nothing is changed.
 *
 * @param text whole lines
 * @param exitStatus 0 healthy, 1 failing, 3 stale or unknown
 */
public record StatusPage(String text, int exitStatus) {
    /** If there is no history: the default interval, and an unknown state. */
    private static final History NONE = History.empty(Duration.ofMinutes(5), Duration.ofMinutes(20), Instant.EPOCH);

    /** @throws IOException if there is a history that cannot be read */
    public static StatusPage text(Path root, Instant now, Style style) throws IOException {
        Status status = read(root, now);
        return new StatusPage(status.history() == NONE ? StatusText.withoutHistory(root) : StatusText.of(status, style),
                status.state().exitStatus());
    }

    /**
     * Returns one JSON object as {@link StatusJson} describes it.
     *
     * @throws IOException if there is a history that cannot be read
     */
    public static StatusPage json(Path root, Instant now) throws IOException {
        Status status = read(root, now);
        return new StatusPage(StatusJson.of(status) + "\n", status.state().exitStatus());
    }

    private static Status read(Path root, Instant now) throws IOException {
        HistoryFile file = new HistoryFile(root);
        try {
            return new Status(file.read(), now);
        } catch (NoSuchFileException e) {
            return new Status(NONE, now);
        } catch (IOException e) {
            throw new IOException(file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
