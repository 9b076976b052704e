package vmtestd.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetDevicesTest {
    private static final byte[] MAC = HexFormat.of().parseHex("aae4bd959dd7");
    private static final byte[] LOOPBACK = HexFormat.of().parseHex("00000000000000000000000000000001");
    private static final String REAL_IDS = "         0          0 4294967295\n";
    private static final String ROOT = "Name:\tjava\nCapEff:\t000001ffffffffff\nCapBnd:\t000001ffffffffff\n";

    @TempDir
    Path directory;
    private Path sys;
    private Path self;
    private NetDevices devices;

    @BeforeEach
    void make() throws IOException {
        sys = Files.createDirectories(directory.resolve("net"));
        self = Files.createDirectories(directory.resolve("proc/self"));
        Files.createDirectories(sys.resolve("t-vmt-1/statistics"));
        Files.createDirectories(sys.resolve("br-ygg"));
        Files.writeString(sys.resolve("br-ygg/ifindex"), "1\n");
        may(ROOT, REAL_IDS);
        devices = new NetDevices(sys, new ProcFs(directory.resolve("proc")), InetAddress::isReachable);
    }

    private void may(String status, String ids) throws IOException {
        Files.writeString(self.resolve("status"), status);
        Files.writeString(self.resolve("uid_map"), ids);
    }

    @Test
    void readsADevicesState() throws Exception {
        Files.writeString(sys.resolve("t-vmt-1/statistics/rx_packets"), "7\n");
        assertEquals(7, devices.sent("t-vmt-1"));
        assertTrue(devices.exists("t-vmt-1"));
        assertFalse(devices.exists("t-vmt-2"));
        assertFalse(devices.isOnBridge("t-vmt-1"));
        Files.createDirectory(sys.resolve("t-vmt-1/brport"));
        assertTrue(devices.isOnBridge("t-vmt-1"));
        assertThrows(IOException.class, () -> devices.sent("t-vmt-2"));
    }

    @Test
    void findsAGuestAmongTheBridgesNeighbours() throws Exception {
        byte[] others = new byte[600 * 16];
        Files.write(sys.resolve("br-ygg/brforward"), others);
        assertFalse(devices.hears(MAC));
        for (int entry : new int[] {0, 255, 256, 599}) {
            byte[] bytes = others.clone();
            System.arraycopy(MAC, 0, bytes, entry * 16, 6);
            Files.write(sys.resolve("br-ygg/brforward"), bytes);
            assertTrue(devices.hears(MAC), "entry " + entry);
            // The bridge's own port has this address.
            bytes[entry * 16 + 7] = 1;
            Files.write(sys.resolve("br-ygg/brforward"), bytes);
            assertFalse(devices.hears(MAC), "entry " + entry);
        }
        Files.delete(sys.resolve("br-ygg/brforward"));
        assertThrows(IOException.class, () -> devices.hears(MAC));
    }

    @Test
    void rawSocketsNeedTheCapabilityInTheNodesOwnUserNamespace() throws Exception {
        devices.ensureRawSockets();
        for (String status : List.of("Name:\tjava\n", "CapEff:\t0000000000000000\n", "CapEff:\t000001ffffffdfff\n")) {
            may(status, REAL_IDS);
            assertEquals("vmtestd may not open raw sockets", assertThrows(IOException.class, devices::ensureRawSockets).getMessage());
            assertThrows(IOException.class, () -> devices.answersEcho(LOOPBACK, Duration.ofSeconds(1)));
        }
        may("CapEff:\t0000000000002000\n", REAL_IDS);
        devices.ensureRawSockets();
        may(ROOT, "         0       1000          1\n");
        assertThrows(IOException.class, devices::ensureRawSockets);
    }

    /** Run as a process of its own: asks the loopback for an echo, by the JDK alone or by our own code. */
    public static final class Asks {
        public static void main(String[] args) throws Exception {
            if (args[0].equals("jdk")) {
                System.out.println(InetAddress.getByAddress(LOOPBACK).isReachable(1000));
            } else {
                try {
                    System.out.println(new NetDevices(Path.of(args[0]), new ProcFs(Path.of("/proc")), InetAddress::isReachable).answersEcho(LOOPBACK, Duration.ofSeconds(1)));
                } catch (IOException e) {
                    System.out.println(e.getMessage());
                }
            }
        }
    }

    @Test
    void tcpPort7IsNeverAsked() throws Exception {
        try (ServerSocket echo = new ServerSocket()) {
            try {
                echo.bind(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), 7));
            } catch (IOException e) {
                assumeTrue(false, "needs root and IPv6: " + e);
            }
            assumeTrue(Files.exists(Path.of("/usr/bin/setpriv")), "needs setpriv");
            echo.setSoTimeout(2000);
            assertEquals("vmtestd may not open raw sockets", askWithoutTheCapability(sys.toString()));
            assertThrows(SocketTimeoutException.class, echo::accept);
            // What would happen otherwise.
            assertEquals("true", askWithoutTheCapability("jdk"));
            echo.accept().close();
        }
    }

    private static String askWithoutTheCapability(String how) throws Exception {
        List<String> command = new ArrayList<>(List.of("/usr/bin/setpriv", "--inh-caps=-net_raw", "--bounding-set=-net_raw",
                Path.of(System.getProperty("java.home"), "bin/java").toString(), "-cp", System.getProperty("java.class.path"),
                Asks.class.getName(), how));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes()).strip();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return said;
    }
}
