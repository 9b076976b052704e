package vmtestd.redis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies of a hostile or broken server. The bound is 1200 bytes. */
class ReplyParserBoundsTest {
    private static final int MAX = 1200;
    private static final String TOO_LARGE = "a reply of more than 1200 bytes";

    @ParameterizedTest
    @ValueSource(strings = {"$1201", "$2147483647", "$4294967297", "$9223372036854775807", "*1025", "*2147483647", "*4294967297",
        "*9223372036854775807"})
    void refusesALengthByItsHeaderAlone(String header) {
        assertEquals("a malformed number, or one out of range: '" + header.substring(1) + "'",
                assertThrows(ProtocolException.class, () -> parser().next(buffer(header + "\r\n"))).getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"$67000000", "*1024"})
    void takesNoMemoryForWhatAHeaderOnlyPromises(String header) throws ProtocolException {
        ReplyParser parser = new ReplyParser(64 << 20);
        ByteBuffer bytes = buffer(header + "\r\n");
        long before = Allocation.bytes();
        assertNull(parser.next(bytes));
        assertTrue(Allocation.bytes() - before < 1 << 20);
    }

    @Test
    void readsABulkOfManyPieces() throws ProtocolException {
        byte[] content = new byte[3 << 20];
        new Random(1).nextBytes(content);
        ReplyParser parser = new ReplyParser(4 << 20);
        assertNull(parser.next(buffer("$" + content.length + "\r\n")));
        for (int at = 0; at < content.length; at += 4000) {
            assertNull(parser.next(ByteBuffer.wrap(content, at, Math.min(4000, content.length - at))));
        }
        assertArrayEquals(content, assertInstanceOf(Reply.Bulk.class, parser.next(buffer("\r\n"))).bytes());
    }

    @Test
    void refusesALineThatNeverEndsWithoutKeepingIt() {
        ReplyParser parser = parser();
        ByteBuffer piece = buffer("x".repeat(100));
        ProtocolException e = assertThrows(ProtocolException.class, () -> {
            for (int i = 0; i < 13; i++) {
                assertNull(parser.next(piece.rewind()));
            }
        });
        assertEquals(TOO_LARGE, e.getMessage());
    }

    static Stream<Arguments> fullAndTooFull() {
        return Stream.of(
                arguments(bulk(1191), bulk(1192)),
                arguments("+" + "x".repeat(1197) + "\r\n", "+" + "x".repeat(1198) + "\r\n"),
                arguments("*238\r\n" + "$-1\r\n".repeat(238), "*239\r\n" + "$-1\r\n".repeat(239)),
                arguments("*3\r\n" + bulk(390).repeat(3), "*3\r\n" + bulk(391).repeat(3)));
    }

    @ParameterizedTest
    @MethodSource("fullAndTooFull")
    void boundsTheSizeOfAReply(String fits, String exceeds) throws ProtocolException {
        ByteBuffer bytes = buffer(fits);
        assertNotNull(parser().next(bytes));
        assertEquals(0, bytes.remaining());
        assertEquals(TOO_LARGE, assertThrows(ProtocolException.class, () -> parser().next(buffer(exceeds))).getMessage());
    }

    @Test
    void eachReplyHasABoundOfItsOwn() throws ProtocolException {
        ReplyParser parser = parser();
        ByteBuffer bytes = buffer(bulk(1000).repeat(20));
        for (int i = 0; i < 20; i++) {
            assertEquals(1000, assertInstanceOf(Reply.Bulk.class, parser.next(bytes)).bytes().length);
        }
    }

    private static ReplyParser parser() {
        return new ReplyParser(MAX);
    }

    private static String bulk(int size) {
        return "$" + size + "\r\n" + "y".repeat(size) + "\r\n";
    }

    private static ByteBuffer buffer(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }
}
