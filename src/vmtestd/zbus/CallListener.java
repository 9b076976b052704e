package vmtestd.zbus;

import java.net.ProtocolException;
import java.time.Duration;
import java.util.List;
import java.util.StringJoiner;
import org.msgpack.core.MessagePack;

/** Receives each call after it has ended, on the caller's thread. Must not throw or block. */
public interface CallListener {
    /** Does nothing. */
    CallListener NONE = call -> { };

    void ended(Call call);

    /**
     * A call that has ended.
     *
     * @param method empty for a request for a module's status
     * @param inputs the arguments, each packed as msgpack
     * @param took the time since the request was sent
     * @param result the return value packed as msgpack, or null
     * @param failure why there is no result, or null
     */
    record Call(ZbusObject object, String method, List<byte[]> inputs, Duration took, byte[] result, ZbusException failure) {
        /** The maximum size of a message that is shown as JSON, in bytes. */
        private static final int MAX_MESSAGE = 1024;

        /** Returns the arguments as JSON: {@code "test-vm-1763832962", {"ReadOnly":true}}. */
        public String arguments() {
            StringJoiner text = new StringJoiner(", ");
            inputs.forEach(input -> text.add(text(input)));
            return text.toString();
        }

        /** Returns the failure's message, or the result as JSON. */
        public String outcome() {
            return failure != null ? failure.getMessage() : result == null ? "done" : text(result);
        }

        private static String text(byte[] message) {
            try {
                return MessageReader.decode(message, reader -> {
                    // Checks lengths and nesting: msgpack-core would allocate an array of any length.
                    reader.skip();
                    return message.length > MAX_MESSAGE ? message.length + " bytes"
                            : MessagePack.newDefaultUnpacker(message).unpackValue().toJson();
                });
            } catch (ProtocolException e) {
                return "<" + e.getMessage() + ">";
            }
        }
    }
}
