package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Connection;
import vmtestd.redis.Reply;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.Flist;
import vmtestd.sim.SimNode;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/** A token in the query of an flist's URL, which flistd repeats in its error, is shown nowhere; nor is the broker's password. */
class SecretsTest {
    private static final String TOKEN = "hunter2";
    private static final String FLIST = "https://flists.example/a.flist?user=me&token=" + TOKEN;
    private static final String KERNELS = SimNode.HUB + "kernels.flist?token=" + TOKEN;
    private static final String SHOWN = "https://flists.example/a.flist?...";

    @TempDir
    private Path directory;

    private Program start(EmbeddedBroker broker, String... args) throws Exception {
        List<String> all = new ArrayList<>(List.of("--broker", broker.url(), "--root", directory.resolve("root").toString(),
                "--wait", "0s"));
        all.addAll(List.of(args));
        return Program.start(all.toArray(String[]::new));
    }

    private static void assertShown(String text, String where) {
        assertTrue(text.contains(SHOWN), () -> where + ": " + text);
        assertFalse(text.contains(TOKEN), () -> where + ": " + text);
    }

    @Test
    void ofAFailedRunOfTheDaemon() throws Exception {
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("s"), null);
                SimNode node = new SimNode(broker.url(), directory)) {
            try (Program daemon = start(broker, "--interval", "1s", "--debug", "--flist", FLIST, "--listen", "127.0.0.1:0")) {
                String address = daemon.awaitLine(" info listening address=").replaceAll(".*address=", "");
                daemon.awaitLine(" error vm test failed step=mount ");
                assertShown(node.zui().await(1).errors().toString(), "zui");
                daemon.awaitLine(" call queue=zui\\.zui@0\\.0\\.1 ");
                assertShown(perf(broker), "perf");
                assertShown(HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create("http://" + address + "/status")).build(),
                        BodyHandlers.ofString()).body(), "/status");
                daemon.signal("TERM");
                assertEquals(0, daemon.awaitExit(), daemon::toString);
                assertShown(daemon.out().toString(), "log");
                for (String line : daemon.out()) {
                    assertTrue(!line.contains("flists.example") || line.contains(SHOWN), line);
                }
            }
            assertShown(Files.readString(directory.resolve("root/history")), "history");
            assertFalse(Files.readString(directory.resolve("root/metrics.prom")).contains(TOKEN));
            assertShown(output(start(broker, "--status", "--json"), 1), "--status --json");
            // Its lines are short, and break anywhere.
            assertShown(output(start(broker, "--status"), 1).replaceAll("\\s", ""), "--status");
            assertShown(output(start(broker, "--once", "--flist", FLIST), 1), "--once");
            assertShown(output(start(broker, "--once", "--debug", "--flist", FLIST), 1), "--once --debug");
            assertShown(output(start(broker, "--once", "--flist", FLIST + " x"), 2), "wrong usage");
        }
    }

    @Test
    void ofTheKernelFlistOfARunThatPasses() throws Exception {
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("s"), null);
                SimNode node = new SimNode(broker.url(), directory)) {
            node.flistd().publish(KERNELS, Flist.kernels());
            String output = output(start(broker, "--once", "--debug", "--kernel-flist", KERNELS), 0);
            assertTrue(output.contains("container, kernel from kernels.flist\n"), output);
            assertFalse(output.contains(TOKEN), output);
        }
    }

    @Test
    void ofTheBrokerIfItComesFromTheEnvironment() throws Exception {
        Path socket = directory.resolve("s");
        try (EmbeddedBroker broker = new EmbeddedBroker(socket, TOKEN);
                SimNode node = new SimNode("unix://" + TOKEN + "@" + socket, directory)) {
            String output = output(Program.start(Path.of("env"), Path.of("").toAbsolutePath(), "VMTESTD_BROKER_PASSWORD=" + TOKEN,
                    "./vmtestd.sh", "--once", "--debug", "--wait", "0s", "--broker", broker.url(), "--root",
                    directory.resolve("root").toString()), 0);
            assertEquals(SimNode.FOREIGN.size(), node.vmd().running().size());
            assertFalse(output.contains(TOKEN), output);
        }
    }

    private static String output(Program program, int status) throws InterruptedException {
        try (program) {
            assertEquals(status, program.awaitExit(), program::toString);
            return String.join("\n", program.out()) + String.join("\n", program.err());
        }
    }

    /** The log has told that zui was called, and perf comes before that. */
    private static String perf(EmbeddedBroker broker) throws Exception {
        Deadline deadline = Deadline.in(Clock.system(), Duration.ofSeconds(60));
        try (Connection connection = Connection.open(BrokerUrl.parse(broker.url()), deadline)) {
            Reply reply = connection.call(deadline, "GET", "perf.vmtest");
            return new String(((Reply.Bulk) reply).bytes(), StandardCharsets.UTF_8);
        }
    }
}
