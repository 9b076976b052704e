package vmtestd.zbus;

import java.util.List;

/**
 * A request to a module.
 *
 * @param id unique on the broker, but for a repeated persistent request; also the name of the reply list, as in the Go client
 * @param method empty for the status object
 * @param inputs the arguments, each packed as msgpack
 * @param persistent stays on the queue if there is no reply
 */
record Request(String id, ZbusObject object, String method, List<byte[]> inputs, boolean persistent) {
    /** Returns what is called, for messages. */
    String name() {
        return method.isEmpty() ? "a status request" : method;
    }

    /** Returns the beginning of a message that the request failed. */
    @Override
    public String toString() {
        return object.module() + " could not be asked for " + (method.isEmpty() ? "its status" : method);
    }

    /** Encodes the request as zbus's {@code Request.Encode} does: a map of Go's field names, in their order. */
    byte[] encode() {
        MessageWriter writer = new MessageWriter().map(5).string("ID").string(id).string("Inputs").array(inputs.size());
        for (byte[] input : inputs) {
            writer.bytes(input);
        }
        return writer.string("Object").map(2).string("Name").string(object.name()).string("Version").string(object.version())
                .string("ReplyTo").string(id).string("Method").string(method).toBytes();
    }
}
