package vmtestd.zbus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ProtocolException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessageUnpacker;
import org.msgpack.value.Value;

/** {@code test/vectors/zbus.jsonl}: bytes as zbus's Go library itself encodes them. */
public final class GoldenFile {
    private static final Pattern LINE = Pattern.compile("\\{\"hex\":\"([0-9a-f]+)\",\"name\":\"([A-Za-z.-]+)\",\"note\":\".*\"\\}");
    private static final Map<String, byte[]> MESSAGES = read(Path.of("test/vectors/zbus.jsonl"));

    private GoldenFile() {}

    private static Map<String, byte[]> read(Path file) {
        Map<String, byte[]> messages = new LinkedHashMap<>();
        try {
            for (String line : Files.readAllLines(file)) {
                Matcher matcher = LINE.matcher(line);
                if (!matcher.matches() || messages.put(matcher.group(2), HexFormat.of().parseHex(matcher.group(1))) != null) {
                    throw new AssertionError("not one message: " + line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return messages;
    }

    /** The names of all lines that begin so. */
    public static TreeSet<String> names(String prefix) {
        return MESSAGES.keySet().stream().filter(name -> name.startsWith(prefix)).collect(Collectors.toCollection(TreeSet::new));
    }

    public static byte[] message(String name) {
        byte[] message = MESSAGES.get(name);
        if (message == null) {
            throw new AssertionError("no line " + name);
        }
        return message.clone();
    }

    /** The returned value of a {@code response.*} line. */
    public static byte[] data(String name) throws ProtocolException {
        return Response.decode(message(name)).data();
    }

    /** An input of a {@code request.*} line. */
    public static byte[] input(String name, int index) throws IOException {
        return inputs(name)[index];
    }

    /** The inputs of a {@code request.*} line, found without our own reader. */
    static byte[][] inputs(String name) throws IOException {
        for (Map.Entry<Value, Value> field : unpack(message(name)).asMapValue().entrySet()) {
            if (field.getKey().asStringValue().asString().equals("Inputs")) {
                return field.getValue().asArrayValue().list().stream()
                        .map(input -> input.asBinaryValue().asByteArray()).toArray(byte[][]::new);
            }
        }
        throw new AssertionError("no inputs in " + name);
    }

    private static Value unpack(byte[] message) throws IOException {
        try (MessageUnpacker unpacker = MessagePack.newDefaultUnpacker(message)) {
            Value value = unpacker.unpackValue();
            if (unpacker.hasNext()) {
                throw new AssertionError("bytes behind the value");
            }
            return value;
        }
    }

    /**
     * The one value of a message as text: str and bin differ, the order of a map's keys shows, the
     * width of an integer does not.
     */
    public static String shape(byte[] message) throws IOException {
        return shape(unpack(message));
    }

    private static String shape(Value value) {
        return switch (value.getValueType()) {
            case STRING -> '"' + value.asStringValue().asString() + '"';
            case BINARY -> "bin(" + HexFormat.of().formatHex(value.asBinaryValue().asByteArray()) + ")";
            case ARRAY -> value.asArrayValue().list().stream().map(GoldenFile::shape).collect(Collectors.joining(", ", "[", "]"));
            case MAP -> value.asMapValue().entrySet().stream()
                    .map(field -> shape(field.getKey()) + ": " + shape(field.getValue()))
                    .collect(Collectors.joining(", ", "{", "}"));
            case NIL, BOOLEAN, INTEGER -> value.toString();
            case FLOAT, EXTENSION -> throw new AssertionError("no value that zbus has: " + value);
        };
    }
}
