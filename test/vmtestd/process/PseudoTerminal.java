package vmtestd.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A terminal of 50 rows, in which one command runs: a tmux server of its own. */
final class PseudoTerminal implements AutoCloseable {
    private static final long PATIENCE_S = 60;
    private static final String DONE = "done";

    private final Path home;
    private final String socket;

    /**
     * Starts a command.
     *
     * @param home a directory for the terminal, which is created
     * @param environment an environment variable for the command, {@code NAME=value}, or empty
     */
    PseudoTerminal(Path home, String environment, String command) throws IOException, InterruptedException {
        this(home, 80, environment, command);
    }

    /** As above, with a terminal of the given width. */
    PseudoTerminal(Path home, int columns, String environment, String command) throws IOException, InterruptedException {
        this.home = Files.createDirectory(home);
        socket = home.resolve("tmux").toString();
        Path status = home.resolve("status");
        // The command has ended, but its terminal stays until its content has been read.
        Path script = Files.writeString(home.resolve("script"), "trap : INT\nenv -u NO_COLOR " + environment + " " + command
                + "\necho $? >" + status + "\ntmux -S " + socket + " wait-for -S " + DONE + "\nexec cat\n");
        run("new-session", "-d", "-x", Integer.toString(columns), "-y", "50", "sh " + script);
    }

    /** Waits for the end of the command and returns its exit status. */
    int awaitExit() throws IOException, InterruptedException {
        run("wait-for", DONE);
        return Integer.parseInt(Files.readString(home.resolve("status")).strip());
    }

    /** Waits until a row matches and returns it. */
    String awaitRow(String pattern) throws IOException, InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (System.nanoTime() < until) {
            for (String row : rows()) {
                if (row.matches(pattern)) {
                    return row;
                }
            }
            Thread.sleep(20);
        }
        throw new AssertionError("no row '" + pattern + "' in\n" + String.join("\n", rows()));
    }

    /** Types a key, by tmux's name for it, such as {@code C-c}. */
    void type(String key) throws IOException, InterruptedException {
        run("send-keys", key);
    }

    /** Returns the rows of the screen without empty ones at the end. */
    List<String> rows() throws IOException, InterruptedException {
        return withoutEmptyEnd(run("capture-pane", "-p"));
    }

    /** Returns the same with escape sequences for colours. */
    List<String> rowsWithEscapes() throws IOException, InterruptedException {
        return withoutEmptyEnd(run("capture-pane", "-p", "-e"));
    }

    private static List<String> withoutEmptyEnd(String text) {
        return text.stripTrailing().lines().map(String::stripTrailing).toList();
    }

    private String run(String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tmux", "-u", "-S", socket, "-f", "/dev/null"));
        command.addAll(List.of(args));
        Path output = Files.createTempFile(home, "out", "");
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(Map.of("JAVA_HOME", System.getProperty("java.home"), "TERM", "xterm-256color"));
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "TMUX"));
        Process process = builder.start();
        if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(command + " does not end: " + Files.readString(output));
        }
        String said = Files.readString(output, StandardCharsets.UTF_8);
        if (process.exitValue() != 0) {
            throw new AssertionError(command + " ended with " + process.exitValue() + ": " + said);
        }
        return said;
    }

    @Override
    public void close() {
        try {
            run("kill-server");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
