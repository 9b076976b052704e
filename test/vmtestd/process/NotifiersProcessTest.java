package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Connection;
import vmtestd.redis.Reply;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.Fault;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;
import vmtestd.sim.SimZui.Push;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/** Results are published to zui and as {@code perf.vmtest}. A channel that does not answer delays no run. */
class NotifiersProcessTest {
    private static final Push CLEARED = new Push("vmtest", List.of());
    private static final String CANNOT = " warn cannot publish the result to ";
    private static final String ERROR_OF_RUN = "vm test failed at deploy (remote-error): vmd failed to Run: injected error of vmd";
    private static final String ERROR_OF_MOUNT = "vm test failed at mount (remote-error): flist failed to Mount: injected error of flist";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TestFactory
    Stream<DynamicTest> areTold(@TempDir Path directory) throws IOException {
        return new AtOnce(directory)
                .begin("of failures and passes, with another broker too", NotifiersProcessTest::ofFailuresAndPasses)
                .begin("as soon as there is a zui", NotifiersProcessTest::asSoonAsThereIsAZui)
                .begin("as soon as zui hangs no more", NotifiersProcessTest::asSoonAsZuiHangsNoMore)
                .begin("by hand and of --report only where that is asked for", NotifiersProcessTest::onlyIfRequested)
                .begin("by hand, and nobody listens", NotifiersProcessTest::byHandAndNobodyListens)
                .tests();
    }

    private static void ofFailuresAndPasses(Path home) throws Exception {
        try (RealRedis first = new RealRedis(home); SimNode node = new SimNode(first.url(), home)) {
            node.injectAlways(Point.DEPLOY, Fault.ERROR);
            try (Program daemon = daemon(first.url(), home)) {
                assertEquals(new Push("vmtest", List.of(ERROR_OF_RUN)), node.zui().await(1));
                awaitPerf(first.url(), "\\{\"name\":\"vmtest\",\"description\":\"[^\"]+\",\"timestamp\":\\d{10},\"result\":\\{"
                        + "\"id\":\"test-vm-\\d{10}\",.*\"result\":\"failed\",\"step\":\"deploy\",\"cause\":\"remote-error\","
                        + "\"detail\":\".*injected error of vmd\",.*}}");
                node.clearFaults();
                awaitCleared(node, 1);
                awaitPerf(first.url(), ".*\"result\":\"passed\".*");
                assertExpiry(first.url(), Duration.ofSeconds(1));

                first.stop();
                // Of zui and perf, in the one order or the other: the broker may go between the two.
                daemon.awaitLine(CANNOT + "(zui|perf): .*; not logged again until it works$");
                daemon.awaitLine(CANNOT + "(zui|perf): .*; not logged again until it works$");
                int told = node.zui().pushes().size();
                try (RealRedis second = new RealRedis(home)) {
                    // At first it may yet hear of a run that found no broker.
                    awaitCleared(node, told);
                    awaitPerf(second.url(), ".*\"result\":\"passed\".*");
                    CompletableFuture<Void> deploying = new CompletableFuture<>();
                    node.onCall(Point.DEPLOY, () -> {
                        node.inject(Point.DEPLOY, Fault.NO_ANSWER);
                        deploying.complete(null);
                    });
                    deploying.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                    end(daemon);
                    daemon.awaitLine(" vm test interrupted ");
                    assertFalse(perf(second.url()).contains("interrupted"), "of a run that was stopped nobody is told");
                    assertEquals(List.of("perf", "zui"), unheard(daemon));
                    assertEquals(Set.of(), left(node));
                }
            }
        }
    }

    private static void asSoonAsThereIsAZui(Path home) throws Exception {
        try (RealRedis redis = new RealRedis(home); SimNode node = SimNode.withoutZui(redis.url(), home);
                Program daemon = daemon(redis.url(), home)) {
            daemon.awaitLine(CANNOT + "zui: zui is not running: nobody answers on zui\\.zbus@1\\.0 "
                    + "\\(zui did not answer PushErrors within \\d(\\.\\d)?s\\); not logged again until it works$");
            assertNotLate(daemon);
            awaitPerf(redis.url(), ".*\"result\":\"passed\".*");
            node.start("zui");
            assertEquals(CLEARED, node.zui().await(1));
            end(daemon);
            assertEquals(List.of("zui"), unheard(daemon));
            assertNoneFailed(daemon);
            assertEquals(Set.of(), left(node));
        }
    }

    private static void asSoonAsZuiHangsNoMore(Path home) throws Exception {
        try (EmbeddedBroker broker = new EmbeddedBroker(home.resolve("redis.sock"), null);
                SimNode node = new SimNode(broker.url(), home)) {
            node.zui().hang();
            try (Program daemon = daemon(broker.url(), home)) {
                daemon.awaitLine(CANNOT + "zui: zui did not answer PushErrors within \\d(\\.\\d)?s: its worker has been busy with "
                        + "\\[zui@0\\.0\\.1\\]\\.PushErrors\\(\\) for \\d(\\.\\d)?s; not logged again until it works$");
                assertNotLate(daemon);
                awaitTimeouts(home, 2);
                assertEquals(1, node.zui().pushes().size(), "it has taken the first");
                node.zui().wake();
                assertEquals(CLEARED, node.zui().await(2));
                end(daemon);
                assertEquals(List.of("zui"), unheard(daemon));
                assertNoneFailed(daemon);
                assertEquals(Set.of(), left(node));
            }
        }
    }

    private static void onlyIfRequested(Path home) throws Exception {
        try (RealRedis redis = new RealRedis(home); SimNode node = new SimNode(redis.url(), home)) {
            try (Program once = Program.start(args(redis.url(), home, "--once"))) {
                assertEquals(0, once.awaitExit(), once::toString);
            }
            try (Program daemon = Program.start(args(redis.url(), home, "--report", "none", "--interval", "1h"))) {
                daemon.awaitLine(" vm test passed ");
                end(daemon);
            }
            assertEquals(List.of(), node.zui().pushes());
            assertNull(perf(redis.url()));
            node.inject(Point.MOUNT, Fault.ERROR);
            try (Program once = Program.start(args(redis.url(), home, "--once", "--report", "perf,zui", "--interval", "1h"))) {
                assertEquals(1, once.awaitExit(), once::toString);
                // Nothing is under way any more when the process has ended.
                assertEquals(List.of(new Push("vmtest", List.of(ERROR_OF_MOUNT))), node.zui().pushes());
                assertTrue(perf(redis.url()).contains("\"result\":\"failed\",\"step\":\"mount\""), perf(redis.url()));
                assertExpiry(redis.url(), Duration.ofHours(1));
                assertTrue(once.out().get(once.out().size() - 1).startsWith("  next: "), once::toString);
            }
            assertEquals(Set.of(), left(node));
        }
    }

    /** The verdict is that of the node. */
    private static void byHandAndNobodyListens(Path home) throws Exception {
        try (EmbeddedBroker broker = new EmbeddedBroker(home.resolve("redis.sock"), null);
                SimNode node = SimNode.withoutZui(broker.url(), home);
                Program once = Program.start(args(broker.url(), home, "--once", "--report", "zui,perf"))) {
            assertEquals(0, once.awaitExit(), once::toString);
            once.awaitLine("^PASSED in ");
            once.awaitLine("^  note: cannot publish the result to zui: zui is not running: ");
            assertEquals(List.of(), once.err());
            assertTrue(perf(broker.url()).contains("\"result\":\"passed\""));
            assertEquals(Set.of(), left(node));
        }
    }

    /** Waits for the report of a pass to zui, after so many reports; those before it must be of failures. */
    private static void awaitCleared(SimNode node, int told) throws InterruptedException {
        int next = told + 1;
        while (!node.zui().await(next).equals(CLEARED)) {
            assertTrue(node.zui().await(next).errors().get(0).startsWith("vm test failed at "), node.zui().pushes()::toString);
            next++;
        }
    }

    /** By the time that a channel is given up, which takes 3 s at least, there were other runs than the one that it is told of. */
    private static void assertNotLate(Program daemon) {
        List<String> log = daemon.out();
        int complaint = 0;
        while (!log.get(complaint).contains(CANNOT)) {
            complaint++;
        }
        assertTrue(log.subList(0, complaint).stream().filter(line -> line.contains(" vm test passed ")).count() > 1, daemon::toString);
    }

    /** An answer to a report that a stop broke off goes to a list that only it knew; Redis drops it after five minutes. */
    private static Set<String> left(SimNode node) throws IOException, InterruptedException {
        return node.left().stream().filter(name -> !name.matches("key [0-9a-f-]{36}")).collect(Collectors.toSet());
    }

    /** Whom the daemon says that it could not tell, by their names. */
    private static List<String> unheard(Program daemon) {
        return daemon.out().stream().filter(line -> line.contains(CANNOT))
                .map(line -> line.replaceAll(".*" + CANNOT + "([a-z]+): .*", "$1")).sorted().toList();
    }

    private static void assertNoneFailed(Program daemon) {
        assertEquals(List.of(), daemon.out().stream().filter(line -> line.contains(" error ")).toList());
    }

    private static Program daemon(String broker, Path home) throws IOException {
        return Program.start(args(broker, home, "--interval", "1s"));
    }

    private static String[] args(String broker, Path home, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "--broker", broker, "--root", home.resolve("root").toString(), "--wait", "0s", "--timeout", "30s"));
        args.addAll(List.of(more));
        return args.toArray(String[]::new);
    }

    private static void end(Program daemon) throws IOException, InterruptedException {
        daemon.signal("TERM");
        assertEquals(0, daemon.awaitExit(), daemon::toString);
        assertEquals(List.of(), daemon.err());
    }

    /** Results are told every second: one that is just told lives for four intervals, and none for longer. */
    private static void assertExpiry(String broker, Duration interval) throws IOException, InterruptedException {
        Deadline deadline = Deadline.in(Clock.system(), PATIENCE);
        long left;
        do {
            assertFalse(deadline.expired(), "nothing that lives for more than three intervals");
            left = ((Reply.Int) command(broker, "PTTL", "perf.vmtest")).value();
            assertTrue(left <= interval.toMillis() * 4, "it lives for too long");
            Thread.sleep(10);
        } while (left <= interval.toMillis() * 3);
    }

    private static void awaitPerf(String broker, String pattern) throws IOException, InterruptedException {
        Deadline deadline = Deadline.in(Clock.system(), PATIENCE);
        String perf = perf(broker);
        while (perf == null || !perf.matches(pattern)) {
            assertFalse(deadline.expired(), "perf.vmtest is " + perf);
            Thread.sleep(10);
            perf = perf(broker);
        }
    }

    /** Waits until the daemon has written down that so many calls to zui were not answered. */
    private static void awaitTimeouts(Path home, int count) throws IOException, InterruptedException {
        Deadline deadline = Deadline.in(Clock.system(), PATIENCE);
        while (Files.readAllLines(home.resolve("root/metrics.prom")).stream()
                .noneMatch(line -> line.matches("vmtestd_zbus_timeouts_total\\{module=\"zui\"} [" + count + "-9]"))) {
            assertFalse(deadline.expired(), "zui was not silent so often");
            Thread.sleep(10);
        }
    }

    private static String perf(String broker) throws IOException, InterruptedException {
        Reply reply = command(broker, "GET", "perf.vmtest");
        return reply instanceof Reply.Bulk bulk ? new String(bulk.bytes(), StandardCharsets.UTF_8) : null;
    }

    private static Reply command(String broker, String... words) throws IOException, InterruptedException {
        Deadline deadline = Deadline.in(Clock.system(), PATIENCE);
        try (Connection connection = Connection.open(BrokerUrl.parse(broker), deadline)) {
            return connection.call(deadline, (Object[]) words);
        }
    }
}
