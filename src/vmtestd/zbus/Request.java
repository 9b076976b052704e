package vmtestd.zbus;

import java.util.Arrays;
import java.util.List;

/**
 * A call on its way to a module.
 *
 * @param id unique among all calls on the broker; it names the reply list too, as in the Go client
 * @param object what is called
 * @param method the method's name; empty for the status object
 * @param inputs the arguments, each packed as msgpack by itself
 */
record Request(String id, ZbusObject object, String method, List<byte[]> inputs) {
    /** The request as zbus's {@code Request.Encode} has it: a map with Go's field names, in their order. */
    byte[] encode() {
        MessageWriter writer = new MessageWriter();
        writer.map(5).string("ID").string(id);
        writer.string("Inputs").array(inputs.size());
        for (byte[] input : inputs) {
            writer.bytes(input);
        }
        writer.string("Object").map(2)
                .string("Name").string(object.name())
                .string("Version").string(object.version());
        writer.string("ReplyTo").string(id);
        writer.string("Method").string(method);
        return writer.toBytes();
    }

    /** Whether the other request asks for the same thing, under whatever ID. */
    boolean isSameCall(Request other) {
        return object.queue().equals(other.object.queue()) && method.equals(other.method)
                && Arrays.deepEquals(inputs.toArray(), other.inputs.toArray());
    }
}
