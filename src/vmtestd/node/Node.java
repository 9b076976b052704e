package vmtestd.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusObject;

/**
 * A node: its broker, its modules, and what its kernel shows of them. For one thread at a time.
 *
 * @param provision provisiond, which vmd depends on
 * @param storage storaged, which flistd depends on
 * @param netlight which a zos-light node has in place of networkd
 * @param net the {@code sys/class/net} beside {@code /proc}
 * @param run {@code /var/run}
 */
public record Node(ZbusClient broker, Flistd flistd, Vmd vmd, Zui zui, NodeModule provision, Storaged storage, Networkd network,
        NodeModule netlight, ProcFs proc, NetDevices net, Path run) {
    private static final Path RUN = Path.of("/var/run");

    public Node(ZbusClient broker, Path proc) {
        this(broker, proc, RUN);
    }

    public Node(ZbusClient client, Path proc, Path run) {
        this(client, new Flistd(client), new Vmd(client), new Zui(client),
                new NodeModule(client, new ZbusObject("provision", "provision", "0.0.1")), new Storaged(client), new Networkd(client),
                new NodeModule(client, new ZbusObject("netlight", "netlight", "0.0.1")), new ProcFs(proc), NetDevices.beside(proc), run);
    }

    /** Returns this node with other network devices. */
    public Node withNet(NetDevices other) {
        return new Node(broker, flistd, vmd, zui, provision, storage, network, netlight, proc, other, run);
    }

    /**
     * Removes the files that vmd leaves on a tmpfs for each VM (zosbase, pkg/vm/ch.go): those of its virtiofsd, and after
     * a crash that of its hypervisor. The VM must have ended. Links are not followed.
     */
    public void removeFilesOf(String vm) throws IOException {
        String socket = "virtio-" + vm + "-0.socket";
        for (String file : List.of("cloud-hypervisor/" + vm, socket, socket + ".pid")) {
            Files.deleteIfExists(run.resolve(file));
        }
    }
}
