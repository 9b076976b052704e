package vmtestd.run;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.sim.EmbeddedBroker;

/** Each test of a subclass has a broker and a rig of its own. */
abstract class RigTest {
    @TempDir
    Path directory;
    EmbeddedBroker broker;
    Rig rig;
    private final Duration timeout;

    RigTest() {
        this(Duration.ofSeconds(30));
    }

    /** @param timeout of the rig's calls */
    RigTest(Duration timeout) {
        this.timeout = timeout;
    }

    @BeforeEach
    void startRig() throws IOException {
        broker = new EmbeddedBroker(directory.resolve("s"), null);
        rig = new Rig(broker.url(), directory, timeout);
    }

    @AfterEach
    void stopRig() throws IOException {
        rig.close();
        broker.close();
    }
}
