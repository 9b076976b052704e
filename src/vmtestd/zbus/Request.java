package vmtestd.zbus;

import java.util.List;

/**
 * A call on its way to a module.
 *
 * @param id no other call on the broker has it, unless it is the same one again; it names the reply list too, as in the Go client
 * @param object what is called
 * @param method the method's name; empty for the status object
 * @param inputs the arguments, each packed as msgpack by itself
 */
public record Request(String id, ZbusObject object, String method, List<byte[]> inputs) {
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
}
