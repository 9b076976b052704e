package vmtestd.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import vmtestd.sim.SimNetworkd.Wrong;

/** Shows one run by hand, on a simulated node, with or without a fault. Run by {@code make demo}. */
final class Demo {
    private Demo() {}

    private static final String BOTH = "storage+network";

    public static void main(String[] args) throws IOException, InterruptedException {
        String scenario = System.getenv().getOrDefault("SCENARIO", "boot");
        System.exit(args.length == 0 ? show(scenario, null, null, null, Wrong.NOTHING) : withFault(args[0], scenario));
    }

    /** A fault that needs a disk or an interface has both. */
    private static int withFault(String wanted, String scenario) throws IOException, InterruptedException {
        List<String> names = new ArrayList<>();
        for (Point point : Point.values()) {
            for (Fault fault : Fault.values()) {
                String name = point + "-" + fault;
                if (point.takes(fault) && isReached(point)) {
                    if (name.equals(wanted)) {
                        return show(point.needsPeripherals() ? BOTH : scenario, point, fault, null, Wrong.NOTHING);
                    }
                    names.add(name);
                }
            }
        }
        for (SimGuest guest : SimGuest.values()) {
            if (guest.toString().equals(wanted)) {
                return show(scenario, null, null, guest, Wrong.NOTHING);
            }
            names.add(guest.toString());
        }
        // The process of the demo does not send echo requests, so it would not notice that they are not answered.
        for (Wrong wrong : EnumSet.complementOf(EnumSet.of(Wrong.NOTHING, Wrong.NO_ANSWER))) {
            if (wrong.toString().equals(wanted)) {
                return show(BOTH, null, null, null, wrong);
            }
            names.add(wrong.toString());
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
        return point.isInShortRun() || point == Point.WAIT || point.needsPeripherals();
    }

    /** Returns 0 if the run passed without a fault, or failed with one. */
    private static int show(String scenario, Point point, Fault fault, SimGuest guest, Wrong network) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("vmtestd-demo");
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("redis.sock"), null);
                SimNode node = new SimNode(broker.url(), directory)) {
            node.expectWait();
            if (fault != null) {
                node.inject(point, fault);
                System.out.println("a simulated node, on which " + point + " fails: " + fault);
            }
            node.networkd().be(network);
            List<String> command = new ArrayList<>(List.of("./vmtestd.sh", "--once", "--broker", broker.url(),
                    "--root", directory.resolve("root").toString(), "--wait", "2s",
                    "--scenario", scenario, "--timeout", "3s", "--boot-timeout", "5s"));
            if (guest != null) {
                node.proc().guest(guest);
                System.out.println("a simulated node with a /proc that shows a guest: " + guest);
            }
            if (guest != null || !scenario.equals("boot")) {
                command.addAll(List.of("--procfs", directory.resolve("proc").toString()));
            }
            Process process = new ProcessBuilder(command).inheritIO().start();
            int status = process.waitFor();
            Set<String> left = node.left();
            System.out.println("exit status " + status);
            System.out.println("left on the node: " + (left.isEmpty() ? "nothing" : left));
            boolean good = fault == null && network == Wrong.NOTHING && (guest == null || guest == SimGuest.GOOD || guest == SimGuest.SMALL);
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
