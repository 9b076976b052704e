package vmtestd.zbus;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.msgpack.core.MessageFormat;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePackException;
import org.msgpack.core.MessageUnpacker;
import org.msgpack.value.ValueType;

/**
 * Decodes a msgpack message, value by value, as liberally as Go's decoder: integers of any width, str for bin and bin for
 * str, nil for an absent value.
 *
 * <p>The message is untrusted. Lengths are checked against the bytes that are there, and every error is a
 * {@link MalformedMessageException}.
 */
public final class MessageReader {
    /** One byte of a message can become fifty bytes of memory. */
    static final int MAX_ELEMENTS = 1 << 17;
    private static final int MAX_DEPTH = 64;

    private final byte[] message;
    private final MessageUnpacker unpacker;
    private long elements;

    public MessageReader(byte[] message) {
        this.message = message;
        this.unpacker = MessagePack.newDefaultUnpacker(message);
    }

    /** Starts a struct or map and returns its number of pairs, 0 for nil. */
    public int map() throws MalformedMessageException {
        return counted(read(ValueType.MAP, unpacker::unpackMapHeader, 0));
    }

    /** Starts an array and returns its number of values, 0 for nil. */
    public int array() throws MalformedMessageException {
        return counted(read(ValueType.ARRAY, unpacker::unpackArrayHeader, 0));
    }

    /** Reads a string, empty for nil. */
    public String string() throws MalformedMessageException {
        byte[] bytes = bytes();
        return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
    }

    /** Reads bytes, null for nil. */
    public byte[] bytes() throws MalformedMessageException {
        return type() == ValueType.STRING
                ? read(ValueType.STRING, () -> payload(unpacker.unpackRawStringHeader()), null)
                : read(ValueType.BINARY, () -> payload(unpacker.unpackBinaryHeader()), null);
    }

    /** Reads an integer, 0 for nil. */
    public long integer() throws MalformedMessageException {
        return read(ValueType.INTEGER, unpacker::unpackLong, 0L);
    }

    /** Reads a boolean, false for nil. */
    public boolean bool() throws MalformedMessageException {
        return read(ValueType.BOOLEAN, unpacker::unpackBoolean, false);
    }

    /** Reads a timestamp (extension type -1), the epoch for nil. */
    public Instant timestamp() throws MalformedMessageException {
        return read(ValueType.EXTENSION, unpacker::unpackTimestamp, Instant.EPOCH);
    }

    /** Reads Go's {@code []string}, empty for nil. */
    public List<String> strings() throws MalformedMessageException {
        List<String> strings = new ArrayList<>();
        for (int left = array(); left > 0; left--) {
            strings.add(string());
        }
        return strings;
    }

    /** Skips a value of any type. */
    public void skip() throws MalformedMessageException {
        skip(0);
    }

    private void skip(int depth) throws MalformedMessageException {
        if (depth > MAX_DEPTH) {
            throw new MalformedMessageException("values nested more than " + MAX_DEPTH + " deep");
        }
        // msgpack-core's skipValue counts nested values in an int, which overflows.
        long left = switch (type()) {
            case ARRAY -> read(null, unpacker::unpackArrayHeader, 0);
            case MAP -> 2L * read(null, unpacker::unpackMapHeader, 0);
            case NIL, BOOLEAN, INTEGER, FLOAT, STRING, BINARY, EXTENSION -> read(null, () -> {
                unpacker.skipValue();
                return 0;
            }, 0);
        };
        for (; left > 0; left--) {
            skip(depth + 1);
        }
    }

    private int counted(int size) throws MalformedMessageException {
        elements += size;
        if (elements > MAX_ELEMENTS) {
            throw new MalformedMessageException("more than " + MAX_ELEMENTS + " values");
        }
        return size;
    }

    private byte[] payload(int length) throws IOException {
        long left = message.length - unpacker.getTotalReadBytes();
        if (length > left) {
            throw new MalformedMessageException("a string of " + length + " bytes where " + left + " are left");
        }
        return unpacker.readPayload(length);
    }

    private ValueType type() throws MalformedMessageException {
        return read(null, () -> {
            MessageFormat format = unpacker.getNextFormat();
            // It has no value type.
            if (format == MessageFormat.NEVER_USED) {
                throw new MalformedMessageException("the reserved byte c1");
            }
            return format.getValueType();
        }, null);
    }

    private interface Read<T> {
        T run() throws IOException;
    }

    /** Reads a value of the expected type, or nil. The type null means any. */
    private <T> T read(ValueType expected, Read<T> read, T forNil) throws MalformedMessageException {
        if (expected != null) {
            ValueType found = type();
            if (found != expected && found != ValueType.NIL) {
                throw new MalformedMessageException("found " + found + ", expected " + expected + at());
            }
            if (found == ValueType.NIL) {
                skip();
                return forNil;
            }
        }
        try {
            return read.run();
        } catch (MalformedMessageException e) {
            throw e;
        } catch (MessagePackException | DateTimeException | ArithmeticException | IOException e) {
            String words = e.getMessage() == null ? "the message ends too early" : e.getMessage();
            throw new MalformedMessageException(words + at());
        }
    }

    private String at() {
        return " at byte " + unpacker.getTotalReadBytes() + " of " + message.length;
    }
}
