package vmtestd.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ReplyParserTest {
    /** Bytes, in Latin-1, and the reply that they are, as {@link #show} has it. */
    static Stream<Arguments> wellFormed() {
        return Stream.of(
                arguments("+OK\r\n", "text(OK)"),
                arguments("+\r\n", "text()"),
                arguments("+a b:$*-\r\n", "text(a b:$*-)"),
                arguments("+a\rb\r\n", "text(a\rb)"),
                arguments("+\u00c3\u00bc\r\n", "text(\u00fc)"),
                arguments("-ERR unknown command\r\n", "error(ERR unknown command)"),
                arguments("-\r\n", "error()"),
                arguments(":0\r\n", "int(0)"),
                arguments(":-1\r\n", "int(-1)"),
                arguments(":9223372036854775807\r\n", "int(9223372036854775807)"),
                arguments(":-9223372036854775808\r\n", "int(-9223372036854775808)"),
                arguments("$0\r\n\r\n", "bulk()"),
                arguments("$1\r\na\r\n", "bulk(61)"),
                arguments("$4\r\n\r\n\r\n\r\n", "bulk(0d0a0d0a)"),
                arguments("$3\r\n\u0000\u0080\u00ff\r\n", "bulk(0080ff)"),
                arguments("$-1\r\n", "nil"),
                arguments("*-1\r\n", "nil"),
                arguments("*0\r\n", "[]"),
                arguments("*2\r\n$1\r\nk\r\n$2\r\nv1\r\n", "[bulk(6b) bulk(7631)]"),
                arguments("*5\r\n+a\r\n-b\r\n:3\r\n$-1\r\n*-1\r\n", "[text(a) error(b) int(3) nil nil]"));
    }

    @ParameterizedTest
    @MethodSource("wellFormed")
    void readsAMessageThatComesWhole(String bytes, String reply) throws ProtocolException {
        ByteBuffer in = buffer(bytes);
        assertEquals(reply, show(new ReplyParser().next(in)));
        assertFalse(in.hasRemaining());
    }

    @ParameterizedTest
    @MethodSource("wellFormed")
    void readsAMessageThatComesByteByByte(String bytes, String reply) throws ProtocolException {
        ReplyParser parser = new ReplyParser();
        for (int i = 0; i < bytes.length() - 1; i++) {
            assertNull(parser.next(buffer(bytes.substring(i, i + 1))), "after " + (i + 1) + " bytes");
        }
        assertEquals(reply, show(parser.next(buffer(bytes.substring(bytes.length() - 1)))));
    }

    @ParameterizedTest
    @MethodSource("wellFormed")
    void readsAMessageThatComesInTwoPieces(String bytes, String reply) throws ProtocolException {
        for (int split = 0; split < bytes.length(); split++) {
            ReplyParser parser = new ReplyParser();
            ByteBuffer first = buffer(bytes.substring(0, split));
            assertNull(parser.next(first), "nothing is complete after " + split + " bytes");
            assertFalse(first.hasRemaining());
            assertEquals(reply, show(parser.next(buffer(bytes.substring(split)))), "split at " + split);
        }
    }

    @ParameterizedTest
    @MethodSource("wellFormed")
    void readsFromABufferWithoutAnArray(String bytes, String reply) throws ProtocolException {
        assertEquals(reply, show(new ReplyParser().next(buffer(bytes).asReadOnlyBuffer())));
    }

    /** Arrays and buffers that begin elsewhere: an offset must not be mistaken for a position. */
    @Test
    void readsFromASliceOfALargerArray() throws ProtocolException {
        ByteBuffer slice = buffer("junk$3\r\nabc\r\njunk").position(4).slice().limit(9);
        assertEquals("bulk(616263)", show(new ReplyParser().next(slice)));
    }

    @Test
    void leavesWhatIsBehindTheReply() throws ProtocolException {
        ReplyParser parser = new ReplyParser();
        ByteBuffer in = buffer("*1\r\n+a\r\n$1\r\nb\r\n:3\r\n+d");
        assertEquals("[text(a)]", show(parser.next(in)));
        assertEquals(8, in.position());
        assertEquals("bulk(62)", show(parser.next(in)));
        assertEquals("int(3)", show(parser.next(in)));
        assertNull(parser.next(in));
        assertEquals("text(d)", show(parser.next(buffer("\r\n"))));
    }

    @Test
    void readsAllPossibleMessagesOneAfterTheOther() throws ProtocolException {
        String bytes = wellFormed().map(row -> (String) row.get()[0]).collect(Collectors.joining());
        ByteBuffer in = buffer(bytes);
        ReplyParser parser = new ReplyParser();
        for (Arguments row : wellFormed().toList()) {
            assertEquals(row.get()[1], show(parser.next(in)));
        }
        assertNull(parser.next(in));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "\\n | a line that is not RESP: ''",
        "+OK\\n | a line that is not RESP: '+OK'",
        "\\r\\n | a line that is not RESP: '\\r'",
        "OK\\r\\n | a reply of unknown type: 'OK\\r'",
        "%1\\r\\n | a reply of unknown type: '%1\\r'",
        "_\\r\\n | a reply of unknown type: '_\\r'",
        "*2\\r\\n+a\\r\\n!b\\r\\n | a reply of unknown type: '!b\\r'",
        ":\\r\\n | a malformed number, or one out of range: ''",
        ":-\\r\\n | a malformed number, or one out of range: '-'",
        ":--1\\r\\n | a malformed number, or one out of range: '--1'",
        ":1-\\r\\n | a malformed number, or one out of range: '1-'",
        ": 5\\r\\n | a malformed number, or one out of range: ' 5'",
        ":5 \\r\\n | a malformed number, or one out of range: '5 '",
        ":1.5\\r\\n | a malformed number, or one out of range: '1.5'",
        ":0x1\\r\\n | a malformed number, or one out of range: '0x1'",
        ":9223372036854775808\\r\\n | a malformed number, or one out of range: '9223372036854775808'",
        ":-9223372036854775809\\r\\n | a malformed number, or one out of range: '-9223372036854775809'",
        "$\\r\\n | a malformed number, or one out of range: ''",
        "$x\\r\\n | a malformed number, or one out of range: 'x'",
        "$-2\\r\\n | a malformed number, or one out of range: '-2'",
        "$18446744073709551615\\r\\n | a malformed number, or one out of range: '18446744073709551615'",
        "*-2\\r\\n | a malformed number, or one out of range: '-2'",
        "*18446744073709551617\\r\\n | a malformed number, or one out of range: '18446744073709551617'",
        "$3\\r\\nabcd\\r\\n | a bulk string that does not end where its header says",
        "$3\\r\\nabc\\n | a bulk string that does not end where its header says",
        "*1\\r\\n*0\\r\\n | a malformed number, or one out of range: '0'",
        "$3\\r\\nabc\\rx | a bulk string that does not end where its header says",
        "$0\\r\\nx | a bulk string that does not end where its header says"})
    void refusesMalformedBytesHoweverTheyCome(String escaped, String message) {
        String bytes = unescape(escaped);
        assertEquals(unescape(message), assertThrows(ProtocolException.class, () -> new ReplyParser().next(buffer(bytes))).getMessage());
        ReplyParser parser = new ReplyParser();
        assertEquals(unescape(message), assertThrows(ProtocolException.class, () -> {
            for (int i = 0; i < bytes.length(); i++) {
                assertNull(parser.next(buffer(bytes.substring(i, i + 1))));
            }
        }).getMessage());
    }

    @Test
    void showsOnlyTheBeginningOfALongLine() {
        ByteBuffer in = buffer("x".repeat(1000) + "\r\n");
        ProtocolException e = assertThrows(ProtocolException.class, () -> new ReplyParser().next(in));
        assertEquals("a reply of unknown type: '" + "x".repeat(40) + "...'", e.getMessage());
    }

    private static String unescape(String text) {
        return text.replace("\\r", "\r").replace("\\n", "\n");
    }

    private static ByteBuffer buffer(String latin1) {
        return ByteBuffer.wrap(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** A reply as text: a record with an array in it knows no equality. */
    private static String show(Reply reply) {
        if (reply instanceof Reply.Text text) {
            return "text(" + text.text() + ")";
        }
        if (reply instanceof Reply.Error error) {
            return "error(" + error.words() + ")";
        }
        if (reply instanceof Reply.Int number) {
            return "int(" + number.value() + ")";
        }
        if (reply instanceof Reply.Bulk bulk) {
            return "bulk(" + HexFormat.of().formatHex(bulk.bytes()) + ")";
        }
        if (reply instanceof Reply.Array array) {
            return array.items().stream().map(ReplyParserTest::show).collect(Collectors.joining(" ", "[", "]"));
        }
        return reply instanceof Reply.Nil ? "nil" : String.valueOf(reply);
    }
}
