package vmtestd.sim;

import static vmtestd.sim.FakeModule.field;
import static vmtestd.sim.FakeModule.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.msgpack.value.Value;
import org.msgpack.value.ValueFactory;

/** flistd: a mount is a directory with the flist's files. */
public final class SimFlistd {
    /** @param readOnly as requested */
    record Mount(Path path, boolean readOnly) {}

    private final Path directory;
    private final SimNode node;
    private final Map<String, Flist> hub = new ConcurrentHashMap<>();
    private final Map<String, Mount> mounts = new ConcurrentHashMap<>();

    SimFlistd(Path directory, SimNode node) {
        this.directory = directory;
        this.node = node;
    }

    /** Adds an flist to the hub. */
    public void publish(String url, Flist flist) {
        hub.put(url, flist);
    }

    /** Returns the names of all mounts. */
    public List<String> mounts() {
        return List.copyOf(new TreeMap<>(mounts).keySet());
    }

    /** Returns whether a path is in a writable mount. */
    boolean isWritable(Path path) {
        return mounts.values().stream().anyMatch(mount -> path.startsWith(mount.path) && !mount.readOnly);
    }

    Value call(String method, List<Value> inputs) throws CallError, IOException, InterruptedException {
        String name = inputs.get(0).asStringValue().asString();
        return switch (method) {
            case "Mount" -> text(mount(name, inputs.get(1).asStringValue().asString(), inputs.get(2)).toString());
            case "Unmount" -> {
                unmount(name);
                node.storage.awaitFree();
                yield null;
            }
            case "Exists" -> ValueFactory.newBoolean(mounts.containsKey(name));
            default -> throw new IllegalArgumentException(method);
        };
    }

    private Path mount(String name, String url, Value options) throws CallError, IOException, InterruptedException {
        if (name.isEmpty() || name.contains("/") || name.equals("..")) {
            throw new CallError("invalid mount name '" + name + "'");
        }
        if (mounts.containsKey(name)) {
            return mounts.get(name).path;
        }
        boolean readOnly = field(options, "ReadOnly").asBooleanValue().getBoolean();
        if (!readOnly && field(options, "Limit").asIntegerValue().asLong() == 0) {
            throw new CallError("rw mount of flist failed: invalid size 0");
        }
        if (!readOnly) {
            node.storage.awaitFree();
        }
        Flist flist = hub.get(url);
        if (flist == null) {
            throw new CallError((readOnly ? "ro" : "rw") + " mount of flist failed: fail to download flist: "
                    + (url.startsWith(SimNode.HUB) ? "404 Not Found" : "Get \"" + url + "\": dial tcp: lookup hub: no such host"));
        }
        Path path = directory.resolve("mountpoint").resolve(name);
        flist.unpack(path);
        mounts.put(name, new Mount(path, readOnly));
        node.proc().mounted(path);
        return path;
    }

    /** The real flistd fails to unmount a busy mount, removes its tree anyway and reports success. */
    private void unmount(String name) throws IOException {
        if (node.vmd().lives(name) || node.vmd().lives(name.replaceAll("-(kernel|disk)$", ""))) {
            node.violation("Unmount of " + name + " while its VM lives");
        }
        node.proc().unmounted(directory.resolve("mountpoint").resolve(name));
        Mount mount = mounts.remove(name);
        if (mount != null) {
            try (Stream<Path> tree = Files.walk(mount.path)) {
                tree.sorted(Comparator.reverseOrder()).forEach(SimFlistd::delete);
            }
        }
    }

    private static void delete(Path path) {
        try {
            Files.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
