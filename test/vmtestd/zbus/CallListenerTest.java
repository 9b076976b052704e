package vmtestd.zbus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.redis.Allocation;

/** Calls as text. */
class CallListenerTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "c0 | null", "c3 | true", "07 | 7", "ff | -1", "cb3ff8000000000000 | 1.5", "a161 | \"a\"", "c403414243 | \"ABC\"", "90 | []",
        "93010203 | [1,2,3]", "82a16101a162c0 | {\"a\":1,\"b\":null}", "92a16181a16290 | [\"a\",{\"b\":[]}]"})
    void aValueIsShownAsJson(String hex, String text) {
        assertEquals(text, outcome(HexFormat.of().parseHex(hex)));
    }

    /** unpackValue would allocate an array of the length that the header announces. */
    @ParameterizedTest
    @ValueSource(strings = {"", "92a161", "c1", "dd7fffffff", "df7fffffff", "ddffffffff", "dfffffffff", "dbffffffff", "c6ffffffff", "c9ffffffff01", "d6ff", "c705ff0000000000",
        "c70cff000000008000000000000000"})
    void aMalformedValueIsShownAsItsError(String hex) {
        long before = Allocation.bytes();
        String text = outcome(HexFormat.of().parseHex(hex));
        assertTrue(text.startsWith("<") && text.endsWith(">"), text);
        assertTrue(Allocation.bytes() - before < 1 << 20);
    }

    @Test
    void aLongValueIsNotShown() {
        byte[] values = new MessageWriter().strings(Collections.nCopies(340, "xy")).toBytes();
        assertEquals("[" + "\"xy\",".repeat(339) + "\"xy\"]", outcome(values));
        byte[] more = new MessageWriter().strings(Collections.nCopies(341, "xy")).toBytes();
        assertEquals("1026 bytes", outcome(more));
    }

    /** On a thread with a stack as small as the daemon's. */
    @Test
    void aDeeplyNestedValueIsRefused() throws Exception {
        byte[] nested = new byte[4_000];
        Arrays.fill(nested, (byte) 0x91);
        FutureTask<String> task = new FutureTask<>(() -> outcome(nested));
        new Thread(null, task, "small", 256 << 10).start();
        assertEquals("<values nested more than 64 deep at byte 65 of 4000>", task.get());
    }

    @Test
    void aCallShowsItsArgumentsAndItsOutcome() {
        byte[] name = new MessageWriter().string("test-vm-1").toBytes();
        byte[] yes = {(byte) 0xc3};
        assertEquals("\"test-vm-1\", true", call(List.of(name, yes), null, null).arguments());
        assertEquals("", call(List.of(), null, null).arguments());
        assertEquals("done", call(List.of(), null, null).outcome());
        assertEquals("true", call(List.of(), yes, null).outcome());
        assertEquals("no answer", call(List.of(), null, new ZbusException(ZbusException.Kind.TIMEOUT, true, "no answer")).outcome());
    }

    private static String outcome(byte[] result) {
        return call(List.of(), result, null).outcome();
    }

    private static CallListener.Call call(List<byte[]> inputs, byte[] result, ZbusException failure) {
        return new CallListener.Call(new ZbusObject("vmd", "manager", "0.0.1"), "Exists", inputs, Duration.ZERO, result, failure);
    }
}
