package vmtestd.node;

import java.net.ProtocolException;
import java.util.List;
import vmtestd.time.Deadline;
import vmtestd.zbus.MessageReader;
import vmtestd.zbus.MessageWriter;
import vmtestd.zbus.ModuleStatus;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusException;
import vmtestd.zbus.ZbusObject;

/** A module of the node, with the one object that this program calls. */
public class NodeModule {
    private final ZbusClient client;
    private final ZbusObject object;

    NodeModule(ZbusClient client, ZbusObject object) {
        this.client = client;
        this.object = object;
    }

    /** Returns the module's status, which it also reports while all its workers are busy. */
    public final ModuleStatus status(Deadline deadline) throws ZbusException, InterruptedException {
        return client.status(object.module(), deadline);
    }

    /** Returns the number of requests on the module's queue. */
    public final long waiting(Deadline deadline) throws ZbusException, InterruptedException {
        return client.waiting(object, deadline);
    }

    final <T> T call(String method, MessageReader.Decoder<T> result, Deadline deadline, byte[]... inputs)
            throws ZbusException, InterruptedException {
        byte[] data = client.call(object, method, List.of(inputs), deadline);
        try {
            return MessageReader.decode(data, result);
        } catch (ProtocolException e) {
            throw new ZbusException(ZbusException.Kind.PROTOCOL_ERROR, true,
                    object.module() + " sent a malformed reply to " + method + ": " + e.getMessage());
        }
    }

    /** Calls a method that returns nothing. */
    final void call(String method, Deadline deadline, byte[]... inputs) throws ZbusException, InterruptedException {
        client.call(object, method, List.of(inputs), deadline);
    }

    /** Calls a method that undoes something. If there is no reply, the request stays on the queue and is executed later. */
    final void callPersistent(String method, Deadline deadline, byte[]... inputs) throws ZbusException, InterruptedException {
        client.callPersistent(object, method, List.of(inputs), deadline);
    }

    static byte[] argument(String value) {
        return new MessageWriter().string(value).toBytes();
    }
}
