package vmtestd.node;

import java.io.IOException;
import vmtestd.time.Deadline;
import vmtestd.zbus.MessageReader;
import vmtestd.zbus.MessageWriter;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusException;
import vmtestd.zbus.ZbusObject;

/** storaged, which makes the data disks of VMs, one call at a time (zosbase, pkg/storage). */
public final class Storaged extends NodeModule {
    Storaged(ZbusClient client) {
        super(client, new ZbusObject("storage", "storage", "0.0.1"));
    }

    /**
     * Creates an empty disk, and flushes all file systems of the node. A name that is taken is an error.
     *
     * @param size bytes; 109 MiB or more for a btrfs
     * @return the path of the disk's file on the node
     */
    public String diskCreate(String name, long size, Deadline deadline) throws ZbusException, InterruptedException {
        return call("DiskCreate", Storaged::path, deadline, argument(name), new MessageWriter().integer(size).toBytes());
    }

    /** Decodes Go's {@code VDisk}. */
    static String path(MessageReader reader) throws IOException {
        String path = "";
        for (int fields = reader.map(); fields > 0; fields--) {
            if (reader.string().equals("Path")) {
                path = reader.string();
            } else {
                reader.skip();
            }
        }
        return path;
    }

    /** Makes a btrfs on a disk that has no file system. */
    public void diskFormat(String name, Deadline deadline) throws ZbusException, InterruptedException {
        call("DiskFormat", deadline, argument(name));
    }

    /** Deletes a disk, even if a VM uses it. A disk that does not exist is not an error. The request is persistent. */
    public void diskDelete(String name, Deadline deadline) throws ZbusException, InterruptedException {
        callPersistent("DiskDelete", deadline, argument(name));
    }

    /** Returns whether a disk of this name exists. */
    public boolean diskExists(String name, Deadline deadline) throws ZbusException, InterruptedException {
        return call("DiskExists", MessageReader::bool, deadline, argument(name));
    }
}
