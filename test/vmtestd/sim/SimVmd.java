package vmtestd.sim;

import static vmtestd.sim.FakeModule.field;
import static vmtestd.sim.FakeModule.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.msgpack.value.Value;
import org.msgpack.value.ValueFactory;

/** vmd: a VM is an entry in a map. */
public final class SimVmd {
    private static final long MIN_MEMORY = 250L << 20;
    private static final int HOST_CPUS = 8;
    private static final String PANIC = "[    0.000000] Linux version 5.12.9\n"
            + "[    0.812345] Kernel panic - not syncing: VFS: Unable to mount root fs\n";

    private record Machine(long cpu, long memory) {}

    private final SimNode node;
    private final Map<String, Machine> running = new ConcurrentHashMap<>();
    private final Map<String, String> logs = new ConcurrentHashMap<>();
    private volatile String runError = "";

    SimVmd(SimNode node) {
        this.node = node;
    }

    /** Returns the names of all running VMs. */
    public List<String> running() {
        return List.copyOf(new TreeMap<>(running).keySet());
    }

    /** Makes every Run fail with this error, or none if it is empty. */
    public void failRun(String words) {
        runError = words;
    }

    /** Adds a VM that somebody else deployed. */
    public void addRunning(String name) {
        running.put(name, new Machine(2, 1L << 30));
    }

    /** Removes all VMs, as on a node without users. */
    public void removeAll() {
        running.clear();
    }

    boolean lives(String name) {
        return running.containsKey(name);
    }

    /** Kills the VM under test; its console log ends with a kernel panic. */
    public void killOurs() {
        node.ours().forEach(name -> {
            running.remove(name);
            node.proc().vmEnded(name);
            logs.put(name, PANIC);
        });
    }

    Value call(String method, List<Value> inputs) throws CallError, IOException, InterruptedException {
        if (method.equals("Run")) {
            node.provision.awaitFree();
            run(inputs.get(0));
            return ValueFactory.newMap(text("ConsoleURL"), text(""));
        }
        if (method.equals("List")) {
            return ValueFactory.newArray(running.keySet().stream().map(FakeModule::text).toList());
        }
        String name = inputs.get(0).asStringValue().asString();
        return switch (method) {
            case "Exists" -> {
                node.proc().askedFor(name);
                yield ValueFactory.newBoolean(running.containsKey(name));
            }
            case "Inspect" -> inspect(name);
            case "Logs" -> text(logs.getOrDefault(name, "no logs available"));
            case "Delete" -> {
                if (running.containsKey(name) && !node.mayDelete(name)) {
                    node.violation("Delete of " + name);
                }
                if (!node.isImmortal(name)) {
                    running.remove(name);
                    node.proc().vmEnded(name);
                    logs.remove(name);
                }
                yield null;
            }
            default -> throw new IllegalArgumentException(method);
        };
    }

    private void run(Value vm) throws CallError, IOException {
        String name = field(vm, "Name").asStringValue().asString();
        long cpu = field(vm, "CPU").asIntegerValue().asLong();
        long memory = field(vm, "Memory").asIntegerValue().asLong();
        Path kernel = Path.of(field(vm, "KernelImage").asStringValue().asString());
        Value boot = field(vm, "Boot");
        Path bootPath = Path.of(field(boot, "Path").asStringValue().asString());
        boolean disk = field(boot, "Type").asIntegerValue().asInt() == 0;
        check(!name.isEmpty(), "name is required");
        check(!kernel.toString().isEmpty(), "kernel-image is required");
        check(memory >= MIN_MEMORY, "invalid memory must not be less than 250M");
        check(cpu >= 1 && cpu <= HOST_CPUS, "invalid cpu must be between 1 and " + HOST_CPUS);
        check(!running.containsKey(name), "a vm with same name already exists");
        check(Files.isRegularFile(kernel, LinkOption.NOFOLLOW_LINKS), "no kernel at " + kernel);
        check(Files.exists(bootPath, LinkOption.NOFOLLOW_LINKS), "nothing to boot from at " + bootPath);
        check(!disk || node.flistd().isWritable(bootPath), "disk " + bootPath + " cannot be opened for writing");
        check(!field(vm, "NoKeepAlive").isNilValue() && field(vm, "NoKeepAlive").asBooleanValue().getBoolean(),
                "a test VM that is kept alive hides its death");
        check(runError.isEmpty(), runError);
        for (Value device : list(field(field(vm, "Network"), "Ifaces"))) {
            String tap = field(device, "Tap").asStringValue().asString();
            if (!node.networkd().exists(tap)) {
                node.violation("Run without " + tap + ", after which vmd kills every process of the node");
            }
            node.networkd().guestSends(tap);
        }
        for (Value data : list(field(vm, "Disks"))) {
            Matcher matcher = Pattern.compile("/bin/sh -c \"echo (\\S+) >" + field(data, "Target").asStringValue().asString()
                    + "/vmtestd; sync; exec /sbin/init\"").matcher(field(vm, "Entrypoint").asStringValue().asString());
            check(matcher.matches(), "no init that writes to the disk: " + field(vm, "Entrypoint"));
            node.storaged().guestWrites(Path.of(field(data, "Path").asStringValue().asString()), matcher.group(1));
        }
        running.put(name, new Machine(cpu, memory));
        node.proc().vmStarted(name, !disk);
        logs.put(name, "[    0.000000] Linux version 5.12.9\n");
    }

    private static List<Value> list(Value value) {
        return value.isNilValue() ? List.of() : value.asArrayValue().list();
    }

    private static void check(boolean condition, String words) throws CallError {
        if (!condition) {
            throw new CallError(words);
        }
    }

    private Value inspect(String name) throws CallError {
        Machine machine = running.get(name);
        check(machine != null, "failed to inspect: machine '" + name + "' is not running");
        return ValueFactory.newMapBuilder()
                .put(text("HtEnabled"), ValueFactory.newBoolean(false))
                .put(text("Memory"), ValueFactory.newInteger(machine.memory >> 20))
                .put(text("CPU"), ValueFactory.newInteger(machine.cpu)).build();
    }
}
