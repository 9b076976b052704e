package vmtestd.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs the service of {@code zinit/vmtestd.yaml} as zinit 0.2.11 does: without a shell, as the leader of a new session, in {@code /},
 * with no input and two pipes. Signals go to the process group.
 */
final class Zinit implements AutoCloseable {
    private static final Duration STOP_TIMEOUT = Duration.ofMillis(500);

    private final List<String> command;
    private final Duration shutdownTimeout;
    private final String output;
    private Program process;

    /**
     * @param broker in place of the node's
     * @param root in place of the node's
     * @param output a redirection of both outputs, or nothing to have them read as zinit does
     * @param flags more flags
     */
    Zinit(String broker, Path root, String output, String... flags) throws IOException {
        List<String> unit = Files.readAllLines(Path.of("zinit/vmtestd.yaml"));
        command = new ArrayList<>(List.of(value(unit, "exec").split(" ")));
        command.set(0, Path.of("vmtestd.sh").toAbsolutePath().toString());
        command.set(command.indexOf("--broker") + 1, broker);
        command.set(command.indexOf("--root") + 1, root.toString());
        command.addAll(Arrays.asList(flags));
        shutdownTimeout = Duration.ofSeconds(Long.parseLong(value(unit, "shutdown_timeout")));
        this.output = output;
    }

    private static String value(List<String> unit, String key) {
        return unit.stream().filter(line -> line.startsWith(key + ": ")).findFirst().orElseThrow().substring(key.length() + 2);
    }

    /** {@code zinit start}. */
    Program start() throws IOException {
        List<String> words = new ArrayList<>(List.of("-c", "exec setsid \"$@\" </dev/null " + output, "sh"));
        words.addAll(command);
        process = Program.start(Path.of("/bin/sh"), Path.of("/"), words.toArray(String[]::new));
        return process;
    }

    /** Waits for the end of the process and starts the service again, as zinit does after each exit. */
    Program restart() throws IOException, InterruptedException {
        process.awaitExit();
        return start();
    }

    /** {@code zinit stop}. Returns the exit status. */
    int stop() throws IOException, InterruptedException {
        return stop(STOP_TIMEOUT);
    }

    /** The node is shut down. Returns the exit status. */
    int shutdown() throws IOException, InterruptedException {
        return stop(shutdownTimeout);
    }

    private int stop(Duration timeout) throws IOException, InterruptedException {
        signal("TERM");
        try {
            ProcessHandle.of(process.pid()).orElseThrow().onExit().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            signal("KILL");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
        return process.awaitExit();
    }

    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("sh", "-c", "kill -" + name + " -" + process.pid()).inheritIO().start().waitFor();
    }

    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
    }
}
