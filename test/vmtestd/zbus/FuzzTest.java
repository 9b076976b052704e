package vmtestd.zbus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import vmtestd.redis.Allocation;
import vmtestd.redis.Reply;
import vmtestd.redis.ReplyParser;

/**
 * Random bytes, 240,000 times: the result is a value or the one documented exception, in little
 * time and memory. The seed is fixed, so that a failing input comes again.
 */
class FuzzTest {
    private static final long SEED = 3;
    private static final int INPUTS_EACH = 80_000;
    private static final long MAX_NANOS = 5_000_000_000L;
    /** What one input may have allocated, garbage included: a base and so much for each of its bytes. */
    private static final long MAX_BASE = 1 << 20;
    private static final long MAX_PER_BYTE = 500;
    /** Pieces that promise much: msgpack's longest headers, and RESP's. */
    private static final List<byte[]> LONG_VALUES = Stream.of(
            "dd7fffffff", "ddffffffff", "dd00100000", "df7fffffff", "df40000000", "db7fffffff", "dbffffffff", "c67fffffff",
            "c6ffffffff", "c97fffffffff", "dcffff", "deffff", "daffff", "c5ffff", "c8ffffff", "c70cff7fffffff7fffffffffffffff",
            "c70cff000000008000000000000000", "d7ffffffffffffffffff", "cfffffffffffffffff", "c1")
            .map(HexFormat.of()::parseHex).toList();
    private static final List<byte[]> LONG_REPLIES = Stream.of(
            "$67108864\r\n", "$67108865\r\n", "$9223372036854775807\r\n", "$-2\r\n", "$-1\r\n", "*1048576\r\n", "*1048577\r\n",
            "*9223372036854775807\r\n", "*-1\r\n", "*1\r\n", "*3\r\n*2\r\n", "$8192\r\n", "*18446744073709551615\r\n", "\r", "\n")
            .map(text -> text.getBytes(StandardCharsets.US_ASCII)).toList();

    private interface Read {
        Object from(byte[] data) throws ProtocolException;
    }

    /** Sorted, so that the same inputs meet the same reads in each run. */
    private static final Map<String, Read> READS = new TreeMap<>(Map.of(
            "string", data -> MessageReader.decode(data, MessageReader::string),
            "integer", data -> MessageReader.decode(data, MessageReader::integer),
            "bool", data -> MessageReader.decode(data, MessageReader::bool),
            "timestamp", data -> MessageReader.decode(data, MessageReader::timestamp),
            "strings", data -> MessageReader.decode(data, MessageReader::strings),
            "map", data -> MessageReader.decode(data, MessageReader::map),
            "array", data -> MessageReader.decode(data, MessageReader::array),
            "status", data -> MessageReader.decode(data, ModuleStatus::decode),
            "skip", data -> MessageReader.decode(data, reader -> {
                reader.skip();
                return "";
            })));

    /** What became of an input: how often it was accepted, and how often refused. */
    private static final class Tally {
        int accepted;
        int refused;

        void assertBothAbove(int least, String what) {
            assertTrue(accepted > least && refused > least, what + ": " + accepted + " accepted, " + refused + " refused");
        }
    }

    private interface Target {
        void take(byte[] input) throws Exception;
    }

    /** Mutated golden responses, and what they hold where they are still responses. */
    @Test
    void responses() throws InterruptedException {
        Random random = new Random(SEED);
        List<byte[]> seeds = GoldenFile.names("response.").stream().map(GoldenFile::message).toList();
        Tally whole = new Tally();
        Map<String, Tally> parts = new TreeMap<>();
        fuzz(() -> mutate(random, seeds, LONG_VALUES), input -> {
            try {
                byte[] data = Response.decode(input).data();
                whole.accepted++;
                if (data != null) {
                    READS.keySet().forEach(read -> attempt(parts, read, data));
                }
            } catch (ProtocolException e) {
                whole.refused++;
            }
        });
        whole.assertBothAbove(INPUTS_EACH / 10, "responses");
        assertEquals(INPUTS_EACH, whole.accepted + whole.refused);
        assertEquals(READS.keySet(), parts.keySet());
        parts.forEach((read, tally) -> tally.assertBothAbove(50, read));
    }

    /** Mutated arguments and return values, each read as one of the things that there are. */
    @Test
    void values() throws InterruptedException, ProtocolException {
        Random random = new Random(SEED);
        List<byte[]> seeds = new ArrayList<>(GoldenFile.names("argument.").stream().map(GoldenFile::message).toList());
        for (String name : GoldenFile.names("response.")) {
            byte[] data = GoldenFile.data(name);
            if (data != null) {
                seeds.add(data);
            }
        }
        for (String hex : List.of("d6ff6553f100", "d7ffee6b28006553f100", "c70cff3b9ac9fffffffff1886e0900", "d3ffffffffffffff85",
                "cfffffffffffffffff", "cd0102", "c2", "c3", "c0", "c40401020304")) {
            seeds.add(HexFormat.of().parseHex(hex));
        }
        List<String> reads = List.copyOf(READS.keySet());
        Map<String, Tally> tallies = new TreeMap<>();
        fuzz(() -> mutate(random, seeds, LONG_VALUES), input -> attempt(tallies, reads.get(random.nextInt(reads.size())), input));
        assertEquals(READS.keySet(), tallies.keySet());
        tallies.forEach((read, tally) -> tally.assertBothAbove(300, read));
        assertEquals(INPUTS_EACH, tallies.values().stream().mapToInt(tally -> tally.accepted + tally.refused).sum());
    }

    /** Mutated replies, whose result is the same whole and in pieces. */
    @Test
    void replies() throws InterruptedException {
        Random random = new Random(SEED);
        String id = "5c9b1c4e-0c43-4f0e-8a1e-0f2b7a3d9c11";
        List<byte[]> seeds = Stream.of("+PONG\r\n", "-NOAUTH Authentication required.\r\n", ":-42\r\n", "$-1\r\n", "*-1\r\n",
                "*0\r\n", "$0\r\n\r\n", "*2\r\n$36\r\n" + id + "\r\n$9\r\n\u0083\u00a2ID\u00a3abc\u00a6\r\n",
                "*5\r\n:1\r\n$3\r\n\r\n\r\r\n$-1\r\n+a\rb\r\n-x\r\n:1\r\n:2\r\n",
                "$600\r\n" + "b".repeat(600) + "\r\n").map(text -> text.getBytes(StandardCharsets.ISO_8859_1)).toList();
        byte[] alphabet = "$*+-:0123456789\r\n\r\n\u00ff".getBytes(StandardCharsets.ISO_8859_1);
        Tally tally = new Tally();
        fuzz(() -> random.nextInt(4) > 0 ? mutate(random, seeds, LONG_REPLIES) : noise(random, alphabet), input -> {
            String whole = parse(new ReplyParser(), input, List.of());
            if (whole.endsWith("!")) {
                tally.refused++;
            } else if (!whole.isEmpty()) {
                tally.accepted++;
            }
            List<Integer> splits = random.ints(4, 0, input.length + 1).sorted().boxed().toList();
            assertEquals(whole, parse(new ReplyParser(), input, splits), "in pieces");
        });
        tally.assertBothAbove(INPUTS_EACH / 10, "replies");
    }

    private static void attempt(Map<String, Tally> tallies, String read, byte[] data) {
        Tally tally = tallies.computeIfAbsent(read, key -> new Tally());
        try {
            assertTrue(READS.get(read).from(data) != null, read);
            tally.accepted++;
        } catch (ProtocolException e) {
            assertTrue(!e.getMessage().isEmpty());
            tally.refused++;
        }
    }

    /** All replies in some bytes as text, with a ! at the end where they were refused. */
    private static String parse(ReplyParser parser, byte[] input, List<Integer> splits) {
        StringBuilder replies = new StringBuilder();
        int from = 0;
        try {
            for (int i = 0; i <= splits.size(); i++) {
                int to = i < splits.size() ? splits.get(i) : input.length;
                ByteBuffer piece = ByteBuffer.wrap(input, from, to - from);
                for (Reply reply = parser.next(piece); reply != null; reply = parser.next(piece)) {
                    show(reply, replies);
                }
                assertEquals(to, piece.position(), "bytes left unread");
                from = to;
            }
        } catch (ProtocolException e) {
            replies.append(e.getMessage()).append('!');
        }
        return replies.toString();
    }

    private static void show(Reply reply, StringBuilder out) {
        if (reply instanceof Reply.Array array) {
            out.append('[');
            array.items().forEach(item -> show(item, out));
            out.append(']');
        } else {
            out.append(reply instanceof Reply.Bulk bulk ? new String(bulk.bytes(), StandardCharsets.ISO_8859_1) : reply).append(';');
        }
    }

    private static byte[] noise(Random random, byte[] alphabet) {
        byte[] bytes = new byte[1 + random.nextInt(40)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = alphabet[random.nextInt(alphabet.length)];
        }
        return bytes;
    }

    private static byte[] mutate(Random random, List<byte[]> seeds, List<byte[]> pieces) {
        byte[] bytes = seeds.get(random.nextInt(seeds.size())).clone();
        for (int i = random.nextInt(2); i >= 0; i--) {
            int at = random.nextInt(bytes.length + 1);
            int end = at + random.nextInt(bytes.length - at + 1);
            byte[] slice = Arrays.copyOfRange(bytes, at, end);
            byte[] piece = pieces.get(random.nextInt(pieces.size()));
            bytes = switch (random.nextInt(9)) {
                case 0 -> Arrays.copyOf(bytes, at);
                case 1 -> join(bytes, at, new byte[] {(byte) random.nextInt(256)}, at);
                case 2 -> join(bytes, at, piece, at);
                case 3 -> join(bytes, at, piece, Math.min(bytes.length, at + piece.length));
                case 4 -> join(bytes, end, slice, end);
                case 5 -> join(bytes, at, new byte[0], end);
                case 6 -> {
                    byte[] other = seeds.get(random.nextInt(seeds.size()));
                    int from = random.nextInt(other.length + 1);
                    yield join(bytes, at, Arrays.copyOfRange(other, from, other.length), bytes.length);
                }
                case 7 -> random.nextInt(100) > 0 ? bytes : join(bytes, at, repeat(slice, random.nextInt(40_000)), at);
                default -> flip(random, bytes);
            };
        }
        return bytes;
    }

    private static byte[] flip(Random random, byte[] bytes) {
        for (int i = random.nextInt(3); i >= 0 && bytes.length > 0; i--) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
    }

    private static byte[] repeat(byte[] slice, int length) {
        byte[] bytes = new byte[slice.length == 0 ? 0 : length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = slice[i % slice.length];
        }
        return bytes;
    }

    /** The bytes before one place, something, and those from another place on. */
    private static byte[] join(byte[] bytes, int head, byte[] middle, int tail) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes, 0, head);
        out.writeBytes(middle);
        out.write(bytes, tail, bytes.length - tail);
        return out.toByteArray();
    }

    /** Feeds the inputs on a thread of its own, so that one which never ends is seen too. */
    private static final class Feeder extends Thread {
        private final Supplier<byte[]> inputs;
        private final Target target;
        volatile int count;
        volatile byte[] input = {};
        volatile long since = System.nanoTime();
        volatile Throwable failure;

        Feeder(Supplier<byte[]> inputs, Target target) {
            this.inputs = inputs;
            this.target = target;
            setDaemon(true);
        }

        @Override
        public void run() {
            try {
                for (int i = 0; i < INPUTS_EACH; i++) {
                    byte[] next = inputs.get();
                    input = next;
                    since = System.nanoTime();
                    long before = Allocation.bytes();
                    target.take(next);
                    long allocated = Allocation.bytes() - before;
                    assertTrue(allocated <= MAX_BASE + MAX_PER_BYTE * next.length, allocated + " bytes of memory");
                    assertTrue(System.nanoTime() - since < MAX_NANOS, "too slow");
                    count = i + 1;
                }
            } catch (Throwable e) {
                failure = e;
            }
        }
    }

    private static void fuzz(Supplier<byte[]> inputs, Target target) throws InterruptedException {
        Feeder feeder = new Feeder(inputs, target);
        feeder.start();
        do {
            feeder.join(100);
        } while (feeder.isAlive() && System.nanoTime() - feeder.since < MAX_NANOS);
        if (feeder.count < INPUTS_EACH) {
            String what = feeder.isAlive() ? "never ends" : "fails";
            byte[] input = feeder.input;
            fail("seed " + SEED + ", input " + feeder.count + " of " + input.length + " bytes " + what + ": "
                    + HexFormat.of().formatHex(input), feeder.failure);
        }
    }
}
