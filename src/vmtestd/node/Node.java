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
 * @param run {@code /var/run}
 */
public record Node(ZbusClient broker, Flistd flistd, Vmd vmd, Zui zui, NodeModule provision, NodeModule storage, ProcFs proc, Path run) {
    private static final Path RUN = Path.of("/var/run");

    public Node(ZbusClient broker, Path proc) {
        this(broker, proc, RUN);
    }

    public Node(ZbusClient client, Path proc, Path run) {
        this(client, new Flistd(client), new Vmd(client), new Zui(client),
                new NodeModule(client, new ZbusObject("provision", "provision", "0.0.1")),
                new NodeModule(client, new ZbusObject("storage", "storage", "0.0.1")), new ProcFs(proc), run);
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
