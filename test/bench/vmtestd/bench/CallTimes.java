package vmtestd.bench;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import vmtestd.redis.BrokerUrl;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.zbus.CallListener;
import vmtestd.zbus.MessageWriter;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusObject;

/**
 * Times calls of the echo module, from inside the image: by vmtestd's client, as a pair of commands with the same
 * bytes by hand, and a {@code PING} on the client's connection. Says for each of several rounds the median and p99
 * of each, in microseconds.
 *
 * <p>Arguments: the broker's URL, how many rounds, and how many calls in each; or the URL and {@code allocation}.
 */
final class CallTimes {
    static final ZbusObject ECHO = new ZbusObject("bench", "echo", "0.0.1");
    private static final byte[] ARGUMENT = new MessageWriter().string("test-vm-1763832962").toBytes();
    private static final String ID = "9f6a4b7e-58a5-4c6b-8d3a-0a4f2d1c7b10";

    private interface Work {
        void once() throws Exception;
    }

    private final BrokerUrl broker;
    private final ZbusClient client;
    private final SocketChannel byHand;
    private final ByteBuffer push;
    private final ByteBuffer pop;
    private final ByteBuffer in = ByteBuffer.allocateDirect(4096);
    private int answerLength;

    private CallTimes(String url) throws IOException {
        broker = BrokerUrl.parse(url);
        client = new ZbusClient(broker, Clock.system(), CallListener.NONE);
        byHand = SocketChannel.open(StandardProtocolFamily.UNIX);
        byHand.connect((UnixDomainSocketAddress) broker.address());
        push = command("RPUSH", ECHO.queue(), request());
        pop = command("BLPOP", ID, "61".getBytes(StandardCharsets.US_ASCII));
    }

    public static void main(String[] args) throws Exception {
        CallTimes times = new CallTimes(args[0]);
        if (args[1].equals("allocation")) {
            times.allocation();
        } else {
            times.rounds(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
        }
        times.client.close();
        times.byHand.close();
    }

    private void rounds(int rounds, int calls) throws Exception {
        double[][] samples = new double[3][calls];
        Work[] works = {this::call, this::pair, this::ping};
        for (int round = 0; round <= rounds; round++) {
            for (int i = 0; i < calls; i++) {
                // By turns, so that whatever else the machine does hits all alike.
                for (int turn = 0; turn < works.length; turn++) {
                    // Each behind each of the others: the module is not always as ready again.
                    int work = (turn * (1 + i % 2) + i) % works.length;
                    long begin = System.nanoTime();
                    works[work].once();
                    samples[work][i] = (System.nanoTime() - begin) / 1e3;
                }
            }
            if (round > 0) {
                StringBuilder line = new StringBuilder("round");
                for (double[] sample : samples) {
                    line.append(' ').append(Table.median(boxed(sample))).append(' ').append(Table.p99(sample));
                }
                System.out.println(line);
            }
        }
    }

    private static List<Double> boxed(double... sample) {
        List<Double> list = new ArrayList<>();
        for (double each : sample) {
            list.add(each);
        }
        return list;
    }

    /** Says what a call allocates on the heap; exact where the JVM hands no thread a buffer of its own. */
    private void allocation() throws Exception {
        Runtime runtime = Runtime.getRuntime();
        for (int i = 0; i < 50; i++) {
            call();
            long before = runtime.freeMemory();
            call();
            long after = runtime.freeMemory();
            // Unless a collection came in between.
            if (after <= before && i >= 20) {
                System.out.println("allocated " + (before - after));
            }
        }
    }

    private void call() throws Exception {
        client.call(ECHO, "Echo", List.of(ARGUMENT), soon());
    }

    private void ping() throws Exception {
        client.connect(soon());
    }

    private static Deadline soon() {
        return Deadline.in(Clock.system(), Duration.ofSeconds(60));
    }

    private void pair() throws IOException {
        send(push);
        read(4);
        send(pop);
        if (answerLength == 0) {
            answerLength = answerLength();
        } else {
            read(answerLength);
        }
    }

    private void send(ByteBuffer command) throws IOException {
        command.rewind();
        while (command.hasRemaining()) {
            byHand.write(command);
        }
    }

    private void read(int length) throws IOException {
        in.clear().limit(length);
        while (in.hasRemaining()) {
            if (byHand.read(in) < 0) {
                throw new IOException("the broker hung up");
            }
        }
    }

    /** Reads the first answer up to its end, which is where the second item's header says; the others are as long. */
    private int answerLength() throws IOException {
        in.clear();
        while (true) {
            byHand.read(in);
            String text = StandardCharsets.ISO_8859_1.decode(in.duplicate().flip()).toString();
            int header = text.indexOf("\r\n$", text.indexOf(ID));
            int end = text.indexOf("\r\n", header + 3);
            if (header > 0 && end > 0) {
                int length = end + 2 + Integer.parseInt(text.substring(header + 3, end)) + 2;
                if (in.position() == length) {
                    return length;
                }
            }
        }
    }

    private static ByteBuffer command(String name, String key, byte[] value) {
        ByteBuffer command = ByteBuffer.allocateDirect(1024);
        command.put(("*3\r\n$" + name.length() + "\r\n" + name + "\r\n$" + key.length() + "\r\n" + key + "\r\n$" + value.length + "\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        return command.put(value).put((byte) '\r').put((byte) '\n').flip();
    }

    /** The bytes that the client would send. */
    private static byte[] request() {
        MessageWriter request = new MessageWriter();
        request.map(5).string("ID").string(ID).string("Inputs").array(1).bytes(ARGUMENT);
        request.string("Object").map(2).string("Name").string(ECHO.name()).string("Version").string(ECHO.version());
        request.string("ReplyTo").string(ID).string("Method").string("Echo");
        return request.toBytes();
    }
}
