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
 * A node with flistd, vmd, zui, provisiond and storaged behind a broker. It records every call, and whatever must never
 * happen on a node; and it can be told to fail at any call.
 */
public final class SimNode implements AutoCloseable {
    public static final String HUB = "https://hub.threefold.me/";
    /** An flist that the hub has from the start: a container. */
    public static final String CONTAINER = HUB + "tf-official-apps/alpine3.flist";
    public static final String FULL_VM = HUB + "tf-official-vms/ubuntu.flist";
    public static final String DISK_ONLY = HUB + "tf-official-vms/disk.flist";
    public static final String KERNELS = HUB + "tf-autobuilder/cloud-container-9dba60e.flist";
    /** What runs from the start and must run for ever: workloads of users, and names that are almost ours. */
    public static final List<String> FOREIGN = List.of(
            "12-345-vm", "healthcheck-vm-1700000000", "test-vm-", "test-vm-1700000000x", "test-vm-abc", "xtest-vm-1700000000");

    private static final Value READ_ONLY = ValueFactory.newMap(FakeModule.text("ReadOnly"), ValueFactory.newBoolean(true));

    private record Injection(Point point, Fault fault, boolean forEver) {}

    /** What a test does at a call. */
    public interface Action {
        void run() throws IOException, InterruptedException;
    }

    private final Map<String, SimModule> modules = new LinkedHashMap<>();
    /** vmd's Run waits for provisiond, flistd's Unmount and a writable Mount for storaged. */
    public final SimModule provision = module("provision", "provision@0.0.1", (method, inputs) -> null);
    public final SimModule storage = module("storage", "storage@0.0.1", (method, inputs) -> null);
    private final String broker;
    private final SimFlistd flistd;
    private final SimVmd vmd;
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
     * @param broker URL of a broker that runs
     * @param folder where mounts go
     */
    public SimNode(String broker, Path folder) {
        this(broker, folder, true);
    }

    private SimNode(String broker, Path folder, boolean withZui) {
        this.broker = broker;
        proc = new SimProc(folder);
        flistd = new SimFlistd(folder, this);
        vmd = new SimVmd(this);
        flistd.publish(CONTAINER, Flist.container());
        flistd.publish(FULL_VM, Flist.fullVm());
        flistd.publish(DISK_ONLY, Flist.diskOnly());
        flistd.publish(KERNELS, Flist.kernels());
        FOREIGN.forEach(vmd::addRunning);
        module("flist", "flist@0.0.1", flistd::call);
        module("vmd", "manager@0.0.1", vmd::call);
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

    /** Starts a node on which nobody answers for zui until it is started. */
    public static SimNode withoutZui(String broker, Path folder) {
        return new SimNode(broker, folder, false);
    }

    public void start(String module) {
        modules.get(module).start();
    }

    /** Stops a module, which does not return its status then either. */
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

    public SimProc proc() {
        return proc;
    }

    public SimZui zui() {
        return zui;
    }

    /** Has the next call at a point fail. */
    public void inject(Point point, Fault fault) {
        faults.add(new Injection(point, fault, false));
    }

    /** Has every call at a point fail from now on. */
    public void injectForEver(Point point, Fault fault) {
        faults.add(new Injection(point, fault, true));
    }

    /** All is well again. */
    public void clearFaults() {
        faults.clear();
        immortal.clear();
    }

    /** All is well again, and nothing is known of earlier calls but the VMs that they asked for. */
    public synchronized void newRun() {
        clearFaults();
        actions.clear();
        leftovers.clear();
        leftovers.addAll(ours());
        calls.clear();
    }

    /** From now on the first Exists of a run is one of its wait, for {@link Point#WAIT}. */
    public synchronized void expectWait() {
        waits = true;
    }

    /** Has a VM survive every Delete. */
    public void makeImmortal(String name) {
        immortal.add(name);
    }

    /** Has something done when the next call at this point has been taken, before it is worked on. */
    public synchronized void onCall(Point point, Action action) {
        actions.put(point, action);
    }

    /** Becomes complete when a call at this point has been taken, before it is worked on. */
    public synchronized CompletableFuture<Call> reached(Point point) {
        watched = point;
        reached = new CompletableFuture<>();
        return reached;
    }

    /** All calls of vmd and flistd so far, in their order; those of zui are in {@link SimZui#pushes}. */
    public List<Call> calls() {
        return List.copyOf(calls);
    }

    /** The calls in short: {@code vmd.List flist.Mount ...}. A VM that has to live is asked for again and again, which is one here. */
    public String callNames() {
        return String.join(" ", calls.stream().map(Call::toString).toList()).replaceAll("(vmd.Exists )+", "vmd.Exists ");
    }

    /** What must never happen and did. */
    public List<String> violations() {
        return List.copyOf(violations);
    }

    /**
     * Names of VMs and mounts beyond those that were there from the start, and keys in the broker but for
     * {@code perf.vmtest}, which is there to be read and expires, and for late replies, which expire after 300 s.
     */
    public Set<String> left() throws IOException, InterruptedException {
        Set<String> left = new TreeSet<>(flistd.mounts().stream().map(name -> "mount " + name).toList());
        vmd.running().stream().filter(name -> !FOREIGN.contains(name)).forEach(name -> left.add("VM " + name));
        FOREIGN.stream().filter(name -> !vmd.lives(name)).forEach(name -> left.add("gone: foreign VM " + name));
        keys().forEach(key -> left.add("key " + key));
        // These expire by themselves.
        left.removeIf(key -> key.equals("key perf.vmtest") || key.startsWith("key vmtestd.") || key.matches("key [0-9a-f-]{36}"));
        return left;
    }

    /** The ids that runs have claimed and not released, each the key of a value that expires. */
    public List<String> claims() throws IOException, InterruptedException {
        return keys().stream().filter(key -> key.startsWith("vmtestd.")).toList();
    }

    private List<String> keys() throws IOException, InterruptedException {
        Reply.Array keys = (Reply.Array) FakeModule.command(broker, "KEYS", "*");
        return keys.items().stream().map(key -> new String(((Reply.Bulk) key).bytes(), StandardCharsets.UTF_8)).toList();
    }

    /** Waits until a VM runs that a call has asked for. */
    public void awaitRunning() throws InterruptedException {
        long until = System.nanoTime() + 60_000_000_000L;
        while (ours().stream().noneMatch(vmd::lives)) {
            if (System.nanoTime() - until > 0) {
                throw new AssertionError("no VM was asked for");
            }
            Thread.sleep(5);
        }
    }

    /** Waits until all requests that are on a queue now have been worked off. */
    public void awaitIdle() throws IOException, InterruptedException {
        for (SimModule module : modules.values()) {
            module.awaitIdle();
        }
    }

    /** Ends what {@link Fault#DOWN} has begun. */
    public void bringUp() {
        modules.values().forEach(SimModule::bringUp);
    }

    /** Puts a VM and its mounts on the node, as a run leaves them that was killed. */
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

    /** The VMs that were asked for by calls, or put there as leftovers: those that may be deleted. */
    boolean mayDelete(String name) {
        return leftovers.contains(name) || !FOREIGN.contains(name) && ours().contains(name)
                || calls.stream().anyMatch(call -> call.method().equals("Mount") && call.name().equals(name));
    }

    /** The names of the VMs that were asked for. */
    List<String> ours() {
        Pattern name = Pattern.compile("\"Name\":\"([^\"]*)\"");
        return calls.stream().filter(call -> call.method().equals("Run")).map(call -> {
            Matcher matcher = name.matcher(call.inputs().get(0));
            return matcher.find() ? matcher.group(1) : "";
        }).toList();
    }

    /** The fault to play at a call, which it uses up; null for none. */
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

    /** Tells whoever waits for it that a call has been taken; or, of a module that is down, put back. */
    synchronized void reach(Call call) {
        if (Point.of(call, calls, waits) == watched && reached != null) {
            reached.complete(call);
        }
    }
}
