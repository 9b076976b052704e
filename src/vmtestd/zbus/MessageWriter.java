package vmtestd.zbus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;

/** Encodes a msgpack message, value by value, for zbus's Go decoder. */
public final class MessageWriter {
    private final MessageBufferPacker packer = MessagePack.newDefaultBufferPacker();

    /** Returns the message so far. */
    public byte[] toBytes() {
        return packer.toByteArray();
    }

    /** Starts a struct or map of {@code size} pairs, which the caller writes next. */
    public MessageWriter map(int size) {
        return write(() -> packer.packMapHeader(size));
    }

    /** Starts an array of {@code size} values, which the caller writes next. */
    public MessageWriter array(int size) {
        return write(() -> packer.packArrayHeader(size));
    }

    /** Writes Go's nil slice, map or error. */
    public MessageWriter nil() {
        return write(packer::packNil);
    }

    public MessageWriter string(String value) {
        return write(() -> packer.packString(value));
    }

    /** Writes an integer in its shortest form. Go's decoder accepts any width. */
    public MessageWriter integer(long value) {
        return write(() -> packer.packLong(value));
    }

    public MessageWriter bool(boolean value) {
        return write(() -> packer.packBoolean(value));
    }

    /** Writes Go's {@code []byte}. */
    public MessageWriter bytes(byte[] value) {
        return write(() -> packer.packBinaryHeader(value.length).writePayload(value));
    }

    /** Writes Go's {@code []string}. */
    public MessageWriter strings(List<String> values) {
        array(values.size());
        for (String value : values) {
            string(value);
        }
        return this;
    }

    /** Writes Go's {@code map[string]string}; nil if it is empty. */
    public MessageWriter strings(Map<String, String> values) {
        if (values.isEmpty()) {
            return nil();
        }
        map(values.size());
        values.forEach((key, value) -> string(key).string(value));
        return this;
    }

    private interface Write {
        Object run() throws IOException;
    }

    private MessageWriter write(Write write) {
        try {
            write.run();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
    }
}
