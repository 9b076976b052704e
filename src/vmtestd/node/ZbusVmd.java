package vmtestd.node;

import java.util.List;
import vmtestd.time.Deadline;
import vmtestd.zbus.MalformedMessageException;
import vmtestd.zbus.MessageReader;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusObject;

/** vmd over zbus. */
final class ZbusVmd implements VmModule {
    private final RemoteObject manager;

    ZbusVmd(ZbusClient client) {
        // Run waits for vmd's monitor, which every 10 s asks provisiond about each VM that runs, and waits without end.
        manager = new RemoteObject(client, new ZbusObject("vmd", "manager", "0.0.1", "provision"));
    }

    @Override
    public String run(Vm vm, Deadline deadline) throws NodeException, InterruptedException {
        return manager.call("Run", ZbusVmd::consoleUrl, deadline, vm.encode());
    }

    /** Reads the one field of Go's {@code MachineInfo}. */
    private static String consoleUrl(MessageReader reader) throws MalformedMessageException {
        String url = "";
        for (int fields = reader.map(); fields > 0; fields--) {
            if (reader.string().equals("ConsoleURL")) {
                url = reader.string();
            } else {
                reader.skip();
            }
        }
        return url;
    }

    @Override
    public void delete(String name, Deadline deadline) throws NodeException, InterruptedException {
        manager.callPersistent("Delete", deadline, RemoteObject.argument(name));
    }

    @Override
    public List<String> list(Deadline deadline) throws NodeException, InterruptedException {
        return manager.call("List", MessageReader::strings, deadline);
    }

    @Override
    public boolean exists(String name, Deadline deadline) throws NodeException, InterruptedException {
        return manager.call("Exists", MessageReader::bool, deadline, RemoteObject.argument(name));
    }

    @Override
    public VmInfo inspect(String name, Deadline deadline) throws NodeException, InterruptedException {
        return manager.call("Inspect", VmInfo::decode, deadline, RemoteObject.argument(name));
    }

    @Override
    public String logs(String name, Deadline deadline) throws NodeException, InterruptedException {
        return manager.call("Logs", MessageReader::string, deadline, RemoteObject.argument(name));
    }

    @Override
    public ModuleState state(Deadline deadline) throws NodeException, InterruptedException {
        return manager.state(deadline);
    }
}
