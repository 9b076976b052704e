package vmtestd.process;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.SimNode;

/** Each test of a subclass has a simulated node of its own. */
abstract class NodeTest {
    @TempDir
    Path directory;
    EmbeddedBroker broker;
    SimNode node;

    @BeforeEach
    void startNode() throws IOException {
        broker = new EmbeddedBroker(directory.resolve("redis.sock"), null);
        node = new SimNode(broker.url(), directory);
    }

    @AfterEach
    void stopNode() throws IOException {
        node.close();
        broker.close();
    }
}
