package vmtestd.bench;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import vmtestd.process.RealRedis;
import vmtestd.sim.FakeModule;

/**
 * Measures what vmtestd costs, and in the same run the least that it could: an empty program's image, from the
 * same JDK with the same options; that program as it begins, ends and sleeps; and two commands by hand.
 *
 * <p>Arguments: the image, the empty program's image, the image with {@link vmtestd.RunsThenIdle} in it, how
 * many MiB image and anonymous memory may be together, and further options of the JVM.
 */
final class Bench {
    private static final int SAMPLES = 5;
    private static final int STARTS = 11;
    private static final int FEW_RUNS = 20;
    private static final int MANY_RUNS = 2000;
    private static final long SETTLE_SECONDS = 20;
    private static final long IDLE_SECONDS = 60;
    /** Against the image's own options: to tell what the interpreter costs from what the code does. */
    private static final List<String> COMPILED = List.of("-Xmixed", "-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=32m");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final double MIB = 1 << 20;

    private final Path image;
    private final Path floorImage;
    private final Path runsImage;
    private final double mostMib;
    private final List<String> options;
    private final Path directory;
    private final Table table;

    /** What is known of one process, by name. */
    private static final class Figures extends TreeMap<String, Double> {
        private static final long serialVersionUID = 1;
    }

    private record Anonymous(double ours, double floor) {}

    private Bench(Path directory, String... args) {
        image = Path.of(args[0]).toAbsolutePath();
        floorImage = Path.of(args[1]).toAbsolutePath();
        runsImage = Path.of(args[2]).toAbsolutePath();
        mostMib = Double.parseDouble(args[3]);
        options = Arrays.asList(args).subList(4, args.length);
        this.directory = directory;
        System.out.println("JVM " + System.getProperty("java.runtime.version") + ", " + Runtime.getRuntime().availableProcessors()
                + " processors" + (options.isEmpty() ? "" : ", with " + String.join(" ", options)));
        table = new Table(System.out);
    }

    public static void main(String[] args) throws Exception {
        new Bench(directory(), args).run();
    }

    /** A directory that is gone when this process is, however it is told to end; and so is all that it has started. */
    static Path directory() throws IOException {
        Path directory = Files.createTempDirectory(Path.of("build/bench").toAbsolutePath(), "run");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
            try {
                delete(directory);
            } catch (IOException e) {
                System.err.println(directory + " is left: " + e);
            }
        }));
        return directory;
    }

    private void run() throws Exception {
        double imageBytes = bytes(image);
        double floorBytes = bytes(floorImage);
        table.ratioAtMost(1.05, "image, bytes", imageBytes, floorBytes);
        table.row("image as .tar.gz, bytes", compressed(image), compressed(floorImage));
        starts();
        calls();
        Anonymous anonymous = processes();
        table.atMost(mostMib, "image and anonymous memory, MiB", imageBytes / MIB + anonymous.ours, floorBytes / MIB + anonymous.floor);
    }

    // ---- the image

    private static double bytes(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
        }
    }

    private double compressed(Path tree) throws IOException, InterruptedException {
        Path archive = directory.resolve("image.tar.gz");
        Process tar = new ProcessBuilder("tar", "-C", tree.toString(), "-czf", archive.toString(), ".").inheritIO().start();
        if (tar.waitFor() != 0) {
            throw new IllegalStateException("tar failed");
        }
        return Files.size(archive);
    }

    // ---- the start

    private void starts() throws Exception {
        List<Double> ours = new ArrayList<>();
        List<Double> floors = new ArrayList<>();
        for (int i = 0; i < STARTS; i++) {
            ours.add(millisToFirstRequest());
            floors.add(millisToEmptyMain());
        }
        table.ratioAtMost(1.6, "JVM start to first request on the broker, ms", Table.median(ours), Table.median(floors));
    }

    private double millisToFirstRequest() throws Exception {
        Path socket = directory.resolve("start.sock");
        Files.deleteIfExists(socket);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX); Selector selector = Selector.open()) {
            server.bind(UnixDomainSocketAddress.of(socket)).configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            long begin = System.nanoTime();
            List<String> arguments = with("-m", "vmtestd/vmtestd.Main", "--broker", "unix://" + socket, "--root",
                    directory.resolve("start").toString());
            try (Jvm jvm = new Jvm(image, arguments, line -> { })) {
                if (selector.select(PATIENCE.toMillis()) == 0) {
                    throw new IllegalStateException(jvm + " does not call");
                }
                try (SocketChannel client = server.accept()) {
                    client.read(ByteBuffer.allocate(1));
                    return millisSince(begin);
                }
            }
        }
    }

    private double millisToEmptyMain() throws IOException, InterruptedException {
        CountDownLatch said = new CountDownLatch(1);
        long begin = System.nanoTime();
        try (Jvm jvm = new Jvm(floorImage, with("-m", "floor/floor.Empty", "sleep"), line -> said.countDown())) {
            if (!said.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException(jvm + " says nothing");
            }
            return millisSince(begin);
        }
    }

    private static double millisSince(long begin) {
        return (System.nanoTime() - begin) / 1e6;
    }

    // ---- a call

    private void calls() throws Exception {
        Path home = Files.createDirectory(directory.resolve("calls"));
        FakeModule.Handler echo = request -> FakeModule.result(request.id(), FakeModule.pack(request.inputs().get(0)));
        RealRedis redis = new RealRedis(home);
        FakeModule module = new FakeModule(redis.url(), CallTimes.ECHO.queue(), echo);
        try (redis; module) {
            calls("a call", redis, List.of());
            calls("a call, compiled", redis, COMPILED);
            List<Double> allocated = new ArrayList<>();
            // Else each thread takes its heap by the buffer.
            callTimes(line -> allocated.add(numbers(line, "allocated ")[0]), List.of("-XX:-UseTLAB"), redis.url(), "allocation");
            table.row("a call allocates, bytes", Table.median(allocated));
        }
    }

    private void calls(String what, RealRedis redis, List<String> more) throws Exception {
        List<double[]> rounds = new ArrayList<>();
        callTimes(line -> rounds.add(numbers(line, "round ")), more, redis.url(), Integer.toString(SAMPLES), "1000");
        double[] of = new double[6];
        for (int i = 0; i < of.length; i++) {
            int column = i;
            of[i] = Table.median(rounds.stream().map(round -> round[column]).toList());
        }
        table.ratioAtMost(1.25, what + ", us; RPUSH and BLPOP by hand", of[0], of[2]);
        table.row("  99 % of them", of[1], of[3]);
        table.row(what + ", us; PING", of[0], of[4]);
        table.row("  99 % of them", of[1], of[5]);
    }

    private void callTimes(Consumer<String> lines, List<String> more, String... arguments) throws Exception {
        List<String> all = with(more.toArray(String[]::new));
        all.addAll(List.of("-m", "vmtestd/vmtestd.bench.CallTimes"));
        all.addAll(List.of(arguments));
        try (Jvm jvm = new Jvm(runsImage, all, lines)) {
            jvm.awaitExit();
        }
    }

    private static double[] numbers(String line, String head) {
        if (!line.startsWith(head)) {
            throw new IllegalStateException(line);
        }
        return Stream.of(line.substring(head.length()).split(" ")).mapToDouble(Double::parseDouble).toArray();
    }

    // ---- processes

    /**
     * Some services and empty programs side by side, each from a copy of its image, so that no page is shared. One
     * service goes on to many runs meanwhile; it is looked at several times, for want of time for several of it.
     */
    private Anonymous processes() throws Exception {
        List<Service> few = new ArrayList<>();
        List<Jvm> floors = new ArrayList<>();
        try (Service many = service("many", MANY_RUNS)) {
            for (int i = 0; i < SAMPLES; i++) {
                few.add(service("few" + i, FEW_RUNS));
                floors.add(new Jvm(copy(floorImage, "floor" + i), with("-m", "floor/floor.Empty", "sleep"), line -> { }));
            }
            for (Service service : few) {
                service.await(FEW_RUNS);
            }
            TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
            List<Jvm> ours = few.stream().map(Service::jvm).toList();
            List<Figures> begin = figures(ours);
            List<Figures> floorBegin = figures(floors);
            Anonymous anonymous = memory("after " + FEW_RUNS + " runs", begin, floorBegin);
            TimeUnit.SECONDS.sleep(IDLE_SECONDS);
            List<Figures> end = figures(ours);
            List<Figures> floorEnd = figures(floors);
            table.atMost(40, "threads woken in an idle minute", grown("switches", begin, end), grown("switches", floorBegin, floorEnd));
            table.row("processor time of an idle minute, ms", grown("cpu", begin, end), grown("cpu", floorBegin, floorEnd));
            table.row("processor time of a whole run (one process), ms", runMillis(many));
            TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
            List<Figures> late = new ArrayList<>();
            for (int i = 0; i < SAMPLES; i++) {
                late.addAll(figures(List.of(many.jvm())));
            }
            memory("after " + MANY_RUNS + " runs (one process)", late, floorEnd);
            return anonymous;
        } finally {
            few.forEach(Service::close);
            floors.forEach(Jvm::close);
        }
    }

    private Service service(String name, int runs) throws IOException, InterruptedException {
        return new Service(copy(runsImage, name), directory.resolve("node-" + name), runs, options);
    }

    /** What a run costs in each of the last parts of many. */
    private static double runMillis(Service many) throws IOException, InterruptedException {
        List<Double> millis = new ArrayList<>();
        int part = MANY_RUNS / 2 / SAMPLES;
        many.await(MANY_RUNS - SAMPLES * part);
        for (int left = SAMPLES - 1; left >= 0; left--) {
            double before = many.jvm().processMillis();
            int from = many.ended();
            many.await(MANY_RUNS - left * part);
            millis.add((many.jvm().processMillis() - before) / (many.ended() - from));
        }
        return Table.median(millis);
    }

    private Anonymous memory(String when, List<Figures> ours, List<Figures> floors) {
        Anonymous anonymous = new Anonymous(median("Anonymous", ours), median("Anonymous", floors));
        table.ratioAtMost(1.15, "anonymous memory, MiB, " + when, anonymous.ours, anonymous.floor);
        for (String what : List.of("Rss", "Pss")) {
            table.row("  " + what + ", MiB", median(what, ours), median(what, floors));
        }
        return anonymous;
    }

    private static List<Figures> figures(List<Jvm> jvms) throws IOException {
        List<Figures> all = new ArrayList<>();
        for (Jvm jvm : jvms) {
            Figures figures = new Figures();
            for (String what : List.of("Anonymous", "Rss", "Pss")) {
                figures.put(what, jvm.memory(what));
            }
            figures.put("switches", jvm.switches());
            figures.put("cpu", jvm.threadMillis());
            all.add(figures);
        }
        return all;
    }

    private static double median(String what, List<Figures> figures) {
        return Table.median(figures.stream().map(each -> each.get(what)).toList());
    }

    private static double grown(String what, List<Figures> before, List<Figures> after) {
        List<Double> grown = new ArrayList<>();
        for (int i = 0; i < before.size(); i++) {
            grown.add(after.get(i).get(what) - before.get(i).get(what));
        }
        return Table.median(grown);
    }

    private List<String> with(String... arguments) {
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of(arguments));
        return all;
    }

    // ---- files

    private Path copy(Path tree, String name) throws IOException, InterruptedException {
        Path copy = directory.resolve(name);
        Process cp = new ProcessBuilder("cp", "-R", tree.toString(), copy.toString()).inheritIO().start();
        if (cp.waitFor() != 0) {
            throw new IllegalStateException("cp failed");
        }
        return copy;
    }

    private static void delete(Path tree) throws IOException {
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
