package vmtestd.redis;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Turns a stream of bytes into replies. It may be fed in pieces of any size: what has been read is
 * kept, so that every byte is looked at once.
 *
 * <pre>
 *            header line          bulk of n > 0, or of 0
 *   LINE ----------------> LINE ----------------------> BULK --- n bytes ---> LINE ...
 * </pre>
 *
 * A length is checked against its bound before anything is allocated for it, and room for a bulk
 * grows with the bytes that have come, not with what its header promises. After an exception the
 * parser is of no use any more.
 */
public final class ReplyParser {
    /** The longest bulk, in bytes. */
    public static final int MAX_BULK = 64 << 20;
    /** The most elements of one reply, those of nested arrays included. */
    public static final int MAX_ELEMENTS = 1 << 20;
    /** The deepest nesting of arrays. */
    public static final int MAX_DEPTH = 32;
    /** The longest line, in bytes, without its end. */
    public static final int MAX_LINE = 64 << 10;

    /** What an element costs on the heap beside its bytes, generously. */
    private static final int ELEMENT_WEIGHT = 48;

    /** An array whose elements are still coming. */
    private record Open(List<Reply> items, int size) {}

    private final long heap;
    private final Deque<Open> open = new ArrayDeque<>();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(64);
    private ByteArrayOutputStream bulk;
    private int bulkLeft;
    private long weight;
    private int elements;

    /** A parser whose replies may take a third of this process's heap. */
    public ReplyParser() {
        this(Runtime.getRuntime().maxMemory() / 3);
    }

    /** @param heap how many bytes one reply may take in memory, whatever the other bounds allow */
    ReplyParser(long heap) {
        this.heap = heap;
    }

    /**
     * Reads on until a reply is complete.
     *
     * @param in bytes to read from its position on; those behind the reply are left
     * @return the reply, or null where more bytes are needed for one
     * @throws RespException where the bytes are no RESP2 or a bound is exceeded
     */
    public Reply next(ByteBuffer in) throws RespException {
        while (in.hasRemaining()) {
            Reply reply = bulk == null ? readLine(in) : readBulk(in);
            while (reply != null && !open.isEmpty()) {
                reply = addToInnermost(reply);
            }
            if (reply != null) {
                weight = 0;
                elements = 0;
                return reply;
            }
        }
        return null;
    }

    /** Adds a finished reply to the array that waits for it; gives that array where it is now full. */
    private Reply addToInnermost(Reply reply) {
        Open array = open.peek();
        array.items.add(reply);
        if (array.items.size() < array.size) {
            return null;
        }
        open.pop();
        return new Reply.Array(array.items);
    }

    private Reply readLine(ByteBuffer in) throws RespException {
        while (in.hasRemaining()) {
            byte b = in.get();
            if (b == '\n') {
                return endOfLine();
            }
            // One more than the bound: the carriage return is part of the line until the end is seen.
            if (line.size() > MAX_LINE) {
                throw new RespException("a line of more than " + MAX_LINE + " bytes");
            }
            line.write(b);
        }
        return null;
    }

    private Reply endOfLine() throws RespException {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        if (text.length() < 2 || text.charAt(text.length() - 1) != '\r') {
            throw new RespException("a line that is no RESP: '" + shown(text) + "'");
        }
        String rest = text.substring(1, text.length() - 1);
        grow(1, rest.length());
        return switch (text.charAt(0)) {
            case '+' -> new Reply.Text(rest);
            case '-' -> new Reply.Error(rest);
            case ':' -> new Reply.Int(number(rest));
            case '$' -> startBulk(number(rest));
            case '*' -> startArray(number(rest));
            default -> throw new RespException("a reply of unknown type: '" + shown(text) + "'");
        };
    }

    private Reply startBulk(long length) throws RespException {
        if (length == -1) {
            return new Reply.Nil();
        }
        if (length < 0 || length > MAX_BULK) {
            throw new RespException("a bulk of " + length + " bytes, where 0 to " + MAX_BULK + " are allowed");
        }
        // Twice: once as it grows, once as the array that is handed out.
        grow(0, 2 * length);
        bulk = new ByteArrayOutputStream((int) Math.min(length, 8192));
        bulkLeft = (int) length + 2;
        return null;
    }

    private Reply readBulk(ByteBuffer in) throws RespException {
        int content = Math.min(in.remaining(), bulkLeft - 2);
        if (content > 0) {
            if (in.hasArray()) {
                bulk.write(in.array(), in.arrayOffset() + in.position(), content);
                in.position(in.position() + content);
            } else {
                byte[] piece = new byte[content];
                in.get(piece);
                bulk.write(piece, 0, content);
            }
            bulkLeft -= content;
        }
        while (bulkLeft <= 2 && bulkLeft > 0 && in.hasRemaining()) {
            if (in.get() != (bulkLeft == 2 ? '\r' : '\n')) {
                throw new RespException("a bulk that does not end where its header says");
            }
            bulkLeft--;
        }
        if (bulkLeft > 0) {
            return null;
        }
        Reply reply = new Reply.Bulk(bulk.toByteArray());
        bulk = null;
        return reply;
    }

    private Reply startArray(long size) throws RespException {
        if (size == -1) {
            return new Reply.Nil();
        }
        if (size < 0 || size > MAX_ELEMENTS - elements) {
            throw new RespException("an array of " + size + " elements, where " + MAX_ELEMENTS + " in all are allowed");
        }
        if (open.size() == MAX_DEPTH) {
            throw new RespException("arrays nested more than " + MAX_DEPTH + " deep");
        }
        List<Reply> items = new ArrayList<>();
        if (size == 0) {
            return new Reply.Array(items);
        }
        open.push(new Open(items, (int) size));
        return null;
    }

    /** Counts what the reply in hand takes, before it takes it. */
    private void grow(int newElements, long bytes) throws RespException {
        elements += newElements;
        weight += bytes + (long) newElements * ELEMENT_WEIGHT;
        if (elements > MAX_ELEMENTS) {
            throw new RespException("a reply of more than " + MAX_ELEMENTS + " elements");
        }
        if (weight > heap) {
            throw new RespException("a reply that needs more than the " + heap + " bytes of memory allowed for one");
        }
    }

    private static long number(String digits) throws RespException {
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            // Long.parseLong takes a leading plus and digits of other scripts; RESP2 has neither.
            if (c != '-' && (c < '0' || c > '9')) {
                throw new RespException("not a number: '" + shown(digits) + "'");
            }
        }
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw new RespException("not a 64-bit number: '" + shown(digits) + "'");
        }
    }

    private static String shown(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "...";
    }
}
