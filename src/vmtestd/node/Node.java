package vmtestd.node;

import java.nio.file.Path;
import vmtestd.redis.BrokerUrl;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.zbus.CallListener;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusObject;

/**
 * A node: its broker, its modules, and what its kernel shows of them. For one thread at a time.
 *
 * @param provision provisiond, which vmd depends on
 * @param storage storaged, which flistd depends on
 */
public record Node(ZbusClient broker, Flistd flistd, Vmd vmd, Zui zui, NodeModule provision, NodeModule storage,
        ProcFs proc, VmFiles files, SerialConsole console) {
    private static final Path PROC = Path.of("/proc");
    private static final Path RUN = Path.of("/var/run");

    /** Returns the node of a broker, without connecting to it. */
    public static Node at(BrokerUrl url, Clock clock) {
        return at(url, clock, CallListener.NONE);
    }

    public static Node at(BrokerUrl url, Clock clock, CallListener listener) {
        return of(new ZbusClient(url, clock, listener), clock);
    }

    /** @param end bounds the time that a call takes after its own deadline, for cancelling it and finding out why it timed out */
    public static Node until(Deadline end, BrokerUrl url, Clock clock, CallListener listener) {
        return of(new ZbusClient(url, clock, listener, end), clock);
    }

    private static Node of(ZbusClient client, Clock clock) {
        ProcFs proc = new ProcFs(PROC);
        return new Node(client, new Flistd(client), new Vmd(client), new Zui(client),
                new NodeModule(client, new ZbusObject("provision", "provision", "0.0.1")),
                new NodeModule(client, new ZbusObject("storage", "storage", "0.0.1")),
                proc, new VmFiles(RUN), new SerialConsole(proc, clock));
    }

    /** Returns this node with another {@code /proc}. */
    public Node withProc(ProcFs other, Clock clock) {
        return new Node(broker, flistd, vmd, zui, provision, storage, other, files, new SerialConsole(other, clock));
    }

    /** Returns this node with another {@code /var/run}. */
    public Node withFiles(VmFiles other) {
        return new Node(broker, flistd, vmd, zui, provision, storage, proc, other, console);
    }
}
