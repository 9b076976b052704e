package vmtestd.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Shows one run by hand, on a simulated node, with or without a fault. Run by {@code make demo}. */
final class Demo {
    private Demo() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        System.exit(args.length == 0 ? show(null, null, null) : withFault(args[0]));
    }

    private static int withFault(String wanted) throws IOException, InterruptedException {
        List<String> names = new ArrayList<>();
        for (Point point : Point.values()) {
            for (Fault fault : Fault.values()) {
                String name = point + "-" + fault;
                if (point.takes(fault) && isReached(point)) {
                    if (name.equals(wanted)) {
                        return show(point, fault, null);
                    }
                    names.add(name);
                }
            }
        }
        for (SimGuest guest : SimGuest.values()) {
            if (guest.toString().equals(wanted)) {
                return show(null, null, guest);
            }
            names.add(guest.toString());
        }
        if (wanted.equals("list")) {
            names.forEach(System.out::println);
            return 0;
        }
        System.err.println("no fault is called '" + wanted + "'; make demo FAULT=list names those there are");
        return 2;
    }

    /** The demo deploys a container, which has no disk to mount. Logs are fetched only after a fault. */
    private static boolean isReached(Point point) {
        return point.isInShortRun() || point == Point.WAIT;
    }

    /** Returns 0 if the run passed without a fault, or failed with one. */
    private static int show(Point point, Fault fault, SimGuest guest) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("vmtestd-demo");
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("redis.sock"), null);
                SimNode node = new SimNode(broker.url(), directory)) {
            node.expectWait();
            if (fault != null) {
                node.inject(point, fault);
                System.out.println("a simulated node, on which " + point + " fails: " + fault);
            }
            List<String> command = new ArrayList<>(List.of("./vmtestd.sh", "--once", "--broker", broker.url(),
                    "--root", directory.resolve("root").toString(), "--wait", "2s", "--timeout", "3s", "--boot-timeout", "5s"));
            if (guest != null) {
                node.proc().guest(guest);
                System.out.println("a simulated node with a /proc that shows a guest: " + guest);
                command.addAll(List.of("--procfs", directory.resolve("proc").toString()));
            }
            Process process = new ProcessBuilder(command).inheritIO().start();
            int status = process.waitFor();
            Set<String> left = node.left();
            System.out.println("exit status " + status);
            System.out.println("left on the node: " + (left.isEmpty() ? "nothing" : left));
            boolean good = fault == null && (guest == null || guest == SimGuest.GOOD || guest == SimGuest.SMALL);
            return status == (good ? 0 : 1) && left.isEmpty() ? 0 : 1;
        } finally {
            try (Stream<Path> tree = Files.walk(directory)) {
                for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
