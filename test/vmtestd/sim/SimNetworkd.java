package vmtestd.sim;

import static vmtestd.sim.FakeModule.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.msgpack.value.Value;
import org.msgpack.value.ValueFactory;

/** networkd and the network devices that the kernel shows: a tap device is a directory. */
public final class SimNetworkd {
    /** What is wrong with the network, as {@code net=} of a real node that is made for tests. */
    public enum Wrong {
        NOTHING,
        /** networkd answers that it made a device, and has not. */
        NO_TAP,
        /** The device is on no bridge. */
        UNPLUGGED,
        /** The guest never brings its interface up. */
        NO_INTERFACE,
        /** The guest sends and does not answer. */
        NO_ANSWER,
        /** The device vanishes once the VM runs. */
        VANISHES;

        /** The name on a command line, such as {@code net-no-tap}. */
        @Override
        public String toString() {
            return "net-" + name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private static final byte[] MAC = {(byte) 0xaa, (byte) 0xe4, (byte) 0xbd, (byte) 0x95, (byte) 0x9d, (byte) 0xd7};

    private final Path devices;
    private final SimNode node;
    private volatile Wrong wrong = Wrong.NOTHING;

    SimNetworkd(Path home, SimNode node) throws IOException {
        this.node = node;
        devices = Files.createDirectories(home.resolve("sys/class/net"));
        write("br-ygg/ifindex", "1\n");
        Files.write(devices.resolve("br-ygg/brforward"), new byte[16]);
    }

    /** Has something go wrong from now on. */
    public void be(Wrong what) {
        wrong = what;
    }

    public Wrong wrong() {
        return wrong;
    }

    /** Removes the planetary network's bridge. */
    public void removeBridge() throws IOException {
        SimProc.delete(devices.resolve("br-ygg"));
    }

    /** Returns the names of all tap devices. */
    public TreeSet<String> taps() throws IOException {
        try (Stream<Path> files = Files.list(devices)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> name.startsWith("t-"))
                    .collect(TreeSet::new, TreeSet::add, TreeSet::addAll);
        }
    }

    /** Removes all tap devices, as somebody else may. */
    public void removeTaps() {
        try {
            taps().forEach(tap -> SimProc.delete(devices.resolve(tap)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean exists(String device) {
        return Files.exists(devices.resolve(device));
    }

    Value call(String method, List<Value> inputs) throws CallError, IOException {
        String name = inputs.get(0).asStringValue().asString();
        if (name.length() > 13) {
            throw new CallError("could not get network namespace tap device name: tap name too long t-" + name);
        }
        String device = "t-" + name;
        switch (method) {
            case "SetupYggTap" -> {
                if (wrong != Wrong.NO_TAP) {
                    write(device + "/statistics/rx_packets", "0\n");
                    if (wrong != Wrong.UNPLUGGED) {
                        Files.createDirectories(devices.resolve(device + "/brport"));
                    }
                }
                return ValueFactory.newMap(text("Name"), text(device), text("HW"), ValueFactory.newBinary(MAC),
                        text("IP"), subnet(), text("Gateway"), subnet());
            }
            case "TapExists" -> {
                return ValueFactory.newBoolean(exists(device) && !node.proc().isPinned(device));
            }
            case "RemoveTap" -> {
                if (exists(device) && !node.proc().pins(device)) {
                    SimProc.delete(devices.resolve(device));
                }
                return null;
            }
            default -> throw new IllegalArgumentException(method);
        }
    }

    private static Value subnet() {
        byte[] mask = new byte[16];
        Arrays.fill(mask, 0, 8, (byte) 0xff);
        return ValueFactory.newMap(text("IP"), ValueFactory.newBinary(new byte[16]), text("Mask"), ValueFactory.newBinary(mask));
    }

    /** A guest brings up its interface. */
    void guestSends(String device) throws IOException {
        if (wrong == Wrong.VANISHES) {
            SimProc.delete(devices.resolve(device));
        } else if (wrong != Wrong.NO_INTERFACE) {
            write(device + "/statistics/rx_packets", "7\n");
            if (wrong != Wrong.UNPLUGGED) {
                Files.write(devices.resolve("br-ygg/brforward"), Arrays.copyOf(MAC, 16));
            }
        }
    }

    private void write(String file, String text) throws IOException {
        Path path = devices.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
