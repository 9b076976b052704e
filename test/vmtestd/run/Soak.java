package vmtestd.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import vmtestd.cleanup.Scenario;
import vmtestd.cleanup.StopSignal;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.Fault;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;
import vmtestd.sim.Usage;
import vmtestd.time.TestClock;

/**
 * Many runs, each with a random disturbance: a fault at a call, a restart of the broker, a stop, the death of the process,
 * a clock jump. Each must have the right verdict and leave nothing behind, and over all of them nothing must grow.
 *
 * <p>{@code make soak RUNS=10000 SEED=1}. The same seed gives the same runs.
 */
final class Soak {
    private static final int LANES = 8;
    /** The timeout of calls, which is the duration of a run with a slow fault. */
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final List<Point> POINTS = Stream.of(Point.values())
            .filter(point -> point.isInShortRun() || point.needsPeripherals()).toList();

    /** The disturbance of a run. */
    private enum Disturbance { NOTHING, QUICK_FAULT, SLOW_FAULT, BROKER_RESTART, STOP, DEATH }

    /** Not an error, which a run would survive. */
    private static final class Killed extends Exception {
        private static final long serialVersionUID = 1;
    }

    private final long seed;
    private final int runs;
    private final Map<String, Integer> done = new ConcurrentSkipListMap<>();
    private final List<String> problems = new ArrayList<>();

    Soak(int runs, long seed) {
        this.runs = runs;
        this.seed = seed;
    }

    /** Arguments: the number of runs and the seed. */
    public static void main(String[] args) throws Exception {
        Soak soak = new Soak(Integer.parseInt(args[0]), Long.parseLong(args[1]));
        System.out.println("soak: " + soak.runs + " runs, seed " + soak.seed);
        List<String> problems = soak.run();
        soak.done.forEach((what, count) -> System.out.printf("  %6d %s%n", count, what));
        problems.forEach(System.out::println);
        System.out.println(problems.isEmpty() ? "every verdict right, nothing left, nothing grown" : problems.size() + " problems");
        System.exit(problems.isEmpty() ? 0 : 1);
    }

    /** Runs all and returns the problems. */
    List<String> run() throws Exception {
        // A warm-up: memory that classes and buffers take once is not growth.
        lanes(Math.max(20, runs / 20), seed + 1);
        Usage before = Usage.now();
        lanes(runs, seed);
        Usage after = Usage.after(before);
        done.put(before + " before", 1);
        done.put(after + " after", 1);
        if (after.descriptors() > before.descriptors() || after.threads() > before.threads() || after.heap() > before.heap() + (4 << 20)) {
            problems.add("grown from " + before + " to " + after);
        }
        return problems;
    }

    private void lanes(int count, long laneSeed) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(LANES);
        List<Callable<Void>> lanes = new ArrayList<>();
        for (int lane = 0; lane < LANES; lane++) {
            int share = count / LANES + (lane < count % LANES ? 1 : 0);
            Random random = new Random(laneSeed * LANES + lane);
            lanes.add(() -> lane(share, random));
        }
        for (Future<Void> lane : pool.invokeAll(lanes)) {
            lane.get();
        }
        pool.shutdown();
        if (!pool.awaitTermination(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the lanes are done, and their threads do not end");
        }
    }

    private Void lane(int count, Random random) throws Exception {
        Path directory = Files.createTempDirectory("vmtestd-soak");
        EmbeddedBroker[] broker = {new EmbeddedBroker(directory.resolve("s"), null)};
        TestClock clock = TestClock.running();
        try (Rig rig = new Rig(broker[0].url(), directory, TIMEOUT)) {
            for (int i = 0; i < count; i++) {
                clock.jump(Duration.ofSeconds(random.nextInt(36_000) - 18_000));
                one(rig, broker, clock, random, i);
            }
        } finally {
            broker[0].close();
            try (Stream<Path> tree = Files.walk(directory)) {
                for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
        return null;
    }

    private void one(Rig rig, EmbeddedBroker[] broker, TestClock clock, Random random, int number) throws Exception {
        rig.sim.newRun();
        rig.stop = new StopSignal();
        Point point = POINTS.get(random.nextInt(POINTS.size()));
        Scenario any = Scenario.values()[random.nextInt(Scenario.values().length)];
        rig.scenario = point.needsPeripherals() ? Scenario.STORAGE_NETWORK : any;
        Disturbance disturbance = disturbanceAt(random);
        String expected = "passed";
        switch (disturbance) {
            case NOTHING -> { }
            case QUICK_FAULT, SLOW_FAULT -> {
                Fault fault = faultAt(point, disturbance == Disturbance.SLOW_FAULT, random);
                rig.sim.inject(point, fault);
                expected = expected(point, fault);
            }
            case BROKER_RESTART -> {
                rig.sim.onCall(point, () -> {
                    broker[0].close();
                    broker[0] = new EmbeddedBroker(rig.root.resolveSibling("s"), null);
                });
                expected = point.step() + " unreachable";
            }
            case STOP -> {
                rig.sim.inject(point, Fault.NO_ANSWER);
                rig.sim.onCall(point, rig.stop::request);
                expected = point.step() == Step.DELETE || point.step() == Step.UNMOUNT
                        ? point.step() + " timeout" : point.step() + " interrupted";
            }
            case DEATH -> {
                rig.onStep = step -> {
                    if (step == point.step()) {
                        Soak.<RuntimeException>kill();
                    }
                };
                expected = "killed";
            }
        }
        String verdict = verdict(rig, clock);
        rig.onStep = step -> { };
        if (disturbance == Disturbance.DEATH) {
            rig.sim.awaitIdle();
            rig.sim.newRun();
            if (verdict.equals("killed") && !verdict(rig, clock).equals("passed")) {
                verdict = "killed and not recovered from";
            }
        }
        Set<String> left = rig.left();
        synchronized (this) {
            done.merge(disturbance + " " + verdict, 1, Integer::sum);
            if (!verdict.equals(expected) || !left.isEmpty()) {
                problems.add("run " + number + ", " + disturbance + " at " + point + ": expected " + expected + ", was " + verdict
                        + ", left " + left);
            }
        }
    }

    private static String verdict(Rig rig, TestClock clock) throws IOException {
        try {
            return Rig.verdict(rig.run(SimNode.CONTAINER, clock));
        } catch (Exception e) {
            if (!(e instanceof Killed)) {
                throw e;
            }
            rig.abandon();
            return "killed";
        }
    }

    // The compiler takes the exception for an unchecked one.
    @SuppressWarnings("unchecked")
    private static <T extends Exception> void kill() throws T {
        throw (T) new Killed();
    }

    private static Disturbance disturbanceAt(Random random) {
        int percent = random.nextInt(100);
        return percent < 40 ? Disturbance.NOTHING : percent < 65 ? Disturbance.QUICK_FAULT : percent < 67 ? Disturbance.SLOW_FAULT
                : percent < 82 ? Disturbance.BROKER_RESTART : percent < 84 ? Disturbance.STOP : Disturbance.DEATH;
    }

    private static Fault faultAt(Point point, boolean slow, Random random) {
        List<Fault> faults = Stream.of(Fault.values()).filter(point::takes).filter(fault -> slow == isSlow(fault)).toList();
        return faults.get(random.nextInt(faults.size()));
    }

    private static boolean isSlow(Fault fault) {
        return switch (fault) {
            case NO_ANSWER, DOWN, LATE_ANSWER -> true;
            case ERROR, WRONG_ID, MALFORMED, PANIC, CUT, VM_DIES, DOES_NOTHING, STAYS -> false;
        };
    }

    /** Returns the verdict that a fault must lead to, by the table of causes in README.md. */
    private static String expected(Point point, Fault fault) {
        return switch (fault) {
            case ERROR -> point.step() + " remote-error";
            case NO_ANSWER, DOWN, LATE_ANSWER -> point.step() + " timeout";
            case WRONG_ID, MALFORMED, PANIC -> point.step() + " protocol-error";
            case CUT -> point.step() + " unreachable";
            case VM_DIES -> "verify vm-died";
            case DOES_NOTHING, STAYS -> point.step() + " leak";
        };
    }
}
