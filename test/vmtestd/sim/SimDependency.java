package vmtestd.sim;

import java.time.Instant;
import vmtestd.redis.BrokerUrl;

/** provisiond or storaged. It only answers for its status; what depends on it waits while it is down or busy, without end. */
public final class SimDependency {
    private final String name;
    private final BrokerUrl broker;
    private final SimNode node;
    private volatile SimModule module;

    SimDependency(String name, BrokerUrl broker, SimNode node) {
        this.name = name;
        this.broker = broker;
        this.node = node;
        start();
    }

    /** Has it run, with its worker free. */
    public void start() {
        module = new SimModule(name, name + "@0.0.1", broker, (method, inputs) -> null, node);
        module.start();
    }

    public void stop() {
        module.stop();
    }

    /** Has its worker be in a call, such as {@code [storage@0.0.1].DiskCreate()}; with an empty one it is free again. */
    public void occupy(String call) {
        module.occupy(call, Instant.now());
    }

    void await() throws InterruptedException {
        while (!module.isServing()) {
            Thread.sleep(5);
        }
    }
}
