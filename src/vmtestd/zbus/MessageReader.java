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
 * Reads one msgpack message, value by value, as liberally as Go's decoder does: integers of any
 * width, str for bin and bin for str, nil for whatever is absent.
 *
 * <p>The bytes are a stranger's. A length is believed only as far as there are bytes for it, and
 * every failure is a {@link MalformedMessageException}.
 */
public final class MessageReader {
    /** How many values a message may hold: one byte of it can become fifty bytes of memory. */
    static final int MAX_ELEMENTS = 1 << 17;

    private final byte[] message;
    private final MessageUnpacker unpacker;
    private long elements;

    public MessageReader(byte[] message) {
        this.message = message;
        this.unpacker = MessagePack.newDefaultUnpacker(message);
    }

    /** Begins a struct or map: gives the number of pairs that follow, 0 for nil. */
    public int map() throws MalformedMessageException {
        return counted(read(ValueType.MAP, unpacker::unpackMapHeader, 0));
    }

    /** Begins an array: gives the number of values that follow, 0 for nil. */
    public int array() throws MalformedMessageException {
        return counted(read(ValueType.ARRAY, unpacker::unpackArrayHeader, 0));
    }

    /** A string; the empty one for nil. */
    public String string() throws MalformedMessageException {
        byte[] bytes = bytes();
        return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
    }

    /** Bytes; null for nil. */
    public byte[] bytes() throws MalformedMessageException {
        return type() == ValueType.STRING
                ? read(ValueType.STRING, () -> payload(unpacker.unpackRawStringHeader()), null)
                : read(ValueType.BINARY, () -> payload(unpacker.unpackBinaryHeader()), null);
    }

    /** An integer; 0 for nil. */
    public long integer() throws MalformedMessageException {
        return read(ValueType.INTEGER, unpacker::unpackLong, 0L);
    }

    /** A floating-point number; 0 for nil. */
    double number() throws MalformedMessageException {
        return read(ValueType.FLOAT, unpacker::unpackDouble, 0.0);
    }

    /** A truth value; false for nil. */
    public boolean bool() throws MalformedMessageException {
        return read(ValueType.BOOLEAN, unpacker::unpackBoolean, false);
    }

    /** A point in time, from msgpack's timestamp extension (type -1); the epoch for nil. */
    public Instant timestamp() throws MalformedMessageException {
        return read(ValueType.EXTENSION, unpacker::unpackTimestamp, Instant.EPOCH);
    }

    /** Go's {@code []string}; the empty list for nil. */
    public List<String> strings() throws MalformedMessageException {
        List<String> strings = new ArrayList<>();
        for (int left = array(); left > 0; left--) {
            strings.add(string());
        }
        return strings;
    }

    /** Passes over one value of any kind. */
    public void skip() throws MalformedMessageException {
        // Not by msgpack-core's own way through nested values: that counts them in an int, which overflows.
        for (long left = 1; left > 0; left--) {
            switch (type()) {
                case ARRAY -> left += read(null, unpacker::unpackArrayHeader, 0);
                case MAP -> left += 2L * read(null, unpacker::unpackMapHeader, 0);
                case NIL, BOOLEAN, INTEGER, FLOAT, STRING, BINARY, EXTENSION -> read(null, () -> {
                    unpacker.skipValue();
                    return null;
                }, null);
            }
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

    /** What kind of value comes next. */
    ValueType type() throws MalformedMessageException {
        return read(null, () -> {
            MessageFormat format = unpacker.getNextFormat();
            // msgpack-core has this one format, the reserved byte 0xc1, of no type at all.
            if (format == MessageFormat.NEVER_USED) {
                throw new MalformedMessageException("the reserved byte c1");
            }
            return format.getValueType();
        }, null);
    }

    private interface Read<T> {
        T run() throws IOException;
    }

    /** Reads a value of the expected type, or nil. A null type stands for any. */
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
