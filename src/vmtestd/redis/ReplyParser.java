package vmtestd.redis;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Parses the RESP2 replies to the commands that this program sends: a line, an integer, a bulk string, nil, or an array of
 * these. The bytes may arrive in pieces of any size. After an exception the parser must not be used again.
 *
 * <p>The size of a reply is bounded. Memory is allocated for bytes that have arrived, not for those that a header announces.
 */
public final class ReplyParser {
    /** What a reply takes on the heap besides its bytes, roughly. */
    private static final int OVERHEAD = 48;

    private final int maxSize;
    private int size;
    /** The current line, or the current bulk string while {@code bulkLeft} is not 0. */
    private ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
    private int bulkLeft;
    /** A bulk string that is complete but for its line end, or null. */
    private byte[] bulk;
    /** The elements so far of the current array, or null. */
    private List<Reply> items;
    private int itemCount;

    /** A parser for replies of at most an eighth of this process's heap. */
    public ReplyParser() {
        this((int) Math.min(64 << 20, Runtime.getRuntime().maxMemory() / 8));
    }

    /** @param maxSize the maximum size of a reply in bytes, of which each line takes {@value #OVERHEAD} more than it has */
    ReplyParser(int maxSize) {
        this.maxSize = maxSize;
    }

    /**
     * Reads until a reply is complete.
     *
     * @param in read from its position; bytes after the reply are left
     * @return the reply, or null if more bytes are needed
     * @throws RespException if the bytes are not such a reply, or it is too large
     */
    public Reply next(ByteBuffer in) throws RespException {
        while (in.hasRemaining()) {
            Reply reply = bulkLeft > 0 ? readBulk(in) : readLine(in);
            if (reply != null && items != null) {
                items.add(reply);
                reply = null;
            }
            if (items != null && items.size() == itemCount) {
                reply = new Reply.Array(items);
                items = null;
            }
            if (reply != null) {
                size = 0;
                return reply;
            }
        }
        return null;
    }

    private Reply readBulk(ByteBuffer in) {
        byte[] piece = new byte[Math.min(in.remaining(), bulkLeft)];
        in.get(piece);
        bytes.writeBytes(piece);
        bulkLeft -= piece.length;
        if (bulkLeft == 0) {
            bulk = bytes.toByteArray();
            bytes = new ByteArrayOutputStream(64);
        }
        return null;
    }

    private Reply readLine(ByteBuffer in) throws RespException {
        while (in.hasRemaining()) {
            byte b = in.get();
            if (b == '\n') {
                return endOfLine();
            }
            if (bulk != null && b != '\r') {
                throw new RespException("a bulk string that does not end where its header says");
            }
            grow(1);
            bytes.write(b);
        }
        return null;
    }

    private Reply endOfLine() throws RespException {
        String text = bytes.toString(StandardCharsets.UTF_8);
        bytes.reset();
        if (bulk != null && text.equals("\r")) {
            Reply reply = new Reply.Bulk(bulk);
            bulk = null;
            return reply;
        }
        if (text.length() < 2 || !text.endsWith("\r")) {
            throw new RespException("a line that is not RESP: '" + shown(text) + "'");
        }
        grow(OVERHEAD);
        String rest = text.substring(1, text.length() - 1);
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
        grow(length);
        bulkLeft = (int) length;
        bulk = length == 0 ? new byte[0] : null;
        return null;
    }

    private Reply startArray(long length) throws RespException {
        if (length == -1) {
            return new Reply.Nil();
        }
        if (items != null) {
            throw new RespException("an array in an array");
        }
        // Each element counts again when it arrives.
        grow(length);
        items = new ArrayList<>();
        itemCount = (int) length;
        return null;
    }

    private void grow(long more) throws RespException {
        if (more < 0 || more > maxSize - size) {
            throw new RespException(more < 0 ? "a length of " + more : "a reply of more than " + maxSize + " bytes");
        }
        size += (int) more;
    }

    private static long number(String digits) throws RespException {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw new RespException("not a 64-bit integer: '" + shown(digits) + "'");
        }
    }

    private static String shown(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "...";
    }
}
