package vmtestd.node;

import java.util.List;
import vmtestd.time.Deadline;
import vmtestd.zbus.MessageWriter;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusObject;

/** zui over zbus. */
final class ZbusZui implements Zui {
    private final RemoteObject zui;

    ZbusZui(ZbusClient client) {
        zui = new RemoteObject(client, new ZbusObject("zui", "zui", "0.0.1"));
    }

    @Override
    public void pushErrors(String label, List<String> errors, Deadline deadline)
            throws NodeException, InterruptedException {
        zui.call("PushErrors", deadline, RemoteObject.argument(label), new MessageWriter().strings(errors).toBytes());
    }

    @Override
    public ModuleState state(Deadline deadline) throws NodeException, InterruptedException {
        return zui.state(deadline);
    }
}
