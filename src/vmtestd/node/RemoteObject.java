package vmtestd.node;

import java.util.List;
import vmtestd.time.Deadline;
import vmtestd.zbus.MalformedMessageException;
import vmtestd.zbus.MessageReader;
import vmtestd.zbus.MessageWriter;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusException;
import vmtestd.zbus.ZbusObject;

/** One object of a module, called over zbus; the place where zbus's failures become the node's. */
record RemoteObject(ZbusClient client, ZbusObject object) implements Dependency {
    /** Reads the one value that a method returns. */
    interface Result<T> {
        T read(MessageReader reader) throws MalformedMessageException;
    }

    /** Calls a method that returns a value. */
    <T> T call(String method, Result<T> result, Deadline deadline, byte[]... inputs) throws NodeException, InterruptedException {
        byte[] data = call(method, deadline, inputs);
        try {
            if (data == null) {
                throw new MalformedMessageException("no value");
            }
            return result.read(new MessageReader(data));
        } catch (MalformedMessageException e) {
            throw new NodeException(NodeException.Kind.PROTOCOL_ERROR, true,
                    object.module() + " answered " + method + " with nonsense: " + e.getMessage());
        }
    }

    /** Calls a method; gives the msgpack of what it returns, null where that is nothing. */
    byte[] call(String method, Deadline deadline, byte[]... inputs) throws NodeException, InterruptedException {
        try {
            return client.call(object, method, List.of(inputs), deadline);
        } catch (ZbusException e) {
            throw translate(e);
        }
    }

    /** Calls a method that undoes something: where no answer comes, the request stays and is done later. */
    void callPersistent(String method, Deadline deadline, byte[]... inputs) throws NodeException, InterruptedException {
        try {
            client.callPersistent(object, method, List.of(inputs), deadline);
        } catch (ZbusException e) {
            throw translate(e);
        }
    }

    @Override
    public ModuleState state(Deadline deadline) throws NodeException, InterruptedException {
        try {
            return ModuleState.of(client.status(object.module(), deadline));
        } catch (ZbusException e) {
            throw translate(e);
        }
    }

    @Override
    public long waiting(Deadline deadline) throws NodeException, InterruptedException {
        try {
            return client.waiting(object, deadline);
        } catch (ZbusException e) {
            throw translate(e);
        }
    }

    static NodeException translate(ZbusException e) {
        return new NodeException(kind(e.kind()), e.mayHaveRun(), e.getMessage());
    }

    private static NodeException.Kind kind(ZbusException.Kind kind) {
        return switch (kind) {
            case TRANSPORT -> NodeException.Kind.UNREACHABLE;
            case TIMEOUT -> NodeException.Kind.TIMEOUT;
            case PROTOCOL -> NodeException.Kind.PROTOCOL_ERROR;
            case REMOTE -> NodeException.Kind.REMOTE_ERROR;
        };
    }

    /** A string as a packed argument. */
    static byte[] argument(String value) {
        return new MessageWriter().string(value).toBytes();
    }
}
