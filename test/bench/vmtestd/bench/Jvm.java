package vmtestd.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A process of an image, as the kernel sees it. Closing it kills it. */
final class Jvm implements AutoCloseable {
    /** Clock ticks of {@code /proc/PID/stat} are hundredths of a second on every Linux there is. */
    private static final double TICK_MILLIS = 10;

    private final Process process;
    private final Thread reader;
    private volatile boolean closed;

    /**
     * @param image a linked image
     * @param lines is given each line of its output
     */
    Jvm(Path image, List<String> arguments, Consumer<String> lines) throws IOException {
        List<String> command = new ArrayList<>(List.of(image.resolve("bin/java").toString()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        // As vmtestd.sh sets them.
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("MALLOC_ARENA_MAX", "1");
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        process = builder.start();
        reader = new Thread(() -> read(lines), "output of " + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    private void read(Consumer<String> lines) {
        try {
            process.inputReader().lines().forEach(lines);
        } catch (UncheckedIOException e) {
            if (!closed) {
                throw e;
            }
        }
    }

    /** Waits for its end, and that of its output. */
    void awaitExit() throws InterruptedException {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException(this + " does not end");
        }
        reader.join();
    }

    /** A line of {@code smaps_rollup}, such as {@code Anonymous}, in MiB. */
    double memory(String what) throws IOException {
        return number(Files.readString(proc("smaps_rollup")), what + ":") / 1024;
    }

    /** How often its threads have gone to sleep, and been woken so. */
    double switches() throws IOException {
        double sum = 0;
        for (String status : ofThreads("status")) {
            sum += number(status, "voluntary_ctxt_switches:");
        }
        return sum;
    }

    /** The processor time that its living threads have used, in ms. */
    double threadMillis() throws IOException {
        double nanos = 0;
        for (String schedstat : ofThreads("schedstat")) {
            nanos += Double.parseDouble(schedstat.split(" ")[0]);
        }
        return nanos / 1e6;
    }

    /** The processor time that it has used, in ms, by tens of them. */
    double processMillis() throws IOException {
        String stat = Files.readString(proc("stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Double.parseDouble(fields[11]) + Double.parseDouble(fields[12])) * TICK_MILLIS;
    }

    /** How many of these it has: {@code fd} or {@code task}. */
    long count(String what) throws IOException {
        try (Stream<Path> all = Files.list(proc(what))) {
            return all.count();
        }
    }

    private Path proc(String file) {
        return Path.of("/proc/" + process.pid() + "/" + file);
    }

    private List<String> ofThreads(String file) throws IOException {
        List<String> texts = new ArrayList<>();
        try (Stream<Path> threads = Files.list(proc("task"))) {
            for (Path thread : threads.toList()) {
                texts.add(Files.readString(thread.resolve(file)));
            }
        } catch (NoSuchFileException e) {
            throw new IllegalStateException("a thread ended while it was looked at", e);
        }
        return texts;
    }

    private static double number(String text, String name) {
        return text.lines().filter(line -> line.startsWith(name))
                .mapToDouble(line -> Double.parseDouble(line.split("\\s+")[1])).findFirst().orElseThrow();
    }

    @Override
    public String toString() {
        return "process " + process.pid();
    }

    @Override
    public void close() {
        closed = true;
        try {
            process.destroyForcibly().waitFor();
            process.getOutputStream().close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
