package vmtestd.zbus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read from good messages, in all the forms that msgpack has for one value. */
class MessageReaderTest {
    @ParameterizedTest
    @CsvSource({
        "00, 0", "7f, 127", "ff, -1", "e0, -32",
        "cc00, 0", "ccff, 255", "cd0001, 1", "cdffff, 65535", "ce00000001, 1", "ceffffffff, 4294967295",
        "cf0000000020000000, 536870912", "cf7fffffffffffffff, 9223372036854775807",
        "d0ff, -1", "d080, -128", "d18000, -32768", "d1ffff, -1", "d280000000, -2147483648", "d2ffffffff, -1",
        "d3ffffffffffffffff, -1", "d38000000000000000, -9223372036854775808", "d37fffffffffffffff, 9223372036854775807",
        "c0, 0"})
    void readsAnIntegerOfAnyWidth(String hex, long value) throws Exception {
        assertEquals(value, reader(hex).integer());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a2c3bc", "d902c3bc", "da0002c3bc", "db00000002c3bc", "c402c3bc", "c50002c3bc", "c600000002c3bc"})
    void readsStrAndBinForEachOther(String hex) throws Exception {
        assertEquals("\u00fc", reader(hex).string());
        assertArrayEquals(new byte[] {(byte) 0xc3, (byte) 0xbc}, reader(hex).bytes());
    }

    @Test
    void readsNilAsTheZeroValueOfWhateverIsExpected() throws Exception {
        MessageReader reader = reader("c0c0c0c0c0c0c0c001");
        assertEquals("", reader.string());
        assertNull(reader.bytes());
        assertEquals(0, reader.integer());
        assertFalse(reader.bool());
        assertEquals(Instant.EPOCH, reader.timestamp());
        assertEquals(0, reader.map());
        assertEquals(0, reader.array());
        assertEquals(List.of(), reader.strings());
        assertEquals(1, reader.integer(), "each nil is passed over once");
    }

    @Test
    void readsTheEmptyStringAsNoNil() throws Exception {
        assertArrayEquals(new byte[0], reader("a0").bytes());
        assertArrayEquals(new byte[0], reader("c400").bytes());
    }

    @Test
    void readsTruthValues() throws Exception {
        assertTrue(reader("c3").bool());
        assertFalse(reader("c2").bool());
    }

    @ParameterizedTest
    @CsvSource({
        "d6ff6553f100, 2023-11-14T22:13:20Z",
        "d6ffffffffff, 2106-02-07T06:28:15Z",
        "d7ff000007d06553f100, 2023-11-14T22:13:20.0000005Z",
        "d7ffee6b27fc6553f100, 2023-11-14T22:13:20.999999999Z",
        "c70cff00000001000000006553f100, 2023-11-14T22:13:20.000000001Z",
        "c70cff3b9ac9ffffffffffffffffff, 1969-12-31T23:59:59.999999999Z"})
    void readsATimestampOf4Or8Or12Bytes(String hex, String instant) throws Exception {
        assertEquals(Instant.parse(instant), reader(hex).timestamp());
    }

    @ParameterizedTest
    @ValueSource(strings = {"92", "dc0002", "dd00000002"})
    void readsAnArrayWithAHeaderOfAnyWidth(String header) throws Exception {
        assertEquals(List.of("a", "b"), reader(header + "a161c40162").strings());
        MessageReader reader = reader(header + "0102");
        assertEquals(2, reader.array());
        assertEquals(1, reader.integer());
        assertEquals(2, reader.integer());
    }

    @ParameterizedTest
    @ValueSource(strings = {"81", "de0001", "df00000001"})
    void readsAMapWithAHeaderOfAnyWidth(String header) throws Exception {
        MessageReader reader = reader(header + "a16b05");
        assertEquals(1, reader.map());
        assertEquals("k", reader.string());
        assertEquals(5, reader.integer());
    }

    /** Every format of msgpack once, and a 7 behind it. */
    @ParameterizedTest
    @ValueSource(strings = {
        "05", "e1", "cc01", "cd0001", "ce00000001", "cf0000000000000001", "d001", "d10001", "d200000001", "d30000000000000001",
        "c0", "c2", "c3", "ca00000000", "cb0000000000000000", "a161", "d90161", "da000161", "db0000000161",
        "c40161", "c5000161", "c60000000161", "9201a161", "dc00020102", "dd000000020102", "8201020304", "de00010102", "df000000010102",
        "d4ff00", "d5010000", "d60500000000", "d7ff0000000000000000", "d80100000000000000000000000000000000",
        "c70201aabb", "c8000201aabb", "c90000000201aabb", "81a161928101909281c0c3a0"})
    void passesOverOneValueOfAnyKind(String hex) throws Exception {
        MessageReader reader = reader(hex + "07");
        reader.skip();
        assertEquals(7, reader.integer());
    }

    @Test
    void skipsNestedValues() throws Exception {
        MessageReader reader = new MessageReader(MessageReaderMalformedTest.nested(64, "c007"));
        reader.skip();
        assertEquals(7, reader.integer());
    }

    @Test
    void aResponseHasItsKeysInAnyOrderAndUnknownOnesBetween() throws Exception {
        Response response = Response.decode(new MessageWriter().map(5)
                .string("New").array(2).integer(1).map(1).string("x").nil()
                .string("Error").nil()
                .string("Output").map(3)
                        .string("Error").map(2).string("Code").integer(5).string("Message").string("words")
                        .string("Extra").bool(true)
                        .string("Data").string("as str")
                .string("Later").bytes(new byte[3])
                .string("ID").bytes("id".getBytes(StandardCharsets.UTF_8))
                .toBytes());
        assertEquals("id", response.id());
        assertEquals("words", response.callError());
        assertEquals("", response.protocolError());
        assertEquals("as str", new String(response.data(), StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"c0", "80", "81a64f7574707574c0", "83a24944c0a64f7574707574c0a54572726f72c0"})
    void aResponseWithoutItsKeysIsEmpty(String hex) throws Exception {
        assertEquals(new Response("", null, "", ""), Response.decode(HexFormat.of().parseHex(hex)));
    }

    @Test
    void aStatusHasItsKeysInAnyOrderAndUnknownOnesBetween() throws Exception {
        byte[] status = new MessageWriter().map(3)
                .string("Version").string("9")
                .string("Workers").array(3)
                        .map(2).string("Extra").array(0).string("State").string("free")
                        .nil()
                        .map(2).string("Action").string("[x].Y()").string("State").string("busy")
                .string("Objects").nil()
                .toBytes();
        assertEquals(new ModuleStatus(2, List.of(new ModuleStatus.Busy("[x].Y()", Instant.EPOCH))), MessageReader.decode(status, ModuleStatus::decode));
    }

    private static MessageReader reader(String hex) {
        return new MessageReader(HexFormat.of().parseHex(hex));
    }
}
