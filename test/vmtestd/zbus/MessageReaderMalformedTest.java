package vmtestd.zbus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.net.ProtocolException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.redis.Allocation;

/** Whatever the bytes are, the result is a value or a ProtocolException, and takes little memory. */
class MessageReaderMalformedTest {
    private interface Read {
        Object from(MessageReader reader) throws IOException;
    }

    private static final Map<String, Read> READS = Map.of(
            "map", MessageReader::map, "array", MessageReader::array, "string", MessageReader::string,
            "bytes", MessageReader::bytes, "integer", MessageReader::integer, "bool", MessageReader::bool,
            "timestamp", MessageReader::timestamp, "strings", MessageReader::strings,
            "skip", reader -> {
                reader.skip();
                return "";
            });

    @ParameterizedTest
    @CsvSource({
        "map, 90, 'Expected Map, but got Array (90) at byte 1 of 1'",
        "array, 80, 'Expected Array, but got Map (80) at byte 1 of 1'",
        "string, 01, 'Expected Binary, but got Integer (01) at byte 1 of 1'",
        "bytes, c3, 'Expected Binary, but got Boolean (c3) at byte 1 of 1'",
        "integer, a131, 'Expected Integer, but got String (a1) at byte 1 of 2'",
        "integer, ca3f800000, 'Expected Integer, but got Float (ca) at byte 1 of 5'",
        "bool, 01, 'Expected boolean, but got Integer (01) at byte 1 of 1'",
        "timestamp, ce6553f100, 'Expected Ext, but got Integer (ce) at byte 1 of 5'",
        "string, a461, a string of 4 bytes at byte 1 of 2",
        "bytes, c67fffffff00, a string of 2147483647 bytes at byte 5 of 6",
        "strings, 93a16105a0, 'Expected Binary, but got Integer (05) at byte 4 of 5'",
        "string, c1, Cannot convert NEVER_USED to ValueType at byte 0 of 1",
        "integer, c1, 'Expected Integer, but encountered 0xC1 \"NEVER_USED\" byte at byte 1 of 1'"})
    void saysWhatItFoundAndWhere(String method, String hex, String message) {
        assertEquals(message, assertThrows(ProtocolException.class, () -> read(method, hex)).getMessage());
    }

    static Stream<String> methods() {
        return READS.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("methods")
    void refusesAMessageWithoutAValue(String method) {
        assertThrows(ProtocolException.class, () -> read(method, ""));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void refusesTheReservedByte(String method) {
        assertThrows(ProtocolException.class, () -> read(method, "c1"));
    }

    @ParameterizedTest
    @CsvSource({
        "integer, cf8000000000000000", "integer, cfffffffffffffffff", "integer, cc", "integer, cf00000000000000", "integer, d3",
        "string, d9", "string, db000000", "string, db80000000", "string, dbffffffff", "string, d90561", "bytes, c6ffffffff",
        "bytes, c6", "bytes, c40200", "array, dc00", "array, ddffffffff", "array, dd80000000", "map, de", "map, dfffffffff",
        "strings, dd7fffffff", "strings, dd7fffffffa0", "strings, 92a161",
        "timestamp, d6006553f100", "timestamp, d6fe6553f100", "timestamp, d4ff00", "timestamp, d5ff0000",
        "timestamp, c703ff000000", "timestamp, c70dff00000000000000000000000000", "timestamp, c9ffffffffff", "timestamp, c97fffffffff",
        "timestamp, d6ff6553", "timestamp, d7ff", "timestamp, d6",
        "skip, a4", "skip, 91", "skip, 82a161", "skip, dd7fffffff", "skip, df7fffffff", "skip, dbffffffff", "skip, c9ffffffff01",
        "skip, c97fffffff0100", "skip, 91c1", "skip, 81a161c1", "skip, d6ff00"})
    void refusesWhatIsCutOffOrTooLarge(String method, String hex) {
        assertThrows(ProtocolException.class, () -> read(method, hex));
    }

    /** Seconds beyond what an Instant can be: 12 bytes have room for them. */
    @ParameterizedTest
    @ValueSource(strings = {
        "c70cff000000007fffffffffffffff", "c70cff000000008000000000000000", "c70cff7fffffff7fffffffffffffff",
        "c70cff800000008000000000000000", "c70cff000000000100000000000000"})
    void refusesATimestampThatIsNoInstant(String hex) {
        assertThrows(ProtocolException.class, () -> read("timestamp", hex));
    }

    /** Two lengths whose sum overflows an int must not make a truncated value look whole. */
    @ParameterizedTest
    @ValueSource(strings = {"dd7fffffffdd7fffffff01", "dd7ffffffedd7fffffffdd7fffffff", "df7fffffff01", "df40000000c0c0", "dc0003df7fffffff01"})
    void refusesToPassOverACutOffValueWhoseLengthsOverflow(String hex) {
        assertThrows(ProtocolException.class, () -> read("skip", hex));
    }

    @ParameterizedTest
    @CsvSource({
        "bytes, c67fffffff", "string, db7fffffff", "strings, dd7fffffff", "strings, dd7fffffffdb7fffffff",
        "timestamp, c97fffffffff", "skip, c67fffffff", "skip, dd7fffffff", "skip, c97fffffffff"})
    void takesNoMemoryForALengthBeyondTheMessage(String method, String hex) {
        byte[] message = HexFormat.of().parseHex(hex);
        Read read = READS.get(method);
        long before = Allocation.bytes();
        assertThrows(ProtocolException.class, () -> MessageReader.decode(message, read::from));
        assertTrue(Allocation.bytes() - before < 1 << 20);
    }

    @Test
    void refusesDeepNestingThatNeverEnds() {
        byte[] message = nested(100_000, "");
        assertThrows(ProtocolException.class, () -> MessageReader.decode(message, READS.get("skip")::from));
        assertThrows(ProtocolException.class, () -> Response.decode(message));
    }

    /** Every prefix of every golden response, and every byte of it changed in turn. */
    @Test
    void rejectsDamagedResponsesAsMalformed() {
        Random random = new Random(7);
        for (String name : GoldenFile.names("response.")) {
            byte[] good = GoldenFile.message(name);
            for (int at = 0; at < good.length; at++) {
                byte[] cut = Arrays.copyOf(good, at);
                assertThrows(ProtocolException.class, () -> Response.decode(cut), name);
                for (int i = 0; i < 3; i++) {
                    byte[] changed = good.clone();
                    changed[at] ^= (byte) (1 + random.nextInt(255));
                    decodeAll(changed);
                }
            }
        }
    }

    @Test
    void rejectsRandomBytesAsMalformed() {
        Random random = new Random(8);
        for (int i = 0; i < 5_000; i++) {
            byte[] message = new byte[random.nextInt(24)];
            random.nextBytes(message);
            decodeAll(message);
        }
    }

    /** Fails where anything but a value or a ProtocolException comes out. */
    private static void decodeAll(byte[] message) {
        for (Read read : READS.values()) {
            attempt(message, () -> MessageReader.decode(message, read::from));
        }
        attempt(message, () -> {
            byte[] data = Response.decode(message).data();
            return data == null ? List.of() : MessageReader.decode(data, ModuleStatus::decode);
        });
    }

    private interface Attempt {
        Object run() throws ProtocolException;
    }

    private static void attempt(byte[] message, Attempt attempt) {
        try {
            attempt.run();
        } catch (ProtocolException e) {
            assertTrue(!e.getMessage().isEmpty());
        } catch (RuntimeException | Error e) {
            fail(HexFormat.of().formatHex(message), e);
        }
    }

    private static Object read(String method, String hex) throws ProtocolException {
        return MessageReader.decode(HexFormat.of().parseHex(hex), READS.get(method)::from);
    }

    /** So many arrays of one element, one in the other, with the given bytes innermost. */
    static byte[] nested(int depth, String hex) {
        byte[] inner = HexFormat.of().parseHex(hex);
        byte[] message = new byte[depth + inner.length];
        Arrays.fill(message, 0, depth, (byte) 0x91);
        System.arraycopy(inner, 0, message, depth, inner.length);
        return message;
    }
}
