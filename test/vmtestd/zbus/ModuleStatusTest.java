package vmtestd.zbus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static vmtestd.zbus.ZbusClientTest.CLOCK;
import static vmtestd.zbus.ZbusClientTest.FLIST;
import static vmtestd.zbus.ZbusClientTest.INPUTS;
import static vmtestd.zbus.ZbusClientTest.LONG;
import static vmtestd.zbus.ZbusClientTest.SHORT;
import static vmtestd.zbus.ZbusClientTest.STATUS;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import vmtestd.redis.BrokerUrl;
import vmtestd.sim.EmbeddedBroker;

/** A module is asked for its status, with the test in its place. */
class ModuleStatusTest {
    @TempDir
    private Path directory;
    private EmbeddedBroker broker;
    private Peer peer;
    private ZbusClient client;
    private ModuleStatus status;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        broker = new EmbeddedBroker(directory.resolve("redis.sock"), null);
        peer = new Peer(broker.url());
        client = new ZbusClient(BrokerUrl.parse(broker.url()), CLOCK, CallListener.NONE);
    }

    @AfterEach
    void nothingIsLeft() throws IOException, InterruptedException {
        try {
            assertEquals(Set.of(), peer.keys());
        } finally {
            client.close();
            peer.close();
            broker.close();
        }
    }

    private Pending ask(Duration allowed) {
        return new Pending(() -> {
            status = client.status("flist", ZbusClientTest.in(allowed));
            return null;
        });
    }

    @Test
    void containsTheWorkers() throws Exception {
        Pending call = ask(LONG);
        peer.answerStatus("[flist@0.0.1].Mount()");
        call.get();
        assertEquals(new ModuleStatus(0, List.of(new ModuleStatus.Busy("[flist@0.0.1].Mount()", Instant.EPOCH))), status);
    }

    @Test
    void aModuleThatIsNotRunningIsATimeoutAndTheRequestIsCancelled() throws Exception {
        assertEquals("TIMEOUT, did not run: flist is not running: nobody answers on flist.zbus@1.0", ask(SHORT).failure());
    }

    @Test
    void aRequestThatIsTakenAndNotAnsweredIsAModuleThatHangs() throws Exception {
        Pending call = ask(SHORT);
        peer.take(STATUS);
        assertEquals("TIMEOUT, may have run: flist hangs: it takes requests on flist.zbus@1.0, and does not answer", call.failure());
    }

    @Test
    void anAnswerThatIsNoneIsAProtocolError() throws Exception {
        Pending call = ask(LONG);
        peer.answer(peer.take(STATUS), "01");
        String failure = call.failure();
        assertTrue(failure.startsWith("PROTOCOL_ERROR, may have run: flist sent a malformed status: Expected Map, but got Integer"), failure);
    }

    @Test
    void anInterruptTakesTheRequestBack() throws Exception {
        Pending call = ask(LONG);
        peer.awaitLength(STATUS, 1);
        call.interrupt();
        assertThrows(InterruptedException.class, call::get);
        assertEquals(Set.of(), peer.keys());
    }

    @Test
    void aBrokerThatIsGoneIsATransportFailure() throws Exception {
        try (ZbusClient lost = new ZbusClient(BrokerUrl.parse("unix://" + directory.resolve("none")), CLOCK, CallListener.NONE)) {
            ZbusException e = assertThrows(ZbusException.class, () -> lost.status("flist", ZbusClientTest.in(LONG)));
            assertTrue(ZbusClientTest.describe(e).startsWith("UNREACHABLE, did not run: flist could not be asked for its status: "
                    + "cannot connect to unix://" + directory), e.getMessage());
        }
    }

    @Test
    void aCallHasToWaitWhileNoWorkerIsFree() {
        ModuleStatus.Busy run = new ModuleStatus.Busy("[manager@0.0.1].Run()", Instant.EPOCH);
        assertTrue(new ModuleStatus(0, List.of(run)).isBusy());
        assertFalse(new ModuleStatus(1, List.of(run)).isBusy());
        assertFalse(new ModuleStatus(1, List.of()).isBusy());
        assertFalse(new ModuleStatus(0, List.of()).isBusy(), "no worker is known to be busy");
    }

    private static final String BUSY = "TIMEOUT, may have run: flist did not answer Unmount within 300ms: its worker has been busy with "
            + "[flist@0.0.1].Unmount() for 498713h36m2s";

    private Pending callThatDependsOnStorage() {
        ZbusObject flist = new ZbusObject("flist", "flist", "0.0.1", "storage");
        return new Pending(() -> client.call(flist, "Unmount", INPUTS, ZbusClientTest.forCall(SHORT)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", ignoreLeadingAndTrailingWhitespace = false, value = {
        "-|",
        "[storage@0.0.1].DiskCreate()|; it depends on storage, whose worker has been busy with [storage@0.0.1].DiskCreate() for 498713h36m2s"})
    void aCallThatIsNotAnsweredAsksWhomTheModuleDependsOn(String action, String words) throws Exception {
        Pending call = callThatDependsOnStorage();
        peer.take(ZbusClientTest.QUEUE);
        peer.answerStatus("[flist@0.0.1].Unmount()");
        peer.answerStatus("storage.zbus@1.0", action);
        assertEquals(BUSY + (words == null ? "" : words), call.failure());
    }

    @Test
    void whomTheModuleDependsOnMayBeDownOrHang() throws Exception {
        Pending down = callThatDependsOnStorage();
        peer.take(ZbusClientTest.QUEUE);
        peer.answerStatus("[flist@0.0.1].Unmount()");
        assertEquals(BUSY + "; it depends on storage, which is not running", down.failure());
        Pending hangs = callThatDependsOnStorage();
        peer.take(ZbusClientTest.QUEUE);
        peer.answerStatus("[flist@0.0.1].Unmount()");
        peer.take("storage.zbus@1.0");
        assertEquals(BUSY + "; it depends on storage, which hangs", hangs.failure());
    }

    @Test
    void bothMayBeDown() throws Exception {
        assertEquals("TIMEOUT, did not run: flist is not running: nobody answers on flist.zbus@1.0 (flist did not answer Unmount within 300ms)"
                + "; it depends on storage, which is not running", callThatDependsOnStorage().failure());
    }

    /** The end comes in 2.9 s, and 3 s are kept for taking back: no time is left for a second question. */
    @Test
    void theDependencyIsNotAskedIfTimeIsShort() throws Exception {
        ZbusObject flist = new ZbusObject("flist", "flist", "0.0.1", "storage");
        try (ZbusClient brief = new ZbusClient(BrokerUrl.parse(broker.url()), CLOCK, CallListener.NONE, ZbusClientTest.in(Duration.ofMillis(2_900)))) {
            Pending call = new Pending(() -> brief.call(flist, "Unmount", INPUTS, ZbusClientTest.forCall(SHORT)));
            peer.take(ZbusClientTest.QUEUE);
            peer.answerStatus("[flist@0.0.1].Unmount()");
            assertEquals(BUSY, call.failure());
        }
    }

    /** A call and a status that a hung broker does not cancel: the end comes first, and not the three seconds each. */
    @Test
    void whatComesOnTopOfADeadlineIsBoundByTheEnd() throws Exception {
        Path silent = directory.resolve("silent.sock");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(silent));
                ZbusClient hung = new ZbusClient(BrokerUrl.parse("unix://" + silent), CLOCK, CallListener.NONE, ZbusClientTest.in(Duration.ofMillis(900)))) {
            long begin = System.nanoTime();
            ZbusException asked = assertThrows(ZbusException.class, () -> hung.status("flist", ZbusClientTest.in(SHORT)));
            ZbusException called = assertThrows(ZbusException.class, () -> hung.call(FLIST, "Mount", INPUTS, ZbusClientTest.in(SHORT)));
            long millis = (System.nanoTime() - begin) / 1_000_000;
            assertTrue(millis >= 900 && millis < 2_900, millis + " ms");
            assertEquals("UNREACHABLE, may have run: flist could not be asked for its status: no answer in time: RPUSH on unix://" + silent
                    + "; then: no answer in time: LREM on unix://" + silent,
                    ZbusClientTest.describe(asked));
            assertEquals(ZbusException.Kind.UNREACHABLE, called.kind());
            assertTrue(server.isOpen());
        }
    }
}
