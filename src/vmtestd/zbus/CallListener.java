package vmtestd.zbus;

import java.time.Duration;
import java.util.List;

/** Is told of each call that was made, when it has ended, on the caller's thread. Must not throw or wait. */
public interface CallListener {
    /** For whom it is nothing new. */
    CallListener NONE = call -> { };

    void ended(Call call);

    /**
     * A call that was made.
     *
     * @param method empty where a module was asked for its status
     * @param inputs the arguments, each packed as msgpack by itself
     * @param took from the push of the request to its end
     * @param result msgpack of what was returned; null where that was nothing
     * @param failure why no result came; null where one did
     */
    record Call(ZbusObject object, String method, List<byte[]> inputs, Duration took, byte[] result, ZbusException failure) {
        /** How much is shown of a value, in characters. */
        private static final int MAX_VALUE = 600;

        /** The arguments as people write them: {@code "test-vm-1763832962", {"ReadOnly": true}}. */
        public String arguments() {
            return String.join(", ", inputs.stream().map(input -> MessageText.of(input, MAX_VALUE)).toList());
        }

        /** What came of it, as people write it. */
        public String outcome() {
            if (failure != null) {
                return failure.getMessage();
            }
            return result == null ? "done" : MessageText.of(result, MAX_VALUE);
        }
    }
}
