package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A resolver that never answers: the JDK looks names up in a file instead, which is a FIFO that nobody writes to. */
class ResolverTest {
    @TempDir
    private Path directory;
    private Path output;
    private Process process;
    /** Keeps the FIFO open once the process reads it. */
    private FileOutputStream hosts;

    @BeforeEach
    void makeResolver() throws IOException, InterruptedException {
        output = directory.resolve("output");
        assertEquals(0, new ProcessBuilder("mkfifo", directory.resolve("hosts").toString()).inheritIO().start().waitFor());
    }

    @AfterEach
    void end() throws IOException {
        if (hosts != null) {
            hosts.close();
        }
        process.destroyForcibly();
    }

    @Test
    void theDeadlineHolds() throws Exception {
        start("--once", "--timeout", "2s");
        assertEquals(1, awaitExit());
        String said = Files.readString(output);
        assertTrue(said.contains("no answer in time: looking up the host of tcp://redis_broker:6379"), said);
    }

    @Test
    void aStopHolds() throws Exception {
        start("--once", "--timeout", "1h");
        // Returns when the process has opened it too.
        hosts = new FileOutputStream(directory.resolve("hosts").toFile());
        process.destroy();
        assertEquals(1, awaitExit());
    }

    @Test
    void aDaemonDoesNotStart() throws Exception {
        start("--timeout", "2s");
        assertEquals(3, awaitExit());
        assertEquals("vmtestd: --broker tcp://redis_broker:6379: no answer in time: looking up the host of tcp://redis_broker:6379; "
                + "legal is the address of a running Redis server", Files.readString(output).lines().filter(line -> !line.contains(" warn ")).findFirst().orElse(""));
    }

    private void start(String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djdk.net.hosts.file=" + directory.resolve("hosts"), "-cp", System.getProperty("java.class.path"), "vmtestd.Main",
                "--broker", "tcp://redis_broker:6379", "--root", directory.resolve("root").toString()));
        command.addAll(List.of(args));
        process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    }

    private int awaitExit() throws InterruptedException {
        boolean ended = process.waitFor(60, TimeUnit.SECONDS);
        assertTrue(ended, "it does not end");
        return process.exitValue();
    }
}
