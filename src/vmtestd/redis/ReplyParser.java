package vmtestd.redis;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
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
    /** The bytes of the current reply so far, and their number. */
    private byte[] bytes = new byte[512];
    private int size;
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
        int count = in.remaining();
        if (size + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * (size + count));
        }
        in.get(bytes, size, count);
        size += count;
        at = 0;
        Reply reply = parse(false);
        if ((reply == null ? size : at) > maxSize) {
            throw new ProtocolException("a reply of more than " + maxSize + " bytes");
        }
        if (reply != null) {
            in.position(in.position() - (size - at));
            bytes = new byte[512];
            size = 0;
        }
        return reply;
    }

    /** Returns the reply at {@code at}, or null if it is incomplete. */
    private Reply parse(boolean inArray) throws ProtocolException {
        int begin = at;
        while (at < size && bytes[at] != '\n') {
            at++;
        }
        if (at++ == size) {
            return null;
        }
        String line = new String(bytes, begin, at - 1 - begin, StandardCharsets.UTF_8);
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
        if (end < size && bytes[end] != '\r' || end + 1 < size && bytes[end + 1] != '\n') {
            throw new ProtocolException("a bulk string that does not end where its header says");
        }
        Reply reply = end + 1 < size ? new Reply.Bulk(Arrays.copyOfRange(bytes, at, end)) : null;
        at = end + 2;
        return reply;
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
