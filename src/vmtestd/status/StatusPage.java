package vmtestd.status;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import vmtestd.report.Style;

/**
 * What {@code --status} prints. It is read from the files of a daemon's root folder, and changes none.
 *
 * @param text whole lines
 * @param exitStatus 0 healthy, 1 failing, 3 no data or stale
 */
public record StatusPage(String text, int exitStatus) {
    /** What a daemon has by default; only where the first line of its history is damaged. */
    private static final History NOTHING = History.empty(Duration.ofMinutes(5), Duration.ofMinutes(20));

    /**
     * For a person.
     *
     * @throws IOException where there is a history and it cannot be read
     */
    public static StatusPage text(Path root, Instant now, Style style) throws IOException {
        Status status = read(root, now);
        if (!Files.exists(root.resolve("history.jsonl"))) {
            return new StatusPage(StatusText.withoutHistory(root), status.state().exitStatus());
        }
        return new StatusPage(StatusText.of(status, style), status.state().exitStatus());
    }

    /**
     * One JSON object, as {@link StatusJson} describes it.
     *
     * @throws IOException where there is a history and it cannot be read
     */
    public static StatusPage json(Path root, Instant now) throws IOException {
        Status status = read(root, now);
        return new StatusPage(StatusJson.of(status) + "\n", status.state().exitStatus());
    }

    private static Status read(Path root, Instant now) throws IOException {
        HistoryFile file = new HistoryFile(root);
        try {
            return Status.of(file.read(NOTHING).history(), now);
        } catch (NoSuchFileException e) {
            return Status.of(NOTHING, now);
        } catch (IOException e) {
            throw new IOException(file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
