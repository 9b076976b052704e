package vmtestd.node;

import vmtestd.time.Deadline;
import vmtestd.zbus.MessageReader;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusObject;

/** flistd over zbus. */
final class ZbusFlist implements FlistModule {
    private final RemoteObject flist;

    ZbusFlist(ZbusClient client) {
        // Unmount asks storaged to delete a volume, and a writable mount asks it for one; both wait without end.
        flist = new RemoteObject(client, new ZbusObject("flist", "flist", "0.0.1", "storage"));
    }

    @Override
    public String mount(String name, String url, MountOptions options, Deadline deadline)
            throws NodeException, InterruptedException {
        return flist.call("Mount", MessageReader::string, deadline,
                RemoteObject.argument(name), RemoteObject.argument(url), options.encode());
    }

    @Override
    public void unmount(String name, Deadline deadline) throws NodeException, InterruptedException {
        flist.callPersistent("Unmount", deadline, RemoteObject.argument(name));
    }

    @Override
    public boolean exists(String name, Deadline deadline) throws NodeException, InterruptedException {
        return flist.call("Exists", MessageReader::bool, deadline, RemoteObject.argument(name));
    }

    @Override
    public ModuleState state(Deadline deadline) throws NodeException, InterruptedException {
        return flist.state(deadline);
    }
}
