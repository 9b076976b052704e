package vmtestd.redis;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Parses the RESP2 replies to the commands that this program sends: a line, an integer, a bulk string, nil, or an array of
 * these. The bytes may arrive in pieces of any size: each attempt begins at the start of the reply. After an exception the
 * parser must not be used again.
 *
 * <p>The size of a reply is bounded. Memory is allocated for bytes that have arrived, not for those that a header announces.
 */
public final class ReplyParser {
    /** A reply to BLPOP has two. */
    private static final int MAX_ITEMS = 1024;

    private final int maxSize;
    /** The current reply so far. Each character is a byte. */
    private StringBuilder bytes = new StringBuilder();
    /** The position of the current attempt. */
    private int at;

    /** A parser for replies of at most an eighth of this process's heap. */
    public ReplyParser() {
        this((int) Math.min(64 << 20, Runtime.getRuntime().maxMemory() / 8));
    }

    /** @param maxSize the maximum size of a reply in bytes */
    ReplyParser(int maxSize) {
        this.maxSize = maxSize;
    }

    /**
     * Reads until a reply is complete.
     *
     * @param in read from its position; bytes after the reply are left
     * @return the reply, or null if more bytes are needed
     * @throws ProtocolException if the bytes are not such a reply, or it is too large
     */
    public Reply next(ByteBuffer in) throws ProtocolException {
        while (in.hasRemaining()) {
            byte[] piece = new byte[Math.min(in.remaining(), 128)];
            in.get(piece);
            bytes.append(new String(piece, StandardCharsets.ISO_8859_1));
            at = 0;
            Reply reply = parse(false);
            if ((reply == null ? bytes.length() : at) > maxSize) {
                throw new ProtocolException("a reply of more than " + maxSize + " bytes");
            }
            if (reply != null) {
                in.position(in.position() - (bytes.length() - at));
                bytes = new StringBuilder();
                return reply;
            }
        }
        return null;
    }

    /** Returns the reply at {@code at}, or null if it is incomplete. */
    private Reply parse(boolean inArray) throws ProtocolException {
        int lineEnd = bytes.indexOf("\n", at);
        if (lineEnd < 0) {
            return null;
        }
        String line = new String(bytes(at, lineEnd), StandardCharsets.UTF_8);
        at = lineEnd + 1;
        if (line.length() < 2 || !line.endsWith("\r")) {
            throw refused("a line that is not RESP", line);
        }
        String rest = line.substring(1, line.length() - 1);
        return switch (line.charAt(0)) {
            case '+' -> new Reply.Text(rest);
            case '-' -> new Reply.Error(rest);
            case ':' -> new Reply.Int(number(rest, Long.MIN_VALUE, Long.MAX_VALUE));
            case '$' -> rest.equals("-1") ? new Reply.Nil() : bulk((int) number(rest, 0, maxSize));
            // None is legal in an array.
            case '*' -> rest.equals("-1") ? new Reply.Nil() : array((int) number(rest, 0, inArray ? -1 : MAX_ITEMS));
            default -> throw refused("a reply of unknown type", line);
        };
    }

    private Reply bulk(int length) throws ProtocolException {
        int end = at + length;
        // The line end, as much of it as has arrived.
        if (!"\r\n".startsWith(bytes.substring(Math.min(end, bytes.length()), Math.min(end + 2, bytes.length())))) {
            throw new ProtocolException("a bulk string that does not end where its header says");
        }
        Reply reply = end + 2 <= bytes.length() ? new Reply.Bulk(bytes(at, end)) : null;
        at = end + 2;
        return reply;
    }

    private byte[] bytes(int begin, int end) {
        return bytes.substring(begin, end).getBytes(StandardCharsets.ISO_8859_1);
    }

    private Reply array(int length) throws ProtocolException {
        List<Reply> items = new ArrayList<>();
        while (items.size() < length) {
            Reply item = parse(true);
            if (item == null) {
                return null;
            }
            items.add(item);
        }
        return new Reply.Array(items);
    }

    private static long number(String digits, long min, long max) throws ProtocolException {
        try {
            long number = Long.parseLong(digits);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // The same as a number out of range.
        }
        throw refused("a malformed number, or one out of range", digits);
    }

    private static ProtocolException refused(String what, String text) {
        return new ProtocolException(what + ": '" + (text.length() <= 40 ? text : text.substring(0, 40) + "...") + "'");
    }
}
