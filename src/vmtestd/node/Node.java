package vmtestd.node;

import vmtestd.resp.BrokerUrl;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.zbus.CallObserver;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusObject;

/**
 * A node: its broker, and the modules behind it. For one thread at a time.
 *
 * @param provision provisiond, which vmd depends on
 * @param storage storaged, which flistd depends on
 */
public record Node(Broker broker, FlistModule flist, VmModule vmd, Zui zui, Dependency provision, Dependency storage) {
    /** The node whose broker has this URL. Nothing is dialled yet. */
    public static Node at(BrokerUrl url, Clock clock) {
        return at(url, clock, CallObserver.NONE);
    }

    /** @param observer is told what becomes of calls */
    public static Node at(BrokerUrl url, Clock clock, CallObserver observer) {
        return behind(new ZbusClient(url, clock, observer));
    }

    /**
     * A node that is used for a short time only.
     *
     * @param end bounds what comes on top of a call's own deadline: a request that nobody answered is taken
     *     back, which takes as long as the broker lets it
     */
    public static Node until(Deadline end, BrokerUrl url, Clock clock, CallObserver observer) {
        return behind(new ZbusClient(url, clock, observer, end));
    }

    private static Node behind(ZbusClient client) {
        return new Node(new ZbusBroker(client), new ZbusFlist(client), new ZbusVmd(client), new ZbusZui(client),
                new RemoteObject(client, new ZbusObject("provision", "provision", "0.0.1")),
                new RemoteObject(client, new ZbusObject("storage", "storage", "0.0.1")));
    }
}
