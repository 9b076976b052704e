package vmtestd.sim;

import static vmtestd.sim.FakeModule.text;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.msgpack.value.Value;
import org.msgpack.value.ValueFactory;

/** storaged: a disk is a sparse file, of whose btrfs there is only what can be observed of it. */
public final class SimStoraged {
    private static final int MIN_SIZE = 114_294_784;
    private static final long SUPERBLOCK = 64 << 10;
    /** Where mkfs.btrfs begins the metadata of a disk of 128 MiB, with blocks of 16 KiB. */
    private static final long METADATA = 38_797_312;
    private static final long FORMATTED = 6;

    private final Path disks;
    private volatile String createError = "";
    private volatile boolean unformatted;
    private volatile boolean unused;
    private volatile boolean touched;

    SimStoraged(Path home) throws IOException {
        disks = Files.createDirectories(home.resolve("vdisks"));
    }

    /** Has every DiskCreate fail with these words. */
    public void failCreate(String words) {
        createError = words;
    }

    /** DiskFormat returns and does nothing. */
    public void formatNothing() {
        unformatted = true;
    }

    /** Guests do not mount their disks. */
    public void beUnused() {
        unused = true;
    }

    /** Guests mount their disks and write something else. */
    public void beOnlyTouched() {
        unused = false;
        touched = true;
    }

    /** Returns the names of all disks. */
    public TreeSet<String> disks() throws IOException {
        try (Stream<Path> files = Files.list(disks)) {
            return files.map(file -> file.getFileName().toString()).collect(TreeSet::new, TreeSet::add, TreeSet::addAll);
        }
    }

    Value call(String method, List<Value> inputs) throws CallError, IOException {
        String name = inputs.get(0).asStringValue().asString();
        Path disk = disks.resolve(name);
        switch (method) {
            case "DiskCreate" -> {
                long size = inputs.get(1).asIntegerValue().asLong();
                if (!createError.isEmpty()) {
                    throw new CallError(createError);
                }
                if (Files.exists(disk)) {
                    throw new CallError("disk with id '" + name + "' already exists: file already exists");
                }
                if (size < MIN_SIZE) {
                    throw new CallError("too small for a btrfs: " + size);
                }
                try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
                    file.setLength(size);
                }
                return ValueFactory.newMap(text("Path"), text(disk.toString()), text("Size"), ValueFactory.newInteger(size));
            }
            case "DiskFormat" -> {
                if (!Files.exists(disk)) {
                    throw new CallError("couldn't find disk with id: " + name);
                }
                if (!unformatted) {
                    commit(disk, FORMATTED, "");
                }
                return null;
            }
            case "DiskDelete" -> {
                Files.deleteIfExists(disk);
                return null;
            }
            case "DiskExists" -> {
                return ValueFactory.newBoolean(Files.exists(disk));
            }
            default -> throw new IllegalArgumentException(method);
        }
    }

    /** A guest mounts a disk and writes to it. */
    void guestWrites(Path disk, String text) throws IOException {
        if (!unused) {
            commit(disk, FORMATTED + 1, touched ? "" : text);
        }
    }

    private static void commit(Path disk, long generation, String text) throws IOException {
        byte[] id = "a file system id".getBytes(StandardCharsets.US_ASCII);
        ByteBuffer superblock = ByteBuffer.allocate(88).order(ByteOrder.LITTLE_ENDIAN);
        superblock.put(32, id).put(64, "_BHRfS_M".getBytes(StandardCharsets.US_ASCII)).putLong(72, generation);
        ByteBuffer leaf = ByteBuffer.allocate(16 << 10).order(ByteOrder.LITTLE_ENDIAN);
        leaf.put(32, id).putLong(80, generation).put(9_000, text.getBytes(StandardCharsets.US_ASCII));
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.seek(METADATA);
            file.write(leaf.array());
            file.seek(SUPERBLOCK);
            file.write(superblock.array());
        }
    }
}
