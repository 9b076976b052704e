package vmtestd.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Scenario;
import vmtestd.cleanup.StopSignal;
import vmtestd.node.Node;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Connection;
import vmtestd.redis.Reply;
import vmtestd.report.Notifiers.Channel;
import vmtestd.run.Failure;
import vmtestd.run.RunReport;
import vmtestd.run.Step;
import vmtestd.run.StepResult;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.SimNode;
import vmtestd.sim.SimZui.Push;
import vmtestd.status.PastRuns;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.zbus.CallListener;
import vmtestd.zbus.ZbusClient;

/** Where results are published, and what happens if a channel fails or hangs. */
class NotifiersTest {
    private static final Instant START = Instant.parse("2026-11-22T17:36:02Z");
    private static final Duration EXPIRY = Duration.ofMinutes(20);
    private static final Set<Channel> ALL = EnumSet.allOf(Channel.class);
    private static final String QUEUE = "zui.zui@0.0.1";

    @TempDir
    private Path directory;
    private Path flag;
    private EmbeddedBroker broker;
    private SimNode node;
    private final List<String> warnings = new CopyOnWriteArrayList<>();

    @BeforeEach
    void startBroker() throws IOException {
        broker = new EmbeddedBroker(directory.resolve("s"), null);
        flag = directory.resolve("flags/vm-test-failed");
    }

    @AfterEach
    void stop() throws IOException {
        if (node != null) {
            node.close();
        }
        broker.close();
    }

    @Test
    void publishEachScenarioThatFails() throws IOException, InterruptedException {
        node = new SimNode(broker.url(), directory);
        Notifiers notifiers = notifiers(ALL);
        publishAndAwait(notifiers, in(Scenario.NETWORK, failed(1, "no bridge")));
        publishAndAwait(notifiers, PastRuns.passed(START.plusSeconds(2)));
        assertEquals(new Push("vmtest", List.of("vm test failed at deploy (remote-error): no bridge")), node.zui().await(2));
        assertTrue(Files.exists(flag));
        publishAndAwait(notifiers, in(Scenario.NETWORK, PastRuns.passed(START.plusSeconds(3))));
        assertEquals(new Push("vmtest", List.of()), node.zui().await(3));
        assertFalse(Files.exists(flag));
        notifiers.finish(new StopSignal());
    }

    private static RunReport in(Scenario scenario, RunReport run) {
        return new RunReport(run.id(), scenario, run.started(), run.took(), run.failure(), run.steps(), run.guestUp(), run.guestConsole(),
                run.consoleLog(), run.leftovers(), run.kept());
    }

    @Test
    void publishAFailureAndAPassOnAllChannels() throws IOException, InterruptedException {
        node = new SimNode(broker.url(), directory);
        publish(ALL, failed(1, "no room"));
        assertEquals(new Push("vmtest", List.of("vm test failed at deploy (remote-error): no room")), node.zui().await(1));
        assertEquals("{\"name\":\"vmtest\",\"description\":\"deploys a VM, checks that it runs, and removes it\","
                + "\"timestamp\":1795368968,\"result\":{\"id\":\"test-vm-1795368963\",\"scenario\":\"boot\",\"started\":\"2026-11-22T17:36:03Z\","
                + "\"took\":5,\"result\":\"failed\",\"step\":\"deploy\",\"cause\":\"remote-error\",\"detail\":\"no room\","
                + "\"steps\":{\"connect\":1,\"list\":1,\"mount\":1,\"inspect\":1}}}", perf());
        assertTrue(Files.isRegularFile(flag));
        assertEquals(0, Files.size(flag));

        publish(ALL, PastRuns.passed(START));
        assertEquals(new Push("vmtest", List.of()), node.zui().await(2));
        assertTrue(perf().startsWith("{\"name\":\"vmtest\",\"description\":\"deploys a VM, checks that it runs, and removes it\","
                + "\"timestamp\":1795368972,\"result\":{\"id\":\"test-vm-1795368962\",\"scenario\":\"boot\",\"started\":\"2026-11-22T17:36:02Z\","
                + "\"took\":10,\"result\":\"passed\",\"steps\":{\"connect\":1,"), perf());
        assertEquals(new Reply.Int(EXPIRY.toMillis()), command("PTTL", "perf.vmtest"));
        assertFalse(Files.exists(flag));
        assertEquals(2, node.zui().pushes().size());
        assertEquals(List.of(), warnings);
    }

    @Test
    void publishOnEachChannelAlone() throws IOException, InterruptedException {
        node = new SimNode(broker.url(), directory);
        publish(Set.of(Channel.FLAG), failed(1, "x"));
        assertTrue(Files.exists(flag));
        assertEquals(List.of(), node.zui().pushes());
        assertNull(perf());
        Files.delete(flag);
        publish(Set.of(Channel.PERF), failed(2, "x"));
        assertTrue(perf().contains("\"id\":\"test-vm-1795368964\""), perf());
        publish(Set.of(Channel.ZUI), failed(3, "x"));
        publish(Set.of(), failed(4, "x"));
        assertEquals(1, node.zui().pushes().size());
        assertTrue(perf().contains("\"id\":\"test-vm-1795368964\""), perf());
        assertFalse(Files.exists(flag));
        assertEquals(List.of(), warnings);
    }

    /** The result of an earlier run stays. */
    @Test
    void publishNothingOfARunThatWasStopped() throws IOException, InterruptedException {
        node = new SimNode(broker.url(), directory);
        publish(ALL, PastRuns.failed(START, Step.WAIT, Cause.INTERRUPTED, "told to stop"));
        assertFalse(Files.exists(flag));
        assertNull(perf());
        publish(ALL, failed(1, "x"));
        String before = perf();
        publish(ALL, PastRuns.failed(START.plusSeconds(2), Step.WAIT, Cause.INTERRUPTED, "told to stop"));
        assertTrue(Files.exists(flag));
        assertEquals(before, perf());
        assertEquals(1, node.zui().pushes().size());
        assertEquals(List.of(), warnings);
    }

    @Test
    void publishOneLineWhateverAModuleReturned() throws IOException, InterruptedException {
        node = new SimNode(broker.url(), directory);
        publish(ALL, failed(1, "two\nlines \u001b[31m\"quoted\"" + "x".repeat(600)));
        String text = node.zui().await(1).errors().get(0);
        assertTrue(text.startsWith("vm test failed at deploy (remote-error): two\\nlines \\u001b[31m\"quoted\"xxx"), text);
        assertTrue(text.length() < 600, text);
        assertTrue(perf().contains("\"detail\":\"two\\\\nlines \\\\u001b[31m\\\"quoted\\\"xxx"), perf());
    }

    @Test
    void warnOnceUntilAChannelWorksAgain() throws IOException, InterruptedException {
        node = new SimNode(broker.url(), directory);
        Notifiers notifiers = notifiers(ALL);
        node.zui().refuse("no screen");
        String warning = "cannot publish the result to zui: zui failed to PushErrors: no screen; not logged again until it works";
        for (int run = 1; run <= 2; run++) {
            publishAndAwait(notifiers, failed(run, "x"));
            node.zui().await(run);
            awaitTrue(() -> warnings.equals(List.of(warning)));
        }
        assertTrue(Files.exists(flag), "zui does not affect the other channels");
        node.zui().refuse(null);
        publishAndAwait(notifiers, failed(3, "x"));
        node.zui().await(3);
        assertEquals(List.of(warning), warnings);
        node.zui().refuse("no screen");
        publishAndAwait(notifiers, failed(4, "x"));
        notifiers.finish(new StopSignal());
        assertEquals(List.of(warning, warning), warnings);
    }

    @Test
    void warnForEachChannelWithoutABrokerAndWorkWithTheNextOne() throws IOException, InterruptedException {
        Notifiers notifiers = notifiers(ALL);
        broker.close();
        notifiers.runEnded(failed(1, "x"));
        awaitTrue(() -> Files.exists(flag));
        Files.delete(flag);
        notifiers.runEnded(failed(2, "x"));
        awaitTrue(() -> Files.exists(flag));
        assertEquals(2, warnings.size(), warnings::toString);
        String why = ": .*/s: No such file or directory; not logged again until it works";
        assertTrue(warnings.get(0).matches("cannot publish the result to perf" + why), warnings::toString);
        assertTrue(warnings.get(1).matches("cannot publish the result to zui" + why), warnings::toString);
        broker = new EmbeddedBroker(directory.resolve("s"), null);
        node = new SimNode(broker.url(), directory);
        publishAndAwait(notifiers, PastRuns.passed(START));
        notifiers.finish(new StopSignal());
        // It may also have the second failure: zui is the last channel, and the new broker may be there in time.
        List<Push> pushes = node.zui().pushes();
        assertEquals(new Push("vmtest", List.of()), pushes.get(pushes.size() - 1));
        assertEquals(2, warnings.size(), warnings::toString);
        assertFalse(Files.exists(flag));
    }

    @Test
    void publishTheLastOfTheResultsThatArriveWhileAChannelHangs() throws IOException, InterruptedException {
        node = new SimNode(broker.url(), directory);
        Notifiers notifiers = notifiers(Set.of(Channel.ZUI));
        node.zui().hang();
        notifiers.runEnded(failed(1, "one"));
        node.zui().await(1);
        for (String words : List.of("two", "three", "four")) {
            notifiers.runEnded(failed(2, words));
        }
        node.zui().wake();
        notifiers.finish(new StopSignal());
        assertEquals(List.of("one", "four"),
                node.zui().pushes().stream().map(push -> push.errors().get(0).replaceAll(".*: ", "")).toList());
    }

    @Test
    void leaveNothingOnAQueueIfTheyAreStopped() throws IOException, InterruptedException {
        Notifiers notifiers = notifiers(ALL);
        notifiers.runEnded(failed(1, "x"));
        awaitTrue(() -> command("LLEN", QUEUE).equals(new Reply.Int(1)));
        StopSignal stop = new StopSignal();
        stop.request();
        notifiers.finish(stop);
        assertEquals(new Reply.Int(0), command("LLEN", QUEUE));
        assertEquals(List.of(), warnings, "ended by its deadline");
        assertTrue(Files.exists(flag), "published before zui, which can hang");
    }

    @Test
    void setAndClearTheFlagWhateverIsThereAndLeaveTheOthers() throws IOException, InterruptedException {
        publish(Set.of(Channel.FLAG), PastRuns.passed(START));
        assertFalse(Files.exists(flag.getParent()), "nothing to clear");
        Files.createDirectory(flag.getParent());
        Path other = Files.writeString(flag.resolveSibling("other"), "x");
        Files.writeString(flag, "set already");
        publish(Set.of(Channel.FLAG), failed(1, "x"));
        assertEquals("set already", Files.readString(flag));
        publish(Set.of(Channel.FLAG), PastRuns.passed(START));
        publish(Set.of(Channel.FLAG), PastRuns.passed(START));
        assertFalse(Files.exists(flag));

        Files.createSymbolicLink(flag, other);
        publish(Set.of(Channel.FLAG), PastRuns.passed(START));
        assertFalse(Files.exists(flag, LinkOption.NOFOLLOW_LINKS));
        Path dangling = directory.resolve("dangling");
        Files.createSymbolicLink(flag, dangling);
        publish(Set.of(Channel.FLAG), failed(1, "x"));
        assertFalse(Files.exists(dangling), "nothing is created through a link");
        assertEquals("x", Files.readString(other));
        assertEquals(List.of(), warnings);
    }

    @Test
    void warnIfTheFlagCannotBeSet() throws IOException, InterruptedException {
        Files.createFile(flag.getParent());
        publish(Set.of(Channel.FLAG), failed(1, "x"));
        assertEquals(List.of("cannot publish the result to flag: java.nio.file.FileAlreadyExistsException: " + flag.getParent()
                + "; not logged again until it works"), warnings);
    }

    /** noded answers with all results of a node in one message. */
    @ParameterizedTest
    @ValueSource(strings = {"x", "\u20ac", "\ud83d\ude00", "\ud83d", "\\", "\"", "\u0001", "\n"})
    void publishAtMostFourKilobytesForTheGrid(String part) throws IOException, InterruptedException {
        String text = (part.repeat(50) + "\n").repeat(1000);
        Failure failure = new Failure(Step.UNMOUNT, Cause.PROTOCOL_ERROR, text);
        Duration longest = Duration.ofHours(24).minusMillis(1);
        List<StepResult> steps = Stream.of(Step.values())
                .map(step -> new StepResult(step, longest, text, step == Step.UNMOUNT ? failure : null)).toList();
        publish(Set.of(Channel.PERF), new RunReport("x".repeat(39) + "-1795368962", Scenario.BOOT, START, longest, failure, steps, longest, text, text,
                Map.of(), List.of(text)));
        int bytes = perf().getBytes(StandardCharsets.UTF_8).length;
        assertTrue(bytes <= 4096, () -> "bytes: " + bytes);
        assertTrue(perf().contains("\"result\":\"failed\",\"step\":\"unmount\",\"cause\":\"protocol-error\","), perf());
        assertTrue(perf().endsWith(",\"steps\":{\"connect\":86399.999,\"list\":86399.999,\"mount\":86399.999,\"inspect\":86399.999,"
                + "\"disk\":86399.999,\"tap\":86399.999,\"deploy\":86399.999,\"boot\":86399.999,\"storage\":86399.999,"
                + "\"network\":86399.999,\"wait\":86399.999,\"verify\":86399.999,\"delete\":86399.999}}}"), perf());
        assertEquals(List.of(), warnings);
    }

    /** Publishes one result, as a process does that ends then. */
    private void publish(Set<Channel> channels, RunReport report) throws InterruptedException {
        Notifiers notifiers = notifiers(channels);
        notifiers.runEnded(report);
        notifiers.finish(new StopSignal());
    }

    /** Publishes one result of many; zui may not have it yet on return. */
    private void publishAndAwait(Notifiers notifiers, RunReport report) throws IOException, InterruptedException {
        notifiers.runEnded(report);
        awaitTrue(() -> perf() != null && perf().contains("\"" + report.id() + "\""));
    }

    private Notifiers notifiers(Set<Channel> channels) {
        Clock clock = Clock.system();
        return new Notifiers(channels, new Node(new ZbusClient(BrokerUrl.parse(broker.url()), clock, CallListener.NONE), Path.of("/proc")), flag, EXPIRY, clock, warnings::add);
    }

    private static RunReport failed(int second, String detail) {
        return PastRuns.failed(START.plusSeconds(second), Step.DEPLOY, Cause.REMOTE_ERROR, detail);
    }

    private String perf() throws IOException, InterruptedException {
        return command("GET", "perf.vmtest") instanceof Reply.Bulk bulk ? new String(bulk.bytes(), StandardCharsets.UTF_8) : null;
    }

    private Reply command(String... words) throws IOException, InterruptedException {
        Deadline deadline = Deadline.in(Clock.system(), Duration.ofSeconds(30));
        try (Connection connection = Connection.open(BrokerUrl.parse(broker.url()), deadline)) {
            return connection.call(deadline, (Object[]) words);
        }
    }

    private interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    private static void awaitTrue(Condition condition) throws IOException, InterruptedException {
        Deadline deadline = Deadline.in(Clock.system(), Duration.ofSeconds(60));
        while (!condition.holds()) {
            assertFalse(deadline.expired(), "it did not come about in a minute");
            Thread.sleep(5);
        }
    }
}
