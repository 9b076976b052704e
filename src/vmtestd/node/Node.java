package vmtestd.node;

import vmtestd.resp.BrokerUrl;
import vmtestd.time.Clock;
import vmtestd.zbus.CallObserver;
import vmtestd.zbus.ZbusClient;

/** A node: its broker, and the modules behind it. For one thread at a time. */
public record Node(Broker broker, FlistModule flist, VmModule vmd, Zui zui) {
    /** The node whose broker has this URL. Nothing is dialled yet. */
    public static Node at(BrokerUrl url, Clock clock) {
        return at(url, clock, CallObserver.NONE);
    }

    /** @param observer is told what becomes of calls */
    public static Node at(BrokerUrl url, Clock clock, CallObserver observer) {
        ZbusClient client = new ZbusClient(url, clock, observer);
        return new Node(new ZbusBroker(client), new ZbusFlist(client), new ZbusVmd(client), new ZbusZui(client));
    }
}
