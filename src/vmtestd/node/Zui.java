package vmtestd.node;

import java.util.List;
import vmtestd.time.Deadline;
import vmtestd.zbus.MessageWriter;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusException;
import vmtestd.zbus.ZbusObject;

/** zui, the node's console screen. It may not run; calls then time out. */
public final class Zui extends NodeModule {
    Zui(ZbusClient client) {
        super(client, new ZbusObject("zui", "zui", "0.0.1"));
    }

    /** Shows errors in red under a label. An empty list clears the label. */
    public void pushErrors(String label, List<String> errors, Deadline deadline) throws ZbusException, InterruptedException {
        call("PushErrors", deadline, argument(label), new MessageWriter().strings(errors).toBytes());
    }
}
