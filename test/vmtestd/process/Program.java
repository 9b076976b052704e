package vmtestd.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A process of vmtestd, started by its launcher, and the lines of its output. Closing it kills the process. All waits are
 * bounded; an error contains the output so far.
 */
public final class Program implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** The warning of each daemon on a simulated node, whose VMs have no processes in /proc. */
    static final String NOT_OBSERVED = " a step tested nothing; this is logged once step=boot ";
    /** The warning of a run by hand with the short timeouts of tests. */
    static final String SHORT_TIMEOUT = "vmtestd: --timeout 2s is short: vmd takes 6s for a Delete, and 10s if it has to kill the VM";
    private static final Path LAUNCHER = Path.of("vmtestd.sh").toAbsolutePath();

    /** The lines of one stream. */
    private static final class Lines {
        private final List<String> lines = new ArrayList<>();
        private final Thread reader;
        private int awaited;
        private boolean ended;

        Lines(InputStream stream, String name) {
            reader = new Thread(() -> read(stream), name);
            reader.setDaemon(true);
            reader.start();
        }

        private void read(InputStream stream) {
            try (BufferedReader in = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    add(line);
                }
            } catch (IOException e) {
                add("reading the output failed: " + e);
            } finally {
                end();
            }
        }

        private synchronized void add(String line) {
            lines.add(line);
            notifyAll();
        }

        private synchronized void end() {
            ended = true;
            notifyAll();
        }

        synchronized List<String> soFar() {
            return List.copyOf(lines);
        }

        /** Returns the next line after the previous result that contains the pattern, or null if there was none. */
        synchronized String next(Pattern pattern) throws InterruptedException {
            long until = System.nanoTime() + PATIENCE.toNanos();
            while (true) {
                while (awaited < lines.size()) {
                    String line = lines.get(awaited++);
                    if (pattern.matcher(line).find()) {
                        return line;
                    }
                }
                long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
                if (ended || left <= 0) {
                    return null;
                }
                wait(left);
            }
        }
    }

    private final Process process;
    private final Lines out;
    private final Lines err;

    private Program(Process process) {
        this.process = process;
        out = new Lines(process.getInputStream(), "stdout of " + process.pid());
        err = new Lines(process.getErrorStream(), "stderr of " + process.pid());
    }

    /** Starts the launcher of this checkout. */
    public static Program start(String... args) throws IOException {
        return start(LAUNCHER, LAUNCHER.getParent(), args);
    }

    /** Starts a launcher in a working directory, on the JDK of this test. */
    public static Program start(Path launcher, Path directory, String... args) throws IOException {
        // A shell makes background processes ignore SIGINT, and ignored signals are inherited.
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=HUP,INT,TERM", launcher.toString()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return new Program(builder.start());
    }

    /** Returns the lines of stdout so far; all of them after {@link #awaitExit}. */
    public List<String> out() {
        return out.soFar();
    }

    /** Returns the lines of stderr so far; all of them after {@link #awaitExit}. */
    public List<String> err() {
        return err.soFar();
    }

    public long pid() {
        return process.pid();
    }

    /** Waits for a line of stdout that contains the pattern, after the line of the previous call, and returns it. */
    public String awaitLine(String pattern) throws InterruptedException {
        String line = out.next(Pattern.compile(pattern));
        if (line == null) {
            throw new AssertionError("no line with '" + pattern + "' came; " + this);
        }
        return line;
    }

    /** Sends a signal, by its name without SIG. */
    public void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("sh", "-c", "kill -" + name + " " + pid()).inheritIO().start();
        if (!kill.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) || kill.exitValue() != 0) {
            kill.destroyForcibly();
            throw new AssertionError("SIG" + name + " could not be sent; " + this);
        }
    }

    /** Waits for the end of the process and of its output, and returns its exit status. */
    public int awaitExit() throws InterruptedException {
        boolean exited = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (!exited) {
            throw new AssertionError("no end within " + PATIENCE + "; " + this);
        }
        for (Lines lines : List.of(out, err)) {
            lines.reader.join(PATIENCE.toMillis());
            if (lines.reader.isAlive()) {
                throw new AssertionError("the process ended, but its output did not; " + this);
            }
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("process " + pid() + " survives SIGKILL");
            }
            process.getOutputStream().close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the output, for the message of a failed test. */
    @Override
    public String toString() {
        return "process " + pid() + (process.isAlive() ? " runs" : " ended with " + process.exitValue())
                + "\nstdout: " + String.join("\n        ", out()) + "\nstderr: " + String.join("\n        ", err());
    }
}
