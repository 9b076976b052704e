package vmtestd.preflight;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The lock of a file, seen without touching it: to take it, even for a moment, could keep a daemon from
 * starting. The kernel tells who holds one in {@code /proc/locks}, a line for each, with the process and
 * the file's device and inode:
 *
 * <pre>
 * 1: POSIX  ADVISORY  WRITE 4711 fe:00:10027286 0 EOF
 * </pre>
 *
 * @param words who holds it, such as {@code process 4711}; or what is wrong
 */
record LockView(State state, String words) {
    enum State {
        FREE, HELD,
        /** Nobody could take it: something is in the way of the file. */
        UNUSABLE,
        /** The system does not tell. */
        UNKNOWN
    }

    private static final Path ALL_LOCKS = Path.of("/proc/locks");
    private static final Pattern LINE = Pattern.compile("\\d+: POSIX +\\S+ +WRITE +(\\d+) +([0-9a-f]+:[0-9a-f]+):(\\d+) .*");

    /** Looks at the lock of a file, which may not be there yet. */
    static LockView of(Path file) {
        return of(file, ALL_LOCKS);
    }

    /** @param allLocks a file in the form of {@code /proc/locks} */
    static LockView of(Path file, Path allLocks) {
        Path folder = file.getParent();
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            return new LockView(State.UNKNOWN, folder + " is no folder");
        }
        try {
            String holder = holder(file, allLocks);
            if (holder != null) {
                return new LockView(State.HELD, "process " + holder);
            }
        } catch (IOException e) {
            return new LockView(State.UNKNOWN, e.toString());
        }
        boolean inTheWay = Files.exists(file) && (Files.isDirectory(file) || !Files.isWritable(file));
        return inTheWay ? new LockView(State.UNUSABLE, file + " cannot be opened for writing") : new LockView(State.FREE, "");
    }

    /** The id of the process that holds the lock; null where none does. */
    private static String holder(Path file, Path allLocks) throws IOException {
        Map<String, Object> id;
        try {
            id = Files.readAttributes(file, "unix:dev,ino");
        } catch (NoSuchFileException e) {
            return null;
        }
        String device = device((Long) id.get("dev"));
        String inode = id.get("ino").toString();
        // ISO 8859-1 takes whatever bytes come.
        try (BufferedReader lines = Files.newBufferedReader(allLocks, StandardCharsets.ISO_8859_1)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher lock = LINE.matcher(line);
                if (lock.matches() && lock.group(3).equals(inode)
                        && (lock.group(2).equals(device) || isWrittenIn(file, lock.group(1)))) {
                    return lock.group(1);
                }
            }
        }
        return null;
    }

    /** A device as {@code /proc/locks} has it, from its number as glibc packs it. */
    private static String device(long number) {
        long major = number >> 8 & 0xfff | number >> 32 & ~0xfffL;
        long minor = number & 0xff | number >> 12 & ~0xffL;
        return String.format("%02x:%02x", major, minor);
    }

    /**
     * Whether the holder has written its id into the file, as ours do. On btrfs the kernel tells of
     * another device there than anywhere else, and inode numbers are not unique.
     */
    private static boolean isWrittenIn(Path file, String process) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(32), StandardCharsets.ISO_8859_1).strip().equals(process);
        }
    }
}
