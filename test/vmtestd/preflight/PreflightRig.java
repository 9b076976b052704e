package vmtestd.preflight;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import vmtestd.cleanup.Scenario;
import vmtestd.cleanup.Settings;
import vmtestd.cleanup.StopSignal;
import vmtestd.node.FakeProc;
import vmtestd.node.Node;
import vmtestd.preflight.CheckResult.Mark;
import vmtestd.preflight.CheckResult.Subject;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Connection;
import vmtestd.redis.Reply;
import vmtestd.sim.SimNode;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.zbus.CallListener;
import vmtestd.zbus.ZbusClient;

/** Runs preflights and records their results. */
final class PreflightRig {
    /** The promise of --check. One second of it is for the start of the program. */
    static final Duration PROMISED = Duration.ofSeconds(5);

    /** Those of a run without a disk and an interface. */
    static final List<Subject> SUBJECTS = List.copyOf(EnumSet.complementOf(EnumSet.of(Subject.NETWORK, Subject.DISK, Subject.TAP)));

    final StopSignal stop = new StopSignal();
    final List<CheckResult> results = new ArrayList<>();
    /** Receives each result when it comes. */
    Consumer<CheckResult> onResult = result -> { };
    Clock clock = Clock.system();
    Path root;
    Path proc;
    Duration bootTimeout = Duration.ofMinutes(1);
    Scenario scenario = Scenario.BOOT;
    private final String broker;
    Duration took;

    /** @param root need not exist */
    PreflightRig(String broker, Path root) throws IOException {
        this.broker = broker;
        this.root = root;
        proc = new FakeProc(root.resolveSibling("fake-proc")).proc;
    }

    private Settings settings() {
        return new Settings(SimNode.CONTAINER, SimNode.KERNELS, "test-vm-", 1, 512L << 20, bootTimeout, Duration.ofSeconds(10),
                Duration.ofMinutes(2), false, false, List.of(scenario));
    }

    boolean look() throws InterruptedException {
        results.clear();
        long begin = System.nanoTime();
        try {
            return new Preflight(end -> new Node(new ZbusClient(BrokerUrl.parse(broker), clock, CallListener.NONE, end), proc), root, settings(), clock, stop, result -> {
                results.add(result);
                onResult.accept(result);
            }).run();
        } finally {
            took = Duration.ofNanos(System.nanoTime() - begin);
        }
    }

    Mark mark(Subject subject) {
        return of(subject).mark();
    }

    String words(Subject subject) {
        return of(subject).words();
    }

    private CheckResult of(Subject subject) {
        return results.stream().filter(result -> result.subject() == subject).findAny().orElseThrow();
    }

    List<Subject> subjects() {
        return results.stream().map(CheckResult::subject).toList();
    }

    /** The marks that are not good: {@code {vmd=failed, vms=skipped}}. */
    String notGood() {
        Map<Subject, Mark> marks = new EnumMap<>(Subject.class);
        results.stream().filter(result -> result.mark() != Mark.GOOD).forEach(result -> marks.put(result.subject(), result.mark()));
        return marks.toString();
    }

    /** The lists in the broker, each with its length. */
    Map<String, Long> queues() throws IOException, InterruptedException {
        Deadline soon = Deadline.in(Clock.system(), Duration.ofSeconds(30));
        try (Connection connection = Connection.open(BrokerUrl.parse(broker), soon)) {
            Map<String, Long> queues = new TreeMap<>();
            for (Reply key : ((Reply.Array) connection.call(soon, "KEYS", "*")).items()) {
                String name = new String(((Reply.Bulk) key).bytes(), StandardCharsets.UTF_8);
                queues.put(name, ((Reply.Int) connection.call(soon, "LLEN", name)).value());
            }
            return queues;
        }
    }

    void push(String queue, String request) throws IOException, InterruptedException {
        Deadline soon = Deadline.in(Clock.system(), Duration.ofSeconds(30));
        try (Connection connection = Connection.open(BrokerUrl.parse(broker), soon)) {
            connection.call(soon, "RPUSH", queue, request);
        }
    }

    /** The names of all files in a directory and below. */
    static Set<String> tree(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            return paths.map(path -> directory.relativize(path).toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
