package vmtestd.node;

import vmtestd.time.Deadline;
import vmtestd.zbus.MessageReader;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusException;
import vmtestd.zbus.ZbusObject;

/** networkd, which makes the tap devices of VMs (zosbase, pkg/network). A zos-light node has netlight in its place. */
public final class Networkd extends NodeModule {
    Networkd(ZbusClient client) {
        super(client, new ZbusObject("network", "network", "0.0.1"));
    }

    /** Returns the name of the device that a tap has in the kernel. */
    public static String device(String name) {
        return "t-" + name;
    }

    /**
     * Makes a tap device on the bridge of the planetary network. One that exists stays as it is, even if a VM uses it.
     *
     * @param name at most 13 characters
     */
    public Tap setupYggTap(String name, Deadline deadline) throws ZbusException, InterruptedException {
        return call("SetupYggTap", Tap::decode, deadline, argument(name));
    }

    /** Returns whether a tap device of this name exists. */
    public boolean tapExists(String name, Deadline deadline) throws ZbusException, InterruptedException {
        return call("TapExists", MessageReader::bool, deadline, argument(name));
    }

    /** Removes a tap device. No VM may use it. One that does not exist is not an error. The request is persistent. */
    public void removeTap(String name, Deadline deadline) throws ZbusException, InterruptedException {
        callPersistent("RemoveTap", deadline, argument(name));
    }
}
