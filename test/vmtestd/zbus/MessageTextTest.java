package vmtestd.zbus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;

/** Values as people are shown them. */
class MessageTextTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "c0 | nil", "c3 | true", "07 | 7", "ff | -1", "cb3ff8000000000000 | 1.5", "a161 | \"a\"", "c403010203 | 3 bytes", "90 | []",
        "93010203 | [1, 2, 3]", "82a16101a162c0 | {\"a\": 1, \"b\": nil}", "92a16181a16290 | [\"a\", {\"b\": []}]",
        "d6ff00000000 | 1970-01-01T00:00:00Z"})
    void areWrittenMuchLikeJson(String hex, String text) {
        assertEquals(text, MessageText.of(HexFormat.of().parseHex(hex), 100));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "'' | <the message ends too early at byte 0 of 0>", "92a161 | [\"a\", <the message ends too early at byte 3 of 3>",
        "c1 | <the reserved byte c1>"})
    void areShownAsFarAsTheyCanBeRead(String hex, String text) {
        assertEquals(text, MessageText.of(HexFormat.of().parseHex(hex), 100));
    }

    @Test
    void areCut() throws IOException {
        try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
            packer.packArrayHeader(100_000);
            for (int i = 0; i < 100_000; i++) {
                packer.packString("x");
            }
            assertEquals("[\"x\", \"x\", ...", MessageText.of(packer.toByteArray(), 11));
        }
    }

    @Test
    void areNotFollowedIntoAnyDepth() {
        byte[] nested = new byte[5_000];
        Arrays.fill(nested, (byte) 0x91);
        assertTrue(MessageText.of(nested, 100).startsWith("[[[[[[[[[<nested too deep"), MessageText.of(nested, 100));
    }

    @Test
    void ofACallAreItsArgumentsAndItsOutcome() throws IOException {
        byte[] name = new MessageWriter().string("test-vm-1").toBytes();
        byte[] yes = {(byte) 0xc3};
        ZbusObject vmd = new ZbusObject("vmd", "manager", "0.0.1");
        assertEquals("\"test-vm-1\", true", call(vmd, List.of(name, yes), null, null).arguments());
        assertEquals("", call(vmd, List.of(), null, null).arguments());
        assertEquals("done", call(vmd, List.of(), null, null).outcome());
        assertEquals("true", call(vmd, List.of(), yes, null).outcome());
        assertEquals("no answer", call(vmd, List.of(), null, new ZbusException(ZbusException.Kind.TIMEOUT, true, "no answer")).outcome());
    }

    private static CallListener.Call call(ZbusObject object, List<byte[]> inputs, byte[] result, ZbusException failure) {
        return new CallListener.Call(object, "Exists", inputs, Duration.ZERO, result, failure);
    }
}
