package vmtestd.node;

import java.nio.file.Path;
import vmtestd.redis.BrokerUrl;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.zbus.CallListener;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusObject;

/**
 * A node: its broker, the modules behind it, and what its kernel shows of their work. For one thread at a time.
 *
 * @param provision provisiond, which vmd depends on
 * @param storage storaged, which flistd depends on
 * @param proc what the kernel shows of VMs and mounts
 * @param files what vmd leaves of a VM
 * @param console what a guest writes
 */
public record Node(Broker broker, FlistModule flist, VmModule vmd, Zui zui, Dependency provision, Dependency storage,
        ProcFs proc, VmFiles files, SerialConsole console) {
    private static final Path PROC = Path.of("/proc");
    private static final Path RUN = Path.of("/var/run");

    /** The node whose broker has this URL. Nothing is dialled yet. */
    public static Node at(BrokerUrl url, Clock clock) {
        return at(url, clock, CallListener.NONE);
    }

    /** @param observer is told what becomes of calls */
    public static Node at(BrokerUrl url, Clock clock, CallListener observer) {
        return behind(new ZbusClient(url, clock, observer), clock);
    }

    /**
     * A node that is used for a short time only.
     *
     * @param end bounds what comes on top of a call's own deadline: a request that nobody answered is taken
     *     back, which takes as long as the broker lets it
     */
    public static Node until(Deadline end, BrokerUrl url, Clock clock, CallListener observer) {
        return behind(new ZbusClient(url, clock, observer, end), clock);
    }

    private static Node behind(ZbusClient client, Clock clock) {
        ProcFs proc = new ProcFs(PROC);
        return new Node(new ZbusBroker(client), new ZbusFlist(client), new ZbusVmd(client), new ZbusZui(client),
                new RemoteObject(client, new ZbusObject("provision", "provision", "0.0.1")),
                new RemoteObject(client, new ZbusObject("storage", "storage", "0.0.1")),
                proc, new VmFiles(RUN), new SerialConsole(proc, clock));
    }

    /** This node with another {@code /proc}. */
    public Node withProc(ProcFs other, Clock clock) {
        return new Node(broker, flist, vmd, zui, provision, storage, other, files, new SerialConsole(other, clock));
    }

    /** This node with another {@code /var/run}. */
    public Node withFiles(VmFiles other) {
        return new Node(broker, flist, vmd, zui, provision, storage, proc, other, console);
    }
}
