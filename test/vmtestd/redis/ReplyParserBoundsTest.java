package vmtestd.redis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a hostile or broken server can have the parser take. */
class ReplyParserBoundsTest {
    private static final int MIB = 1 << 20;
    private static final long NO_HEAP_BOUND = Long.MAX_VALUE;

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "$67108865 | a bulk of 67108865 bytes, where 0 to 67108864 are allowed",
        "$2147483647 | a bulk of 2147483647 bytes, where 0 to 67108864 are allowed",
        "$4294967297 | a bulk of 4294967297 bytes, where 0 to 67108864 are allowed",
        "$9223372036854775807 | a bulk of 9223372036854775807 bytes, where 0 to 67108864 are allowed",
        "*1048576 | an array of 1048576 elements, where 1048576 in all are allowed",
        "*2147483647 | an array of 2147483647 elements, where 1048576 in all are allowed",
        "*4294967297 | an array of 4294967297 elements, where 1048576 in all are allowed",
        "*9223372036854775807 | an array of 9223372036854775807 elements, where 1048576 in all are allowed"})
    void refusesALengthByItsHeaderAlone(String header, String message) {
        assertEquals(message, assertThrows(RespException.class, () -> parser().next(buffer(header + "\r\n"))).getMessage());
    }

    /** The array itself is an element too: one less than the bound is the largest. */
    @ParameterizedTest
    @ValueSource(strings = {"$67108864", "*1048575"})
    void takesNoMemoryForWhatAHeaderOnlyPromises(String header) throws RespException {
        ReplyParser parser = parser();
        ByteBuffer bytes = buffer(header + "\r\n");
        long before = Allocation.bytes();
        assertNull(parser.next(bytes));
        assertTrue(Allocation.bytes() - before < MIB);
    }

    @ParameterizedTest
    @ValueSource(strings = {"$67108865", "$2147483647", "*1048576", "*2147483647"})
    void takesNoMemoryForALengthThatItRefuses(String header) {
        ReplyParser parser = parser();
        ByteBuffer bytes = buffer(header + "\r\n");
        long before = Allocation.bytes();
        assertThrows(RespException.class, () -> parser.next(bytes));
        assertTrue(Allocation.bytes() - before < MIB);
    }

    @Test
    void readsABulkOfManyPieces() throws RespException {
        byte[] content = new byte[3 << 20];
        new Random(1).nextBytes(content);
        ReplyParser parser = parser();
        assertNull(parser.next(buffer("$" + content.length + "\r\n")));
        for (int at = 0; at < content.length; at += 4000) {
            assertNull(parser.next(ByteBuffer.wrap(content, at, Math.min(4000, content.length - at))));
        }
        assertArrayEquals(content, assertInstanceOf(Reply.Bulk.class, parser.next(buffer("\r\n"))).bytes());
    }

    @Test
    void readsAsManyElementsAsAreAllowed() throws RespException {
        ReplyParser parser = parser();
        int size = ReplyParser.MAX_ELEMENTS - 1;
        Reply reply = parser.next(buffer("*" + size + "\r\n" + ":7\r\n".repeat(size)));
        assertEquals(size, assertInstanceOf(Reply.Array.class, reply).items().size());
        assertEquals(new Reply.Int(1), parser.next(buffer(":1\r\n")), "the next reply has a bound of its own");
    }

    /** 1024 arrays of 1024 are more than 1 Mi elements, for the arrays count too. */
    @Test
    void countsTheElementsOfNestedArraysTogether() {
        String row = "*1024\r\n" + ":7\r\n".repeat(1024);
        ByteBuffer bytes = buffer("*1024\r\n" + row.repeat(1024));
        assertEquals("a reply of more than 1048576 elements",
                assertThrows(RespException.class, () -> parser().next(bytes)).getMessage());
    }

    @Test
    void refusesANestedArrayLargerThanWhatIsLeft() {
        ByteBuffer bytes = buffer("*3\r\n:1\r\n:2\r\n*1048573\r\n");
        assertEquals("an array of 1048573 elements, where 1048576 in all are allowed",
                assertThrows(RespException.class, () -> parser().next(bytes)).getMessage());
    }

    @Test
    void readsArrays32DeepAndNoDeeper() throws RespException {
        Reply reply = parser().next(buffer("*1\r\n".repeat(32) + ":1\r\n"));
        for (int depth = 0; depth < 32; depth++) {
            reply = assertInstanceOf(Reply.Array.class, reply).items().get(0);
        }
        assertEquals(new Reply.Int(1), reply);
        assertEquals("arrays nested more than 32 deep", assertThrows(RespException.class,
                () -> parser().next(buffer("*1\r\n".repeat(33)))).getMessage());
        assertEquals("arrays nested more than 32 deep", assertThrows(RespException.class,
                () -> parser().next(buffer("*1\r\n".repeat(32) + "*0\r\n"))).getMessage());
    }

    @Test
    void countsOnlyArraysThatAreStillOpenAsDeep() throws RespException {
        Reply reply = parser().next(buffer("*1000\r\n" + "*1\r\n:1\r\n".repeat(1000)));
        assertEquals(1000, assertInstanceOf(Reply.Array.class, reply).items().size());
    }

    /** The type is part of the line, its end is not. */
    @Test
    void readsALineOf64KiBAndNoLonger() throws RespException {
        String longest = "x".repeat(ReplyParser.MAX_LINE - 1);
        assertEquals(new Reply.Text(longest), parser().next(buffer("+" + longest + "\r\n")));
        assertEquals("a line of more than 65536 bytes", assertThrows(RespException.class,
                () -> parser().next(buffer("+" + longest + "x\r\n"))).getMessage());
    }

    @Test
    void refusesALineThatNeverEndsWithoutKeepingIt() {
        ReplyParser parser = parser();
        ByteBuffer piece = buffer("x".repeat(4096));
        RespException e = assertThrows(RespException.class, () -> {
            for (int i = 0; i < 17; i++) {
                assertNull(parser.next(piece.rewind()));
            }
        });
        assertEquals("a line of more than 65536 bytes", e.getMessage());
    }

    /** A bulk counts twice, an element 48 bytes beside its own: the first of each row is just below 1200 bytes. */
    static Stream<Arguments> fullAndTooFull() {
        return Stream.of(
                arguments(bulk(574), "$577\r\n"),
                arguments("+" + "x".repeat(1152) + "\r\n", "+" + "x".repeat(1153) + "\r\n"),
                arguments("*24\r\n" + "$-1\r\n".repeat(20), "*26\r\n" + "*0\r\n".repeat(24)),
                arguments("*3\r\n" + bulk(80).repeat(3), "*3\r\n" + bulk(170).repeat(3)));
    }

    @ParameterizedTest
    @MethodSource("fullAndTooFull")
    void boundsWhatAReplyTakesOfTheHeap(String fits, String exceeds) throws RespException {
        ByteBuffer bytes = buffer(fits);
        new ReplyParser(1200).next(bytes);
        assertEquals(0, bytes.remaining());
        assertEquals("a reply that needs more than the 1200 bytes of memory allowed for one",
                assertThrows(RespException.class, () -> new ReplyParser(1200).next(buffer(exceeds))).getMessage());
    }

    @Test
    void givesEachReplyTheWholeHeapAnew() throws RespException {
        ReplyParser parser = new ReplyParser(1200);
        ByteBuffer bytes = buffer(bulk(500).repeat(20));
        for (int i = 0; i < 20; i++) {
            assertEquals(500, assertInstanceOf(Reply.Bulk.class, parser.next(bytes)).bytes().length);
        }
    }

    private static ReplyParser parser() {
        return new ReplyParser(NO_HEAP_BOUND);
    }

    private static String bulk(int size) {
        return "$" + size + "\r\n" + "y".repeat(size) + "\r\n";
    }

    private static ByteBuffer buffer(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }
}
