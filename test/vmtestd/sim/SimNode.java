package vmtestd.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.msgpack.value.Value;
import org.msgpack.value.ValueFactory;
import vmtestd.redis.Reply;

/**
 * A node with flistd, vmd, zui, provisiond, storaged and networkd behind a broker. It records every call and every violation, and a
 * test can make any call fail.
 */
public final class SimNode implements AutoCloseable {
    public static final String HUB = "https://hub.threefold.me/";
    /** An flist of a container. Like the others, the hub has it from the start. */
    public static final String CONTAINER = HUB + "tf-official-apps/alpine3.flist";
    public static final String FULL_VM = HUB + "tf-official-vms/ubuntu.flist";
    public static final String DISK_ONLY = HUB + "tf-official-vms/disk.flist";
    public static final String KERNELS = HUB + "tf-autobuilder/cloud-container-9dba60e.flist";
    /** VMs that run from the start and must never be removed: users' workloads, and names that resemble ours. */
    public static final List<String> FOREIGN = List.of(
            "12-345-vm", "healthcheck-vm-1700000000", "test-vm-", "test-vm-1700000000x", "test-vm-abc", "xtest-vm-1700000000");

    private static final Value READ_ONLY = ValueFactory.newMap(FakeModule.text("ReadOnly"), ValueFactory.newBoolean(true));

    private record Injection(Point point, Fault fault, boolean forEver) {}

    /** An action of a test at a call. */
    public interface Action {
        void run() throws IOException, InterruptedException;
    }

    private final Map<String, SimModule> modules = new LinkedHashMap<>();
    /** vmd's Run waits for provisiond, flistd's Unmount and a writable Mount for storaged. */
    public final SimModule provision = module("provision", "provision@0.0.1", (method, inputs) -> null);
    public final SimModule storage = module("storage", "storage@0.0.1", (method, inputs) -> storaged().call(method, inputs));
    private final String broker;
    private final SimFlistd flistd;
    private final SimVmd vmd;
    private final SimStoraged storaged;
    private final SimNetworkd networkd;
    private final SimProc proc;
    private final SimZui zui = new SimZui();
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private final Set<String> leftovers = new HashSet<>();
    private final Set<String> immortal = ConcurrentHashMap.newKeySet();
    private final Map<Point, Action> actions = new HashMap<>();
    private final List<Injection> faults = new CopyOnWriteArrayList<>();
    private boolean waits;
    private Point watched;
    private CompletableFuture<Call> reached;

    /**
     * Starts a node.
     *
     * @param broker the URL of a running broker
     * @param directory for mounts
     */
    public SimNode(String broker, Path directory) {
        this(broker, directory, true);
    }

    private SimNode(String broker, Path directory, boolean withZui) {
        this.broker = broker;
        proc = new SimProc(directory);
        flistd = new SimFlistd(directory, this);
        try {
            storaged = new SimStoraged(directory);
            networkd = new SimNetworkd(directory, this);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        vmd = new SimVmd(this);
        flistd.publish(CONTAINER, Flist.container());
        flistd.publish(FULL_VM, Flist.fullVm());
        flistd.publish(DISK_ONLY, Flist.diskOnly());
        flistd.publish(KERNELS, Flist.kernels());
        FOREIGN.forEach(vmd::addRunning);
        module("flist", "flist@0.0.1", flistd::call);
        module("vmd", "manager@0.0.1", vmd::call);
        module("network", "network@0.0.1", networkd::call);
        module("zui", "zui@0.0.1", zui::call);
        modules.forEach((name, module) -> {
            if (withZui || !name.equals("zui")) {
                module.start();
            }
        });
    }

    private SimModule module(String name, String object, SimModule.Service service) {
        SimModule module = new SimModule(this, name, object, service);
        modules.put(name, module);
        return module;
    }

    /** Returns a node whose zui is not running; see {@link #start}. */
    public static SimNode withoutZui(String broker, Path directory) {
        return new SimNode(broker, directory, false);
    }

    public void start(String module) {
        modules.get(module).start();
    }

    /** Stops a module, including its status worker. */
    public void stop(String module) {
        modules.get(module).stop();
    }

    @Override
    public void close() {
        modules.values().forEach(SimModule::stop);
    }

    public SimFlistd flistd() {
        return flistd;
    }

    public SimVmd vmd() {
        return vmd;
    }

    public SimStoraged storaged() {
        return storaged;
    }

    public SimNetworkd networkd() {
        return networkd;
    }

    public SimProc proc() {
        return proc;
    }

    public SimZui zui() {
        return zui;
    }

    /** Injects a fault into the next call at a point. */
    public void inject(Point point, Fault fault) {
        faults.add(new Injection(point, fault, false));
    }

    /** Injects a fault into every later call at a point. */
    public void injectAlways(Point point, Fault fault) {
        faults.add(new Injection(point, fault, true));
    }

    /** Removes all faults. */
    public void clearFaults() {
        faults.clear();
        immortal.clear();
    }

    /** Removes all faults and forgets earlier calls, except for the VMs that they started. */
    public synchronized void newRun() {
        clearFaults();
        actions.clear();
        leftovers.clear();
        leftovers.addAll(ours());
        calls.clear();
    }

    /** Counts the first Exists of a run as {@link Point#WAIT} from now on. */
    public synchronized void expectWait() {
        waits = true;
    }

    /** Makes a VM survive every Delete. */
    public void makeImmortal(String name) {
        immortal.add(name);
    }

    /** Runs an action when the next call at this point has been taken off its queue, before it is executed. */
    public synchronized void onCall(Point point, Action action) {
        actions.put(point, action);
    }

    /** Completes when a call at this point has been taken off its queue, before it is executed. */
    public synchronized CompletableFuture<Call> reached(Point point) {
        watched = point;
        reached = new CompletableFuture<>();
        return reached;
    }

    /** Returns all calls of vmd and flistd so far, in order; those of zui are in {@link SimZui#pushes}. */
    public List<Call> calls() {
        return List.copyOf(calls);
    }

    /** Returns the names of the calls: {@code vmd.List flist.Mount ...}. Repeated calls of Exists count as one. */
    public String callNames() {
        return String.join(" ", calls.stream().map(Call::toString).toList()).replaceAll("(vmd.Exists )+", "vmd.Exists ");
    }

    /** Returns what happened although it must not. */
    public List<String> violations() {
        return List.copyOf(violations);
    }

    /**
     * Returns what is left: VMs and mounts that were not there from the start, and keys in the broker, except for
     * {@code perf.vmtest}, which expires, and for late replies, which expire after 300 s.
     */
    public Set<String> left() throws IOException, InterruptedException {
        Set<String> left = new TreeSet<>(flistd.mounts().stream().map(name -> "mount " + name).toList());
        vmd.running().stream().filter(name -> !FOREIGN.contains(name)).forEach(name -> left.add("VM " + name));
        storaged.disks().forEach(name -> left.add("disk " + name));
        networkd.taps().forEach(name -> left.add("tap " + name));
        FOREIGN.stream().filter(name -> !vmd.lives(name)).forEach(name -> left.add("gone: foreign VM " + name));
        keys().forEach(key -> left.add("key " + key));
        // These expire by themselves.
        left.removeIf(key -> key.equals("key perf.vmtest") || key.startsWith("key vmtestd.") || key.matches("key [0-9a-f-]{36}|key [a-z.]+@0\\.0\\.1\\.[A-Z].*"));
        return left;
    }

    /** Returns the ids that runs have claimed and not released. */
    public List<String> claims() throws IOException, InterruptedException {
        return keys().stream().filter(key -> key.startsWith("vmtestd.")).toList();
    }

    private List<String> keys() throws IOException, InterruptedException {
        Reply.Array keys = (Reply.Array) FakeModule.command(broker, "KEYS", "*");
        return keys.items().stream().map(key -> new String(((Reply.Bulk) key).bytes(), StandardCharsets.UTF_8)).toList();
    }

    /** Waits until a VM is running that a call started. */
    public void awaitRunning() throws InterruptedException {
        long until = System.nanoTime() + 60_000_000_000L;
        while (ours().stream().noneMatch(vmd::lives)) {
            if (System.nanoTime() - until > 0) {
                throw new AssertionError("no VM was started");
            }
            Thread.sleep(5);
        }
    }

    /** Waits until all requests that are on a queue now have been handled. */
    public void awaitIdle() throws IOException, InterruptedException {
        for (SimModule module : modules.values()) {
            module.awaitIdle();
        }
    }

    /** Ends {@link Fault#DOWN}. */
    public void bringUp() {
        modules.values().forEach(SimModule::bringUp);
    }

    /** Adds a VM and its mounts, as a killed run leaves them behind. */
    public void addLeftover(String id) throws IOException, CallError, InterruptedException {
        leftovers.add(id);
        flistd.call("Mount", List.of(FakeModule.text(id), FakeModule.text(CONTAINER), READ_ONLY));
        flistd.call("Mount", List.of(FakeModule.text(id + "-kernel"), FakeModule.text(KERNELS), READ_ONLY));
        vmd.addRunning(id);
    }

    // ---- for the modules

    String broker() {
        return broker;
    }

    void record(Call call) {
        if (!call.module().equals("zui")) {
            calls.add(call);
        }
    }

    void violation(String words) {
        violations.add(words);
    }

    boolean isImmortal(String name) {
        return immortal.contains(name);
    }

    /** Returns whether a VM may be deleted: a call started it, or it is a leftover. */
    boolean mayDelete(String name) {
        return leftovers.contains(name) || !FOREIGN.contains(name) && ours().contains(name)
                || calls.stream().anyMatch(call -> call.method().equals("Mount") && call.name().equals(name));
    }

    /** Returns the names of the VMs that calls started. */
    List<String> ours() {
        Pattern name = Pattern.compile("\"Name\":\"([^\"]*)\"");
        return calls.stream().filter(call -> call.method().equals("Run")).map(call -> {
            Matcher matcher = name.matcher(call.inputs().get(0));
            return matcher.find() ? matcher.group(1) : "";
        }).toList();
    }

    /** Returns the fault to inject into a call, or null; a fault for one call is used up. */
    synchronized Fault faultFor(Call call) throws InterruptedException {
        Point point = Point.of(call, calls, waits);
        Action action = actions.remove(point);
        if (action != null) {
            try {
                action.run();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        for (Injection injection : faults) {
            if (injection.point == point) {
                if (!injection.forEver) {
                    faults.remove(injection);
                }
                if (injection.fault != Fault.DOWN) {
                    reach(call);
                }
                return injection.fault;
            }
        }
        reach(call);
        return null;
    }

    /** Completes {@link #reached} if a call has been taken, or put back by a module that is down. */
    synchronized void reach(Call call) {
        if (Point.of(call, calls, waits) == watched && reached != null) {
            reached.complete(call);
        }
    }
}
