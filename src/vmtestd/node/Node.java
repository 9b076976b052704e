package vmtestd.node;

import vmtestd.resp.BrokerUrl;
import vmtestd.time.Clock;
import vmtestd.zbus.ZbusClient;

/** A node: its broker, and the modules behind it. For one thread at a time. */
public record Node(Broker broker, FlistModule flist, VmModule vmd, Zui zui) {
    /** The node whose broker has this URL. Nothing is dialled yet. */
    public static Node at(BrokerUrl url, Clock clock) {
        ZbusClient client = new ZbusClient(url, clock);
        return new Node(new ZbusBroker(client), new ZbusFlist(client), new ZbusVmd(client), new ZbusZui(client));
    }
}
