package vmtestd.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import vmtestd.node.Node;
import vmtestd.redis.BrokerUrl;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.zbus.CallListener;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusException;

/**
 * Asks vmd for its list, or for a console log, from inside the image, and says {@code answer}, the median time in
 * ms, the anonymous memory that this process has then in MiB, and how many names or characters came; or the error.
 *
 * <p>Arguments: the broker's URL; {@code list} or {@code logs}.
 */
final class AnswerTimes {
    private static final int SAMPLES = 5;

    private AnswerTimes() {}

    public static void main(String[] args) throws Exception {
        Node node = new Node(new ZbusClient(BrokerUrl.parse(args[0]), Clock.system(), CallListener.NONE), Path.of("/proc"));
        List<Double> millis = new ArrayList<>();
        String came = "";
        for (int i = 0; i < SAMPLES; i++) {
            long begin = System.nanoTime();
            came = args[1].equals("list") ? list(node) : logs(node);
            millis.add((System.nanoTime() - begin) / 1e6);
        }
        String anonymous = Files.readAllLines(Path.of("/proc/self/smaps_rollup")).stream()
                .filter(line -> line.startsWith("Anonymous:")).findFirst().orElseThrow().split(" +")[1];
        System.out.println("answer " + Table.median(millis) + " " + Double.parseDouble(anonymous) / 1024 + " " + came);
    }

    private static String list(Node node) throws InterruptedException {
        try {
            return node.vmd().list(soon()).size() + " names";
        } catch (ZbusException | OutOfMemoryError e) {
            return e.toString();
        }
    }

    private static String logs(Node node) throws InterruptedException {
        try {
            return node.vmd().logs("test-vm-1763832962", soon()).length() + " characters";
        } catch (ZbusException | OutOfMemoryError e) {
            return e.toString();
        }
    }

    private static Deadline soon() {
        return Deadline.in(Clock.system(), Duration.ofSeconds(60));
    }
}
