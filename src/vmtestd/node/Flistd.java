package vmtestd.node;

import vmtestd.time.Deadline;
import vmtestd.zbus.MessageReader;
import vmtestd.zbus.MessageWriter;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusException;
import vmtestd.zbus.ZbusObject;

/** flistd, which mounts flists, one call at a time (zosbase, pkg/flist). */
public final class Flistd extends NodeModule {
    Flistd(ZbusClient client) {
        // Unmount has storaged delete the volume of a writable mount, and Mount has it create one, without a timeout.
        super(client, new ZbusObject("flist", "flist", "0.0.1", "storage"));
    }

    /**
     * Mounts an flist. If a mount of this name exists, flistd returns that, whatever the URL and room.
     *
     * @param name a plain file name
     * @param room the size in bytes of the volume of a writable mount; 0 for a read-only mount, which needs none
     * @return the absolute path of the mount point
     */
    public String mount(String name, String url, long room, Deadline deadline) throws ZbusException, InterruptedException {
        return call("Mount", MessageReader::string, deadline, argument(name), argument(url), options(room));
    }

    /** Encodes Go's {@code MountOptions}. */
    static byte[] options(long room) {
        return new MessageWriter().map(4).string("ReadOnly").bool(room == 0).string("Limit").integer(room)
                .string("Storage").string("").string("PersistedVolume").string("").toBytes();
    }

    /**
     * Unmounts, and removes the mount point and all below it. No VM may use the mount. flistd reports success even if the
     * unmount failed, so confirm it with {@link #exists}. A mount that does not exist is not an error. The request is
     * persistent.
     */
    public void unmount(String name, Deadline deadline) throws ZbusException, InterruptedException {
        callPersistent("Unmount", deadline, argument(name));
    }

    /** Returns whether a mount of this name exists. */
    public boolean exists(String name, Deadline deadline) throws ZbusException, InterruptedException {
        return call("Exists", MessageReader::bool, deadline, argument(name));
    }
}
