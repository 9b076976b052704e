package vmtestd.preflight;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import vmtestd.cleanup.Settings;
import vmtestd.cleanup.StopSignal;
import vmtestd.node.FakeProc;
import vmtestd.node.Node;
import vmtestd.node.ProcFs;
import vmtestd.preflight.CheckResult.Mark;
import vmtestd.preflight.CheckResult.Subject;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Connection;
import vmtestd.redis.Reply;
import vmtestd.sim.SimNode;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.zbus.CallListener;

/** Looks whether a run could start, and keeps what was found. */
final class PreflightRig {
    /** What is promised to people. A second of it is left for the start of the program. */
    static final Duration PROMISED = Duration.ofSeconds(5);

    final StopSignal stop = new StopSignal();
    final List<CheckResult> findings = new ArrayList<>();
    /** Is told of each finding when it comes. */
    Consumer<CheckResult> onFinding = finding -> { };
    Clock clock = Clock.system();
    Path root;
    Path proc;
    private final String broker;
    Duration took;

    /** @param root need not be there */
    PreflightRig(String broker, Path root) throws IOException {
        this.broker = broker;
        this.root = root;
        proc = new FakeProc(root.resolveSibling("fake-proc")).proc;
    }

    static Settings settings() {
        return new Settings(SimNode.CONTAINER, SimNode.KERNELS, "test-vm-", 1, 512L << 20, Duration.ofMinutes(1), Duration.ofSeconds(10), Duration.ofMinutes(2), false, false);
    }

    boolean look() throws InterruptedException {
        findings.clear();
        long begin = System.nanoTime();
        try {
            return new Preflight(end -> Node.until(end, BrokerUrl.parse(broker), clock, CallListener.NONE)
                    .withProc(new ProcFs(proc), clock), root, settings(), clock, stop, finding -> {
                findings.add(finding);
                onFinding.accept(finding);
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
        return findings.stream().filter(finding -> finding.subject() == subject).findAny().orElseThrow();
    }

    List<Subject> subjects() {
        return findings.stream().map(CheckResult::subject).toList();
    }

    /** All that is not good, in short: {@code {vmd=failed, vms=skipped}}. */
    String notGood() {
        Map<Subject, Mark> marks = new EnumMap<>(Subject.class);
        findings.stream().filter(finding -> finding.mark() != Mark.GOOD).forEach(finding -> marks.put(finding.subject(), finding.mark()));
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

    /** The names in a folder and below. */
    static Set<String> tree(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.map(path -> folder.relativize(path).toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
