package vmtestd.zbus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.redis.BrokerUrl;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.TestClock;

/** The client's calls, with the test in the place of the module. */
class ZbusClientTest {
    static final ZbusObject FLIST = new ZbusObject("flist", "flist", "0.0.1");
    static final String QUEUE = "flist.flist@0.0.1";
    static final String STATUS = "flist.zbus@1.0";
    static final List<byte[]> INPUTS = List.of(new MessageWriter().string("test-vm-1").toBytes());
    static final Instant NOW = Instant.parse("2026-11-22T17:36:02Z");
    /** What must expire, and what must not. */
    static final Duration SHORT = Duration.ofMillis(300);
    static final Duration LONG = Duration.ofSeconds(30);

    static final Clock CLOCK = TestClock.stoppedAt(NOW);

    @TempDir
    Path directory;
    EmbeddedBroker broker;
    Peer peer;
    ZbusClient client;

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

    static Deadline in(Duration span) {
        return Deadline.in(Clock.system(), span);
    }

    /**
     * Returns a deadline for one call, whose clock stands still until the client has read the time that the call is allowed:
     * a stall before that would show in the message of the failure.
     */
    static Deadline forCall(Duration allowed) {
        return forCall(allowed, Duration.ZERO);
    }

    /** @param stall how long the call takes to connect */
    private static Deadline forCall(Duration allowed, Duration stall) {
        return Deadline.in(new TestClock(NOW, null, null) {
            private int readings;
            private long begin;

            @Override
            public synchronized long nanoTime() {
                long now = System.nanoTime();
                if (++readings <= 2) {
                    begin = now - stall.toNanos();
                    return 0;
                }
                return now - begin;
            }
        }, allowed);
    }

    static byte[] response(String id, byte[] data, String callError, String protocolError) {
        MessageWriter writer = new MessageWriter().map(3).string("ID").string(id).string("Output").map(2).string("Data");
        if (data == null) {
            writer.nil();
        } else {
            writer.bytes(data);
        }
        writer.string("Error");
        if (callError == null) {
            writer.nil();
        } else {
            writer.map(1).string("Message").string(callError);
        }
        writer.string("Error");
        return (protocolError == null ? writer.nil() : writer.string(protocolError)).toBytes();
    }

    static String describe(ZbusException e) {
        return e.kind() + (e.mayHaveRun() ? ", may have run: " : ", did not run: ") + e.getMessage();
    }

    private Pending mount(Duration allowed) {
        return new Pending(() -> client.call(FLIST, "Mount", INPUTS, forCall(allowed)));
    }

    @Test
    void sendsTheRequestAndReturnsTheValue() throws Exception {
        Pending call = mount(LONG);
        Taken request = peer.take(QUEUE);
        String id = request.id();
        assertTrue(id.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), id);
        assertEquals("{\"ID\": \"" + id + "\", \"Inputs\": [bin(a9746573742d766d2d31)], \"Object\": "
                + "{\"Name\": \"flist\", \"Version\": \"0.0.1\"}, \"ReplyTo\": \"" + id + "\", \"Method\": \"Mount\"}",
                GoldenFile.shape(request.bytes()));
        peer.answer(request, "a3616263");
        assertArrayEquals(new byte[] {(byte) 0xa3, 'a', 'b', 'c'}, call.get());
    }

    @Test
    void keepsItsConnectionAndTakesANewIdForEachCall() throws Exception {
        Pending first = mount(LONG);
        Taken one = peer.take(QUEUE);
        List<String> connections = peer.others();
        assertEquals(1, connections.size());
        peer.answer(one, "c0");
        first.get();
        Pending second = mount(LONG);
        Taken two = peer.take(QUEUE);
        peer.answer(two, "c0");
        second.get();
        assertNotEquals(one.id(), two.id());
        assertEquals(connections, peer.others());
    }

    @Test
    void aMethodMayReturnNothing() throws Exception {
        Pending call = mount(LONG);
        Taken request = peer.take(QUEUE);
        peer.push(request.id(), response(request.id(), null, null, null));
        assertNull(call.get());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", value = {
        "no such flist | - | REMOTE_ERROR, may have run: flist failed to Mount: no such flist",
        "- | unknown object | PROTOCOL_ERROR, may have run: flist refused Mount: unknown object",
        "both | panic: x | PROTOCOL_ERROR, may have run: flist refused Mount: panic: x"})
    void distinguishesTheTwoErrorsOfAResponse(String callError, String protocolError, String failure) throws Exception {
        Pending call = mount(LONG);
        Taken request = peer.take(QUEUE);
        peer.push(request.id(), response(request.id(), new byte[] {(byte) 0xa0}, callError, protocolError));
        assertEquals(failure, call.failure());
    }

    @Test
    void anEmptyErrorIsNone() throws Exception {
        Pending call = mount(LONG);
        Taken request = peer.take(QUEUE);
        peer.push(request.id(), response(request.id(), new byte[] {(byte) 0xc3}, "", ""));
        assertArrayEquals(new byte[] {(byte) 0xc3}, call.get());
    }

    @Test
    void anotherCallsResponseIsNoAnswer() throws Exception {
        Pending call = mount(LONG);
        peer.push(peer.take(QUEUE).id(), response("other", new byte[] {(byte) 0xc3}, null, null));
        assertEquals("PROTOCOL_ERROR, may have run: flist sent a malformed reply to Mount: the response to another call, 'other'", call.failure());
    }

    @ParameterizedTest
    @ValueSource(strings = {"00", "c1", "83a24944dbffffff", "81a6", "8281", "dfffffffff"})
    void bytesThatAreNoMessageAreNoAnswer(String hex) throws Exception {
        Pending call = mount(LONG);
        Taken request = peer.take(QUEUE);
        peer.push(request.id(), HexFormat.of().parseHex(hex));
        String failure = call.failure();
        assertTrue(failure.startsWith("PROTOCOL_ERROR, may have run: flist sent a malformed reply to Mount: "), failure);
        Pending next = mount(LONG);
        peer.answer(peer.take(QUEUE), "c0");
        next.get();
    }

    @Test
    void aModuleThatIsNotRunningIsATimeoutAndTheRequestIsCancelled() throws Exception {
        Pending call = mount(SHORT);
        peer.awaitLength(QUEUE, 1);
        peer.awaitLength(STATUS, 1);
        assertEquals(0, peer.length(QUEUE), "it is cancelled before the module is asked why");
        assertEquals("TIMEOUT, did not run: flist is not running: nobody answers on flist.zbus@1.0 (flist did not answer Mount within 300ms)",
                call.failure());
        assertEquals(0, peer.length(STATUS));
    }

    @Test
    void theTimeAllowedIncludesConnecting() throws Exception {
        Pending call = new Pending(() -> client.call(FLIST, "Mount", INPUTS, forCall(SHORT, Duration.ofMillis(100))));
        String failure = call.failure();
        assertTrue(failure.endsWith(" (flist did not answer Mount within 300ms)"), failure);
    }

    @Test
    void noTimeLeftAsksNobody() throws Exception {
        Pending call = mount(Duration.ofSeconds(-1));
        assertEquals("TIMEOUT, did not run: no time was left to ask flist for Mount", call.failure());
        assertEquals(List.of(), peer.others());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = false, value = {
        "d6ff6b032789|: its worker has been busy with [flist@0.0.1].Mount() for 2m1s",
        "d7ff773594006b032789|: its worker has been busy with [flist@0.0.1].Mount() for 2m0.5s",
        "d6ff6b032803|: its worker has been busy with [flist@0.0.1].Mount() for 0s",
        "c0|: its worker has been busy with [flist@0.0.1].Mount() for 498713h36m2s",
        "c70cff00000000fffffff1886e0900|: its worker has been busy with [flist@0.0.1].Mount() for 17758601h36m2s",
        "c70cff0000000000701cd2fa9578ff|: its worker has been busy with [flist@0.0.1].Mount() for 0s",
        "c70cff00000000ff8fe31014641400|: its worker has been busy with [flist@0.0.1].Mount() for 8765837767385h36m2s",
        "c70cff0000000000701cd2fa957900|; flist sent a malformed status: ",
        "c70cff000000007fffffffffffffff|; flist sent a malformed status: ",
        "c70cff000000008000000000000000|; flist sent a malformed status: ",
        "01|; flist sent a malformed status: Expected Ext, but got Integer",
        "d6ff6b|; flist sent a malformed status: "})
    void theTimeoutOfASlowModuleSaysSinceWhenItIsBusy(String timestamp, String words) throws Exception {
        MessageWriter begin = new MessageWriter().map(1).string("Workers").array(1).map(3);
        begin.string("State").string("busy").string("Action").string("[flist@0.0.1].Mount()").string("StartTime");
        byte[] status = HexFormat.of().parseHex(HexFormat.of().formatHex(begin.toBytes()) + timestamp);
        assertTimeoutWithStatus(words, request -> response(request.id(), status, null, null));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = false, value = {
        "80|, although its worker is free",
        "81a7576f726b65727390|, although its worker is free",
        "81a7576f726b657273c0|, although its worker is free",
        "81a7576f726b65727392c081a55374617465a462757379|: its worker has been busy with  for 498713h36m2s",
        "81a7576f726b6572739281a55374617465a46275737982a55374617465a462757379a6416374696f6ea178"
                + "|: its worker has been busy with  for 498713h36m2s and with x for 498713h36m2s",
        "c2|; flist sent a malformed status: Expected Map, but got Boolean (c2) at byte 1 of 1",
        "81a7576f726b657273dd7fffffff|; flist sent a malformed status: more than 131072 values"})
    void aModuleWithAnOddStatusIsStillATimeout(String data, String words) throws Exception {
        byte[] status = HexFormat.of().parseHex(data);
        assertTimeoutWithStatus(words, request -> response(request.id(), status, null, null));
    }

    @Test
    void aStatusThatIsNoneIsStillATimeout() throws Exception {
        assertTimeoutWithStatus("; flist sent a malformed status: no value", request -> response(request.id(), null, null, null));
        assertTimeoutWithStatus("; flist refused a status request: unknown", request -> response(request.id(), null, null, "unknown"));
        assertTimeoutWithStatus("; flist sent a malformed reply to a status request: the response to another call, 'x'", request -> response("x", null, null, null));
        assertTimeoutWithStatus("; flist sent a malformed reply to a status request: Expected Map", request -> new byte[] {(byte) 0xc1});
    }

    private interface Answer {
        byte[] to(Taken request) throws IOException;
    }

    /** A request is taken and not answered; the status is. */
    private void assertTimeoutWithStatus(String words, Answer status) throws Exception {
        Pending call = mount(SHORT);
        peer.take(QUEUE);
        Taken request = peer.take(STATUS);
        assertTrue(GoldenFile.shape(request.bytes()).endsWith(", \"Inputs\": [], \"Object\": {\"Name\": \"zbus\", \"Version\": \"1.0\"}, "
                + "\"ReplyTo\": \"" + request.id() + "\", \"Method\": \"\"}"));
        peer.push(request.id(), status.to(request));
        String failure = call.failure();
        String expected = "TIMEOUT, may have run: flist did not answer Mount within 300ms" + words;
        // Where a value cannot be read, msgpack-core's words follow.
        assertEquals(expected, words.contains("busy") || words.contains("free") || failure.length() < expected.length()
                ? failure : failure.substring(0, expected.length()));
        assertEquals(Set.of(), peer.keys());
    }
}
