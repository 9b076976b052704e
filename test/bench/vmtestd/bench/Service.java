package vmtestd.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import vmtestd.process.RealRedis;
import vmtestd.sim.Fault;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;

/** The service on a simulated node of its own, doing so many runs and then none. */
final class Service implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 1_200_000;

    private final RealRedis redis;
    private final SimNode node;
    private final Jvm jvm;
    private final Path root;
    private int ended;
    private int failEvery = Integer.MAX_VALUE;
    private String error;
    private String lastLine = "";

    Service(Path image, Path directory, int runs, List<String> options) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        root = directory.resolve("root");
        redis = new RealRedis(directory);
        node = new SimNode(redis.url(), directory);
        List<String> arguments = new ArrayList<>(options);
        arguments.addAll(List.of("-m", "vmtestd/vmtestd.RunsThenIdle", Integer.toString(runs),
                "--broker", redis.url(), "--root", root.toString(), "--interval", "1h", "--wait", "0s"));
        jvm = new Jvm(image, arguments, this::line);
    }

    Jvm jvm() {
        return jvm;
    }

    /** Has every so many-th run fail at deploy. */
    synchronized void failEvery(int runs) {
        failEvery = runs;
    }

    /** How many runs have ended. */
    synchronized int ended() {
        return ended;
    }

    /** What the files in its root directory take. */
    long rootBytes() throws IOException {
        try (Stream<Path> files = Files.list(root)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }

    private synchronized void line(String line) {
        lastLine = line;
        boolean failed = line.contains(" vm test failed step=deploy ") && failEvery < Integer.MAX_VALUE;
        if (failed || line.contains(" vm test passed ")) {
            ended++;
            // The node remembers each call of a run.
            node.newRun();
            if (ended % failEvery == 0) {
                node.inject(Point.DEPLOY, Fault.ERROR);
            }
        } else if (failEvery == Integer.MAX_VALUE && !line.contains(" info ") && !line.contains(" a step tested nothing")) {
            error = line;
        }
        notifyAll();
    }

    /** Waits until so many runs have ended. */
    synchronized void await(int runs) throws InterruptedException {
        long until = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        while (ended < runs) {
            long left = (until - System.nanoTime()) / 1_000_000;
            if (left <= 0 || error != null) {
                throw new IllegalStateException(ended + " of " + runs + " runs: " + (error == null ? lastLine : error));
            }
            wait(left);
        }
    }

    @Override
    public void close() {
        jvm.close();
        node.close();
        redis.close();
    }
}
