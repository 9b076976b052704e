package vmtestd.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.Journal;
import vmtestd.cleanup.Leftovers;
import vmtestd.cleanup.Scenario;
import vmtestd.cleanup.Settings;
import vmtestd.cleanup.StopSignal;
import vmtestd.node.NetDevices;
import vmtestd.node.Node;
import vmtestd.node.ProcFs;
import vmtestd.redis.BrokerUrl;
import vmtestd.sim.Call;
import vmtestd.sim.SimNetworkd;
import vmtestd.sim.SimNode;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.zbus.CallListener;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusException;

/** Runs the cycle against a simulated node, in this process, and says what came of it in short. */
public final class Rig implements AutoCloseable {
    /** One that never hangs. */
    public static final Disk DISK = new Disk(Duration.ofMinutes(1), new StopSignal());

    final SimNode sim;
    final Path root;
    StopSignal stop = new StopSignal();
    /** Called before each step. A checked exception ends the run as a death of the process does; any other fails it. */
    Consumer<Step> onStep = step -> { };
    final List<String> notices = new CopyOnWriteArrayList<>();
    private final Path home;
    private final String broker;
    private final Duration timeout;
    private final Clock system = Clock.system();
    private Node node;
    private Clock nodeClock;
    /** How long a guest may take to boot; zero: nobody looks, and a run need not wait for a crash to show. */
    Duration bootTimeout = Duration.ZERO;
    /** How long the VM has to live. */
    Duration waitTime = Duration.ZERO;
    Disk disk = DISK;
    Scenario scenario = Scenario.BOOT;
    /** What this process may do, as in the kernel's words. */
    String capabilities = "CapEff:\t0000000000002000\n";
    /** Whether runs keep their VM and mounts. */
    boolean keep;

    /**
     * @param broker URL of a broker that runs
     * @param directory for the node's mounts and the journal
     * @param timeout of the calls, those too that only answer
     */
    Rig(String broker, Path directory, Duration timeout) throws IOException {
        this.broker = broker;
        home = directory;
        this.timeout = timeout;
        root = Files.createDirectories(directory.resolve("root"));
        sim = new SimNode(broker, directory);
        Path self = Files.createDirectories(directory.resolve("rights/self"));
        Files.writeString(self.resolve("uid_map"), "0 0 4294967295\n");
    }

    @Override
    public void close() {
        sim.close();
    }

    Settings settings(String flist) {
        return new Settings(flist, SimNode.KERNELS, "test-vm-", 1, 512L << 20, bootTimeout, waitTime, timeout, keep, false, List.of(scenario));
    }

    /** One run, with the journal that the last one left. */
    RunReport run(String flist) throws IOException {
        return run(flist, system);
    }

    RunReport run(String flist, Clock clock) throws IOException {
        // One for all runs on a clock, as the daemon has it.
        if (clock != nodeClock) {
            node = node(clock);
            nodeClock = clock;
        }
        Files.writeString(home.resolve("rights/self/status"), capabilities);
        Journal journal = Journal.open(root, "test-vm-", notices::add, disk);
        return new TestCycle(node, settings(flist), scenario, journal, clock, stop, new Recorder(notices, onStep)).run();
    }

    private Node node(Clock clock) {
        return new Node(new ZbusClient(BrokerUrl.parse(broker), clock, CallListener.NONE), home.resolve("proc"), home.resolve("run"))
                .withNet(new NetDevices(home.resolve("sys/class/net"), new ProcFs(home.resolve("rights")),
                        (address, timeout) -> sim.networkd().wrong() != SimNetworkd.Wrong.NO_ANSWER));
    }

    /** Removes leftovers, as {@code --sweep} does. */
    boolean sweep() throws IOException, InterruptedException {
        node = node(Clock.system());
        Journal journal = Journal.open(root, "test-vm-", notices::add, DISK);
        return new Leftovers(node, settings(SimNode.CONTAINER), journal, Clock.system(), stop, new Recorder(notices, step -> { })).sweep();
    }

    /** Closes what a dead process would not have any more. */
    void abandon() {
        stop.forbidInterrupt();
        node.broker().close();
    }

    /** What is left on the node or in the journal, and what happened that never must. */
    Set<String> left() throws IOException, InterruptedException, ZbusException {
        sim.awaitIdle();
        // A reply that comes after the end of a run is deleted by the beginning of the next one.
        node.broker().connect(Deadline.in(Clock.system(), Duration.ofSeconds(30)));
        node.broker().close();
        Set<String> left = new TreeSet<>(sim.left());
        left.addAll(sim.violations());
        try (Stream<Path> files = Files.list(home.resolve("run"))) {
            files.forEach(file -> left.add("file " + file.getFileName()));
        }
        Journal.open(root, "test-vm-", notices::add, DISK).entries().forEach(entry -> left.add("journal: " + entry));
        return left;
    }

    /** The calls that the modules saw, in short; a plus stands for one or more of the same. */
    String calls() {
        List<String> names = new ArrayList<>();
        for (Call call : sim.calls()) {
            String name = call.toString().equals("flist.Exists") ? "Mounted" : call.method();
            if (names.isEmpty() || !names.get(names.size() - 1).replace("+", "").equals(name)) {
                names.add(name);
            } else if (name.endsWith("Exists") || name.equals("Mounted")) {
                names.set(names.size() - 1, name + "+");
            } else {
                names.add(name);
            }
        }
        return String.join(" ", names);
    }

    static String verdict(RunReport report) {
        return report.passed() ? "passed" : report.failure().step() + " " + report.failure().cause();
    }

    /** Keeps notices; the rest is in the report. */
    private record Recorder(List<String> notices, Consumer<Step> onStep) implements RunListener {
        @Override
        public void stepStarted(Step step) {
            onStep.accept(step);
        }

        @Override
        public void warn(String words) {
            notices.add(words);
        }

    }
}
