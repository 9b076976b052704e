package vmtestd.sim;

import static vmtestd.sim.FakeModule.command;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.msgpack.value.Value;
import vmtestd.redis.Reply;

/** A module of the node: an object with one worker, a worker for the status, and the faults of both. */
public final class SimModule {
    /** Executes a method and returns its result, or null for none. */
    interface Service {
        Value call(String method, List<Value> inputs) throws CallError, IOException, InterruptedException;
    }

    private static final long LONG_SECONDS = 60;

    private final SimNode node;
    private final String name;
    private final String object;
    private final Service service;
    private FakeModule worker;
    private FakeModule status;
    private volatile boolean running;
    private volatile String action = "";
    private volatile Instant since = Instant.EPOCH;
    /** Not null while the module is down; its status worker ends that. */
    private volatile CountDownLatch down;
    /** Counted down by the first request for the status; new for each {@link Fault#LATE_ANSWER}. */
    private volatile CountDownLatch statusAsked = new CountDownLatch(1);

    /** @param object such as {@code manager@0.0.1} */
    SimModule(SimNode node, String name, String object, Service service) {
        this.node = node;
        this.name = name;
        this.object = object;
        this.service = service;
    }

    public synchronized void start() {
        worker = new FakeModule(node.broker(), name + "." + object, this::work);
        status = new FakeModule(node.broker(), FakeModule.statusQueue(name), this::answerStatus);
        running = true;
    }

    /** Stops both workers. Requests stay on their queues. */
    public synchronized void stop() {
        if (running) {
            running = false;
            worker.close();
            status.close();
        }
    }

    /** Reports the worker as busy with a call, such as {@code [storage@0.0.1].DiskCreate()}, or as free if it is empty. */
    public void occupy(String call) {
        since = Instant.now();
        action = call;
    }

    /** Waits until the module runs and its worker is free. */
    void awaitFree() throws InterruptedException {
        while (!running || !action.isEmpty()) {
            Thread.sleep(5);
        }
    }

    /** Waits until all requests that are on the queue now have been handled; returns at once if the module is stopped. */
    void awaitIdle() throws IOException, InterruptedException {
        if (running) {
            worker.awaitIdle();
        }
    }

    /** Ends {@link Fault#DOWN}. */
    void bringUp() {
        CountDownLatch dead = down;
        if (dead != null) {
            dead.countDown();
        }
    }

    private byte[] work(FakeModule.Request request) throws IOException, InterruptedException {
        Call call = new Call(name, request.method(), request.inputs().stream().map(Value::toJson).toList());
        Fault fault = node.faultFor(call);
        if (fault == Fault.DOWN) {
            playDead(request, call);
            return null;
        }
        node.record(call);
        if (fault == Fault.CUT) {
            FakeModule.cutClients(node.broker());
        }
        occupy("[" + object + "]." + call.method() + "()");
        if (fault == Fault.LATE_ANSWER) {
            statusAsked = new CountDownLatch(1);
            if (!statusAsked.await(LONG_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody gave the late call up");
            }
        }
        try {
            return response(request, fault);
        } finally {
            action = "";
        }
    }

    /** Puts a request back as if it had not been taken, and takes none until the caller has asked why. */
    private void playDead(FakeModule.Request request, Call call) throws IOException, InterruptedException {
        down = new CountDownLatch(1);
        command(node.broker(), "LPUSH", name + "." + object, request.bytes());
        node.reach(call);
        if (!down.await(LONG_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("nobody asked for the status of the module that is down");
        }
        down = null;
    }

    private byte[] response(FakeModule.Request request, Fault fault) throws IOException, InterruptedException {
        boolean run = request.method().equals("Run");
        if (fault == Fault.ERROR) {
            return FakeModule.error(request.id(), "injected error of " + name);
        }
        if (fault == Fault.PANIC) {
            return FakeModule.protocolError(request.id(), "panic: injected into " + name);
        }
        if (fault == Fault.VM_DIES && !run) {
            node.vmd().killOurs();
        }
        String id = fault == Fault.WRONG_ID ? "00000000-0000-4000-8000-000000000000" : request.id();
        byte[] response = fault == Fault.DOES_NOTHING ? FakeModule.result(id, null) : result(id, request, fault == Fault.STAYS);
        if (fault == Fault.VM_DIES && run) {
            node.vmd().killOurs();
        }
        return fault == Fault.NO_ANSWER ? null
                : fault == Fault.MALFORMED ? new byte[] {(byte) 0x83, (byte) 0xa2, 'I', 'D', (byte) 0xdb, -1, -1, -1} : response;
    }

    private byte[] result(String id, FakeModule.Request request, boolean pinned) throws IOException, InterruptedException {
        node.proc().pin(pinned);
        try {
            Value result = service.call(request.method(), request.inputs());
            return FakeModule.result(id, result == null ? null : FakeModule.pack(result));
        } catch (CallError e) {
            return FakeModule.error(id, e.getMessage());
        } finally {
            node.proc().pin(false);
        }
    }

    private byte[] answerStatus(FakeModule.Request request) throws IOException, InterruptedException {
        CountDownLatch dead = down;
        if (dead != null) {
            String queue = FakeModule.statusQueue(name);
            command(node.broker(), "LPUSH", queue, request.bytes());
            while (!command(node.broker(), "LLEN", queue).equals(new Reply.Int(0))) {
                Thread.sleep(5);
            }
            dead.countDown();
            return null;
        }
        byte[] response = FakeModule.result(request.id(), FakeModule.status(since, action));
        statusAsked.countDown();
        return response;
    }
}
