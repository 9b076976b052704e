package vmtestd.zbus;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePackException;
import org.msgpack.core.MessageUnpacker;
import org.msgpack.value.ValueType;

/**
 * Decodes a msgpack message, value by value, as liberally as Go's decoder: integers of any width, str for bin and bin for
 * str, nil for an absent value. The message is untrusted: a length is checked before memory is allocated for it.
 */
public final class MessageReader {
    /** One byte of a message can become fifty bytes of memory. */
    static final int MAX_ELEMENTS = 1 << 17;
    private static final int MAX_DEPTH = 64;

    private final byte[] message;
    private final MessageUnpacker unpacker;
    private long elements;

    /** See {@link #decode}, which turns the exceptions of msgpack-core into one. */
    public MessageReader(byte[] message) {
        this.message = message;
        this.unpacker = MessagePack.newDefaultUnpacker(message);
    }

    /** Decodes a value. Exceptions of msgpack-core need not be handled. */
    public interface Decoder<T> {
        T decode(MessageReader reader) throws IOException;
    }

    /**
     * Decodes a message.
     *
     * @param message may be null, which is malformed
     * @throws ProtocolException if it is not msgpack, or not what the decoder expects
     */
    public static <T> T decode(byte[] message, Decoder<T> decoder) throws ProtocolException {
        if (message == null) {
            throw new ProtocolException("no value");
        }
        MessageReader reader = new MessageReader(message);
        try {
            return decoder.decode(reader);
        } catch (MessagePackException | DateTimeException | ArithmeticException | IOException e) {
            String words = e.getMessage() == null ? "the message ends too early" : e.getMessage();
            throw new ProtocolException(words + " at byte " + reader.unpacker.getTotalReadBytes() + " of " + message.length);
        }
    }

    /** Starts a struct or map and returns its number of pairs, 0 for nil. */
    public int map() throws IOException {
        return unpacker.tryUnpackNil() ? 0 : counted(unpacker.unpackMapHeader());
    }

    /** Starts an array and returns its number of values, 0 for nil. */
    public int array() throws IOException {
        return unpacker.tryUnpackNil() ? 0 : counted(unpacker.unpackArrayHeader());
    }

    private int counted(int size) throws ProtocolException {
        elements += size;
        if (elements > MAX_ELEMENTS) {
            throw new ProtocolException("more than " + MAX_ELEMENTS + " values");
        }
        return size;
    }

    /** Reads a string, empty for nil. */
    public String string() throws IOException {
        byte[] bytes = bytes();
        return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
    }

    /** Reads bytes, null for nil. */
    public byte[] bytes() throws IOException {
        if (unpacker.tryUnpackNil()) {
            return null;
        }
        int length = unpacker.getNextFormat().getValueType() == ValueType.STRING
                ? unpacker.unpackRawStringHeader() : unpacker.unpackBinaryHeader();
        if (length > message.length - unpacker.getTotalReadBytes()) {
            throw new ProtocolException("a string of " + length + " bytes");
        }
        return unpacker.readPayload(length);
    }

    /** Reads an integer, 0 for nil. */
    public long integer() throws IOException {
        return unpacker.tryUnpackNil() ? 0 : unpacker.unpackLong();
    }

    /** Reads a boolean, false for nil. */
    public boolean bool() throws IOException {
        return !unpacker.tryUnpackNil() && unpacker.unpackBoolean();
    }

    /** Reads a timestamp (extension type -1), the epoch for nil. */
    public Instant timestamp() throws IOException {
        return unpacker.tryUnpackNil() ? Instant.EPOCH : unpacker.unpackTimestamp();
    }

    /** Reads Go's {@code []string}, empty for nil. */
    public List<String> strings() throws IOException {
        List<String> strings = new ArrayList<>();
        for (int left = array(); left > 0; left--) {
            strings.add(string());
        }
        return strings;
    }

    /** Skips a value of any type. */
    public void skip() throws IOException {
        skip(0);
    }

    private void skip(int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw new ProtocolException("values nested more than " + MAX_DEPTH + " deep");
        }
        // msgpack-core's skipValue counts nested values in an int, which overflows.
        ValueType type = unpacker.getNextFormat().getValueType();
        long left = type == ValueType.ARRAY ? unpacker.unpackArrayHeader() : type == ValueType.MAP ? 2L * unpacker.unpackMapHeader() : 0;
        if (type != ValueType.ARRAY && type != ValueType.MAP) {
            unpacker.skipValue();
        }
        for (; left > 0; left--) {
            skip(depth + 1);
        }
    }
}
