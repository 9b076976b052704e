package vmtestd.node;

import java.time.Duration;
import vmtestd.time.Deadline;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusException;

/** The broker behind a zbus client. */
record ZbusBroker(ZbusClient client) implements Broker {
    @Override
    public void connect(Deadline deadline) throws NodeException, InterruptedException {
        try {
            client.ping(deadline);
        } catch (ZbusException e) {
            throw RemoteObject.translate(e);
        }
    }

    @Override
    public void set(String key, byte[] value, Duration expiry, Deadline deadline) throws NodeException, InterruptedException {
        try {
            client.set(key, value, expiry, deadline);
        } catch (ZbusException e) {
            throw RemoteObject.translate(e);
        }
    }

    @Override
    public boolean claim(String key, Duration expiry, Deadline deadline) throws NodeException, InterruptedException {
        try {
            return client.setIfAbsent(key, "", expiry, deadline);
        } catch (ZbusException e) {
            throw RemoteObject.translate(e);
        }
    }

    @Override
    public void disconnect() throws InterruptedException {
        client.disconnect();
    }
}
