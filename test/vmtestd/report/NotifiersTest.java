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
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.StopSignal;
import vmtestd.node.Node;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Connection;
import vmtestd.redis.Reply;
import vmtestd.report.Notifiers.Channel;
import vmtestd.run.RunReport;
import vmtestd.run.Step;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.SimNode;
import vmtestd.sim.SimZui.Push;
import vmtestd.status.PastRuns;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/** Whom results are told, and what comes of it where one of them does not listen. */
class NotifiersTest {
    private static final Instant START = Instant.parse("2026-11-22T17:36:02Z");
    private static final Duration EXPIRY = Duration.ofMinutes(20);
    private static final Set<Channel> ALL = EnumSet.allOf(Channel.class);
    private static final String QUEUE = "zui.zui@0.0.1";

    @TempDir
    private Path folder;
    private Path flag;
    private EmbeddedBroker broker;
    private SimNode node;
    private final List<String> complaints = new CopyOnWriteArrayList<>();

    @BeforeEach
    void startBroker() throws IOException {
        broker = new EmbeddedBroker(folder.resolve("s"), null);
        flag = folder.resolve("flags/vm-test-failed");
    }

    @AfterEach
    void stop() throws IOException {
        if (node != null) {
            node.close();
        }
        broker.close();
    }

    @Test
    void areAllToldOfAFailureAndOfAPass() throws IOException, InterruptedException {
        node = new SimNode(broker.url(), folder);
        tell(ALL, failed(1, "no room"));
        assertEquals(new Push("vmtest", List.of("vm test failed at deploy (remote-error): no room")), node.zui().await(1));
        assertEquals("{\"name\":\"vmtest\",\"description\":\"deploys a VM, sees that it lives, and removes it\","
                + "\"timestamp\":1795368968,\"result\":{\"id\":\"test-vm-1795368963\",\"started\":\"2026-11-22T17:36:03Z\","
                + "\"took\":5,\"result\":\"failed\",\"step\":\"deploy\",\"cause\":\"remote-error\",\"detail\":\"no room\","
                + "\"steps\":{\"connect\":1,\"list\":1,\"mount\":1,\"inspect\":1}}}", perf());
        assertTrue(Files.isRegularFile(flag));
        assertEquals(0, Files.size(flag));

        tell(ALL, PastRuns.passed(START));
        assertEquals(new Push("vmtest", List.of()), node.zui().await(2));
        assertTrue(perf().startsWith("{\"name\":\"vmtest\",\"description\":\"deploys a VM, sees that it lives, and removes it\","
                + "\"timestamp\":1795368972,\"result\":{\"id\":\"test-vm-1795368962\",\"started\":\"2026-11-22T17:36:02Z\","
                + "\"took\":10,\"result\":\"passed\",\"steps\":{\"connect\":1,"), perf());
        assertEquals(new Reply.Int(EXPIRY.toMillis()), command("PTTL", "perf.vmtest"));
        assertFalse(Files.exists(flag));
        assertEquals(2, node.zui().pushes().size());
        assertEquals(List.of(), complaints);
    }

    @Test
    void areToldEachByItself() throws IOException, InterruptedException {
        node = new SimNode(broker.url(), folder);
        tell(Set.of(Channel.FLAG), failed(1, "x"));
        assertTrue(Files.exists(flag));
        assertEquals(List.of(), node.zui().pushes());
        assertNull(perf());
        Files.delete(flag);
        tell(Set.of(Channel.PERF), failed(2, "x"));
        assertTrue(perf().contains("\"id\":\"test-vm-1795368964\""), perf());
        tell(Set.of(Channel.ZUI), failed(3, "x"));
        tell(Set.of(), failed(4, "x"));
        assertEquals(1, node.zui().pushes().size());
        assertTrue(perf().contains("\"id\":\"test-vm-1795368964\""), perf());
        assertFalse(Files.exists(flag));
        assertEquals(List.of(), complaints);
    }

    /** Whatever an earlier run has said stays so. */
    @Test
    void areNotToldOfARunThatWasStopped() throws IOException, InterruptedException {
        node = new SimNode(broker.url(), folder);
        tell(ALL, PastRuns.failed(START, Step.WAIT, Cause.INTERRUPTED, "told to stop"));
        assertFalse(Files.exists(flag));
        assertNull(perf());
        tell(ALL, failed(1, "x"));
        String before = perf();
        tell(ALL, PastRuns.failed(START.plusSeconds(2), Step.WAIT, Cause.INTERRUPTED, "told to stop"));
        assertTrue(Files.exists(flag));
        assertEquals(before, perf());
        assertEquals(1, node.zui().pushes().size());
        assertEquals(List.of(), complaints);
    }

    @Test
    void areToldOnOneLineWhateverAModuleSaid() throws IOException, InterruptedException {
        node = new SimNode(broker.url(), folder);
        tell(ALL, failed(1, "two\nlines \u001b[31m\"quoted\"" + "x".repeat(600)));
        String text = node.zui().await(1).errors().get(0);
        assertTrue(text.startsWith("vm test failed at deploy (remote-error): two\\nlines \\u001b[31m\"quoted\"xxx"), text);
        assertTrue(text.length() < 600, text);
        assertTrue(perf().contains("\"detail\":\"two\\\\nlines \\\\u001b[31m\\\"quoted\\\"xxx"), perf());
    }

    @Test
    void areComplainedOfOnceUntilTheyWorkAgain() throws IOException, InterruptedException {
        node = new SimNode(broker.url(), folder);
        Notifiers channels = channels(ALL);
        node.zui().refuse("no screen");
        String complaint = "the result cannot be told to zui: zui failed to PushErrors: no screen; not said again until it can";
        for (int run = 1; run <= 2; run++) {
            tellAndAwait(channels, failed(run, "x"));
            node.zui().await(run);
            awaitTrue(() -> complaints.equals(List.of(complaint)));
        }
        assertTrue(Files.exists(flag), "zui keeps nobody else from being told");
        node.zui().refuse(null);
        tellAndAwait(channels, failed(3, "x"));
        node.zui().await(3);
        assertEquals(List.of(complaint), complaints);
        node.zui().refuse("no screen");
        tellAndAwait(channels, failed(4, "x"));
        channels.finish(new StopSignal());
        assertEquals(List.of(complaint, complaint), complaints);
    }

    @Test
    void areComplainedOfEachWhereTheBrokerIsAwayAndWorkWithTheNextOne() throws IOException, InterruptedException {
        Notifiers channels = channels(ALL);
        broker.close();
        channels.runEnded(failed(1, "x"));
        awaitTrue(() -> Files.exists(flag));
        Files.delete(flag);
        channels.runEnded(failed(2, "x"));
        awaitTrue(() -> Files.exists(flag));
        assertEquals(2, complaints.size(), complaints::toString);
        String why = ": .*/s: No such file or directory; not said again until it can";
        assertTrue(complaints.get(0).matches("the result cannot be told to perf" + why), complaints::toString);
        assertTrue(complaints.get(1).matches("the result cannot be told to zui" + why), complaints::toString);
        broker = new EmbeddedBroker(folder.resolve("s"), null);
        node = new SimNode(broker.url(), folder);
        tellAndAwait(channels, PastRuns.passed(START));
        assertEquals(new Push("vmtest", List.of()), node.zui().await(1));
        channels.finish(new StopSignal());
        assertEquals(2, complaints.size(), complaints::toString);
        assertFalse(Files.exists(flag));
    }

    @Test
    void areToldTheLastOfTheResultsThatComeWhileOneHangs() throws IOException, InterruptedException {
        node = new SimNode(broker.url(), folder);
        Notifiers channels = channels(Set.of(Channel.ZUI));
        node.zui().hang();
        channels.runEnded(failed(1, "one"));
        node.zui().await(1);
        for (String words : List.of("two", "three", "four")) {
            channels.runEnded(failed(2, words));
        }
        node.zui().wake();
        channels.finish(new StopSignal());
        assertEquals(List.of("one", "four"),
                node.zui().pushes().stream().map(push -> push.errors().get(0).replaceAll(".*: ", "")).toList());
    }

    @Test
    void leaveNothingOnAQueueWhereAStopBreaksThemOff() throws IOException, InterruptedException {
        Notifiers channels = channels(ALL);
        channels.runEnded(failed(1, "x"));
        awaitTrue(() -> command("LLEN", QUEUE).equals(new Reply.Int(1)));
        StopSignal stop = new StopSignal();
        stop.request();
        channels.finish(stop);
        assertEquals(new Reply.Int(0), command("LLEN", QUEUE));
        assertEquals(List.of(), complaints, "it was not the deadline that ended it");
        assertTrue(Files.exists(flag), "who cannot hang has been told before");
    }

    /** Anybody may have made the folder, and put anything into it. */
    @Test
    void neverSetTheFlagThroughALink() throws IOException, InterruptedException {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Path precious = Files.writeString(elsewhere.resolve("precious"), "x");
        Files.createSymbolicLink(flag.getParent(), elsewhere);
        tell(Set.of(Channel.FLAG), failed(1, "x"));
        assertFalse(Files.exists(elsewhere.resolve("vm-test-failed")));
        Files.createFile(elsewhere.resolve("vm-test-failed"));
        tell(Set.of(Channel.FLAG), PastRuns.passed(START));
        assertTrue(Files.exists(elsewhere.resolve("vm-test-failed")));
        assertEquals(2, complaints.size(), complaints::toString);

        Files.delete(flag.getParent());
        Files.createDirectory(flag.getParent());
        Files.createSymbolicLink(flag, precious);
        tell(Set.of(Channel.FLAG), failed(1, "x"));
        assertEquals(List.of("the result cannot be told to flag: java.io.IOException: " + flag
                + " is no file; not said again until it can"), complaints.subList(2, complaints.size()));
        tell(Set.of(Channel.FLAG), PastRuns.passed(START));
        assertFalse(Files.exists(flag, LinkOption.NOFOLLOW_LINKS));
        assertEquals("x", Files.readString(precious));
        assertEquals(3, complaints.size(), complaints::toString);
    }

    /** Tells one result, as a process does that ends then. */
    private void tell(Set<Channel> whom, RunReport report) throws InterruptedException {
        Notifiers channels = channels(whom);
        channels.runEnded(report);
        channels.finish(new StopSignal());
    }

    /** Tells one result of many; zui may not have been told then. */
    private void tellAndAwait(Notifiers channels, RunReport report) throws IOException, InterruptedException {
        channels.runEnded(report);
        awaitTrue(() -> perf() != null && perf().contains("\"" + report.id() + "\""));
    }

    private Notifiers channels(Set<Channel> whom) {
        Clock clock = Clock.system();
        return new Notifiers(whom, Node.at(BrokerUrl.parse(broker.url()), clock), flag, EXPIRY, clock, complaints::add);
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
