package vmtestd.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Connection;
import vmtestd.redis.Reply;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/** A {@code redis-server} on a Unix-domain socket, started as a node starts its own. */
public final class RealRedis implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);

    private final Path socket;
    private final Path log;
    private final Process process;

    /**
     * Starts a server and waits until it answers.
     *
     * @param directory for the socket {@code redis.sock} and the log; may be that of a server that was killed
     */
    public RealRedis(Path directory) throws IOException, InterruptedException {
        socket = directory.resolve("redis.sock");
        log = directory.resolve("redis.log");
        // A killed server leaves its socket behind, and the new one replaces it only a moment later.
        Files.deleteIfExists(socket);
        process = start(directory);
        boolean answers = false;
        try {
            awaitAnswer();
            answers = true;
        } finally {
            if (!answers) {
                close();
            }
        }
    }

    private Process start(Path directory) {
        try {
            return new ProcessBuilder("redis-server", "--port", "0", "--unixsocket", socket.toString(), "--save", "",
                    "--appendonly", "no", "--dir", directory.toString())
                    .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
        } catch (IOException e) {
            throw new IllegalStateException("these tests need redis-server: sudo apt-get install redis-server", e);
        }
    }

    private void awaitAnswer() throws IOException, InterruptedException {
        Deadline deadline = Deadline.in(Clock.system(), PATIENCE);
        String error = "";
        while (process.isAlive() && !deadline.expired()) {
            try (Connection connection = Connection.open(BrokerUrl.parse(url()), deadline)) {
                Reply reply = connection.call(deadline, "PING");
                if (reply.equals(new Reply.Text("PONG"))) {
                    return;
                }
                error = reply.toString();
            } catch (IOException e) {
                error = e.getMessage();
                LockSupport.parkNanos(LOOK_EVERY.toNanos());
            }
        }
        throw new IllegalStateException("redis-server does not answer (" + error + "):\n" + Files.readString(log));
    }

    /** Returns the broker URL. */
    public String url() {
        return "unix://" + socket;
    }

    public long pid() {
        return process.pid();
    }

    /** Sends a signal, by its name without SIG. */
    public void signal(String name) throws IOException, InterruptedException {
        int status = new ProcessBuilder("sh", "-c", "kill -" + name + " " + pid()).inheritIO().start().waitFor();
        if (status != 0) {
            throw new IllegalStateException("kill -" + name + " failed");
        }
    }

    /** Stops it as a service manager does; it removes its socket. */
    public void stop() {
        process.destroy();
        awaitEnd();
    }

    /** Kills it; its socket stays, and nobody listens on it. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("redis-server " + pid() + " does not end");
            }
            process.getOutputStream().close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        kill();
    }
}
