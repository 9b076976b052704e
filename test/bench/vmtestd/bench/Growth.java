package vmtestd.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import vmtestd.process.RealRedis;
import vmtestd.sim.FakeModule;
import vmtestd.zbus.MessageWriter;

/**
 * Shows what grows with the number of runs, of VMs on the node, and with the length of a console log: nothing past
 * its bound, and time no faster than the size.
 *
 * <p>Arguments: the image with {@link AnswerTimes} in it, and further options of the JVM.
 */
final class Growth {
    private static final List<Integer> RUNS = List.of(20, 200, 1000, 2000, 5000, 10_000);
    /** Failures are kept too. */
    private static final int FAIL_EVERY = 10;

    private final Path image;
    private final List<String> options;
    private final Path directory;
    private volatile byte[] answer;

    private Growth(Path directory, String... args) {
        image = Path.of(args[0]).toAbsolutePath();
        options = Arrays.asList(args).subList(1, args.length);
        this.directory = directory;
    }

    public static void main(String[] args) throws Exception {
        Growth growth = new Growth(Bench.directory(), args);
        growth.answers();
        growth.runs();
    }

    private void answers() throws Exception {
        Path home = Files.createDirectory(directory.resolve("answers"));
        RealRedis redis = new RealRedis(home);
        FakeModule vmd = new FakeModule(redis.url(), "vmd.manager@0.0.1", request -> FakeModule.result(request.id(), answer));
        try (redis; vmd) {
            System.out.printf("%-26s %10s %12s %15s  %s%n", "answer", "ms", "ns a byte", "anonymous, MiB", "what came");
            for (int names = 10; names <= 100_000; names *= 10) {
                MessageWriter list = new MessageWriter().array(names);
                for (int i = 0; i < names; i++) {
                    list.string("12-" + (100_000 + i) + "-vm");
                }
                row(redis, "list", "List of " + names, list.toBytes());
            }
            for (int kib : new int[] {2, 20, 200, 2 << 10, 20 << 10}) {
                row(redis, "logs", "console log of " + kib + " KiB", new MessageWriter().string("x".repeat(kib << 10)).toBytes());
            }
        }
    }

    private void row(RealRedis redis, String what, String title, byte[] bytes) throws Exception {
        answer = bytes;
        List<String> arguments = new ArrayList<>(options);
        arguments.addAll(List.of("-m", "vmtestd/vmtestd.bench.AnswerTimes", redis.url(), what));
        List<String> said = new CopyOnWriteArrayList<>();
        try (Jvm jvm = new Jvm(image, arguments, said::add)) {
            jvm.awaitExit();
        }
        String[] words = said.get(said.size() - 1).split(" ", 4);
        double millis = Double.parseDouble(words[1]);
        System.out.printf("%-26s %10.2f %12.1f %15.2f  %s%n", title, millis, millis * 1e6 / bytes.length, Double.parseDouble(words[2]), words[3]);
    }

    private void runs() throws Exception {
        System.out.printf("%n%-26s %15s %12s %8s %16s%n", "runs, one in " + FAIL_EVERY + " fails", "anonymous, MiB", "descriptors", "threads", "bytes in --root");
        int last = RUNS.get(RUNS.size() - 1);
        try (Service service = new Service(image, directory.resolve("node"), last, options)) {
            service.failEvery(FAIL_EVERY);
            for (int runs : RUNS) {
                service.await(runs);
                row(Integer.toString(runs), service);
            }
            TimeUnit.SECONDS.sleep(20);
            row("20 s later", service);
        }
    }

    private static void row(String title, Service service) throws IOException {
        System.out.printf("%-26s %15.2f %12d %8d %16d%n", title, service.jvm().memory("Anonymous"), service.jvm().count("fd"),
                service.jvm().count("task"), service.rootBytes());
    }
}
