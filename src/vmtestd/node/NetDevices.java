package vmtestd.node;

import java.io.FileInputStream;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/**
 * What the kernel shows of the guests' tap devices and of the bridge that they are on.
 *
 * @param directory {@code /sys/class/net} on a node
 * @param proc tells what this process may do
 * @param echo needs the right to open raw sockets
 */
public record NetDevices(Path directory, ProcFs proc, Echo echo) {
    /** Sends ICMPv6 echo requests. */
    public interface Echo {
        boolean isAnswered(Inet6Address address, int timeoutMillis) throws IOException;
    }

    /** The bridge of the planetary network. */
    public static final String BRIDGE = "br-ygg";
    /** The kernel wants to be read in whole entries, whose size divides this one (struct __fdb_entry). */
    private static final int FDB_READ = 4096;
    private static final int FDB_ENTRY = 16;
    private static final int FDB_IS_LOCAL = 7;
    /** 16,384 entries. */
    private static final int MAX_READS = 64;
    private static final int CAP_NET_RAW = 13;
    private static final int MAC_BYTES = 6;

    /** Returns the devices of the node whose {@code proc} this is: those in the {@code sys} beside it. */
    static NetDevices beside(Path proc) {
        return new NetDevices(proc.resolveSibling("sys/class/net"), new ProcFs(proc), InetAddress::isReachable);
    }

    /** Returns whether a device exists. It must, when vmd's Run is called with it: vmd kills all processes of the node otherwise. */
    public boolean exists(String device) {
        return Files.exists(directory.resolve(device));
    }

    /** Returns how many packets a guest has sent through its tap device. */
    public long sent(String device) throws IOException {
        // What the guest sends the host receives.
        return Long.parseLong(Files.readString(directory.resolve(device + "/statistics/rx_packets")).strip());
    }

    /** Returns whether a device is a port of a bridge. */
    public boolean isOnBridge(String device) {
        return exists(device + "/brport");
    }

    /** Returns whether the bridge has heard a guest within the last five minutes. */
    public boolean hears(byte[] mac) throws IOException {
        byte[] entries = new byte[FDB_READ];
        try (FileInputStream in = new FileInputStream(directory + "/" + BRIDGE + "/brforward")) {
            for (int reads = 0; reads < MAX_READS; reads++) {
                int length = in.read(entries);
                for (int at = 0; at + FDB_ENTRY <= length; at += FDB_ENTRY) {
                    if (entries[at + FDB_IS_LOCAL] == 0 && Arrays.equals(entries, at, at + MAC_BYTES, mac, 0, MAC_BYTES)) {
                        return true;
                    }
                }
                if (length <= 0) {
                    break;
                }
            }
            return false;
        }
    }

    /**
     * Returns whether a guest answers an ICMPv6 echo request over the bridge.
     *
     * @param address its link-local address
     * @throws IOException if this process may not send one, or the kernel refuses to
     */
    public boolean answersEcho(byte[] address, Duration timeout) throws IOException {
        ensureRawSockets();
        int index = Integer.parseInt(Files.readString(directory.resolve(BRIDGE + "/ifindex")).strip());
        return echo.isAnswered(Inet6Address.getByAddress(null, address, index), (int) timeout.toMillis());
    }

    /**
     * Checks that this process may open a raw socket. Without that right the JDK would try TCP port 7, and take a reset for
     * an answer.
     *
     * @throws IOException if it may not
     */
    public void ensureRawSockets() throws IOException {
        String status = proc.read("self/status");
        String capabilities = status == null ? "" : ProcFs.field(status, "CapEff:");
        // In another user namespace the capability is worth nothing for a socket of the node's network.
        String ids = String.join(" ", String.valueOf(proc.read("self/uid_map")).strip().split(" +"));
        if (capabilities.isEmpty() || (Long.parseUnsignedLong(capabilities, 16) >> CAP_NET_RAW & 1) == 0 || !ids.equals("0 0 4294967295")) {
            throw new IOException("vmtestd may not open raw sockets");
        }
    }
}
