package vmtestd.cleanup;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * The file in which a run writes down what will have to be removed, before it asks the node for it.
 * Whatever ends the process, the next run finds here what to finish.
 *
 * <pre>
 * vmtestd journal 1
 * last 1763832962
 * mount test-vm-1763832962
 * vm test-vm-1763832962
 * kept test-vm-keep-1763829000 1763832610
 * end 3b1c2f60
 * </pre>
 *
 * {@code last} is the newest run's number. {@code kept} names a run that has left its VM and mounts on
 * purpose, and until when they are to stay, in Unix seconds. The last line has the CRC-32 of all before it, in hex.
 * The file is written whole beside the old one, forced to disk, and renamed over it, within the time that
 * {@link Disk} sets.
 */
public final class Journal {
    /** What an entry stands for. */
    public enum Kind {
        MOUNT, VM;

        /** The word in files and metrics. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Something of ours on the node, or about to be. */
    public record Entry(Kind kind, String name) {
        // Written out, and the hash with it: for a record's own the JDK makes some ninety classes at their first call.
        @Override
        public boolean equals(Object other) {
            return other instanceof Entry entry && kind == entry.kind && name.equals(entry.name);
        }

        @Override
        public int hashCode() {
            return name.hashCode();
        }

        @Override
        public String toString() {
            return kind + " " + name;
        }
    }

    private static final String FIRST_LINE = "vmtestd journal 1";
    /** Far more than one run's entries. */
    private static final int MAX_BYTES = 64 << 10;
    private static final Pattern ANY_NAME = Pattern.compile("[A-Za-z0-9-]+-[0-9]{1,18}(-kernel|-disk)?");

    private final Path file;
    private final Disk disk;
    private final Set<Entry> entries = new LinkedHashSet<>();
    /** Until when what runs have kept is to stay, in Unix seconds, by their ids. */
    private final Map<String, Long> kept = new LinkedHashMap<>();
    private long last;
    private boolean damaged;

    private Journal(Path file, Disk disk) {
        this.file = file;
        this.disk = disk;
    }

    /**
     * Reads the journal of a root folder; there may be none yet. A damaged one is set aside as
     * {@code journal.damaged}. Of that, only whole lines are believed, and only names under
     * {@code prefix}: bytes that something has changed must not have the VM of a user deleted.
     *
     * @param report is told of damage
     * @param disk reads and writes it
     * @throws IOException where it cannot be read
     */
    public static Journal open(Path root, String prefix, Consumer<String> report, Disk disk) throws IOException {
        Journal journal = new Journal(root.resolve("journal"), disk);
        String aside = disk.run("reading " + journal.file, () -> {
            journal.load(prefix);
            return journal.damaged ? journal.setAside() : "";
        });
        if (journal.damaged) {
            report.accept("the journal was damaged and " + aside + "; "
                    + (journal.entries.isEmpty() ? "it held nothing to remove" : "to be removed from it: " + journal.entries));
        }
        return journal;
    }

    /** Reads the journal as {@link #open} does, and leaves even a damaged one as it is: a run may be at it. Without a time limit. */
    public static Journal peek(Path root, String prefix) throws IOException {
        Journal journal = new Journal(root.resolve("journal"), null);
        journal.load(prefix);
        return journal;
    }

    private void load(String prefix) throws IOException {
        String text;
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(channel.size(), MAX_BYTES + 1));
            int count;
            do {
                count = channel.read(bytes);
            } while (count > 0);
            text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return;
        }
        damaged = !isWhole(text);
        read(text, damaged ? Pattern.compile(Pattern.quote(prefix) + "(" + Leftovers.KEEP + ")?[0-9]{1,18}(-kernel|-disk)?") : ANY_NAME);
    }

    /** Puts a whole journal in the place of a damaged one; says what has become of that. */
    private String setAside() {
        Path aside = file.resolveSibling("journal.damaged");
        try {
            // A second name first, then the good copy over the first: at no time is there neither.
            Files.deleteIfExists(aside);
            Files.createLink(aside, file);
            write(text());
            return "is set aside as " + aside;
        } catch (IOException e) {
            return "cannot be set aside as " + aside + " (" + e + ")";
        }
    }

    private static boolean isWhole(String text) {
        int end = text.lastIndexOf("end ");
        return text.startsWith(FIRST_LINE + "\n") && end > 0 && text.charAt(end - 1) == '\n'
                && text.substring(end).equals(lastLine(text.substring(0, end)));
    }

    private void read(String text, Pattern name) {
        // What stands behind the last line's end is no whole line.
        String whole = text.substring(0, text.lastIndexOf('\n') + 1);
        for (String line : whole.split("\n")) {
            String[] words = line.split(" ", -1);
            if (words.length == 3 && words[0].equals("kept") && name.matcher(words[1]).matches() && words[2].matches("[0-9]{1,17}")) {
                kept.put(words[1], Long.parseLong(words[2]));
            }
            if (words.length != 2) {
                continue;
            }
            boolean named = name.matcher(words[1]).matches();
            switch (words[0]) {
                case "last" -> last = words[1].matches("[0-9]{1,17}") ? Long.parseLong(words[1]) : last;
                case "mount" -> addIf(named, new Entry(Kind.MOUNT, words[1]));
                case "vm" -> addIf(named, new Entry(Kind.VM, words[1]));
                default -> { }
            }
        }
    }

    private void addIf(boolean named, Entry entry) {
        if (named) {
            entries.add(entry);
        }
    }

    /** What is still to be removed, in the order in which it was written down. */
    public Collection<Entry> entries() {
        return new LinkedHashSet<>(entries);
    }

    /** How much is still to be removed, of each kind, without what is kept on purpose. */
    public Map<Kind, Integer> counts(Instant now) {
        Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            counts.put(kind, 0);
        }
        for (Entry entry : entries) {
            if (!isKept(entry, now)) {
                counts.merge(entry.kind, 1, Integer::sum);
            }
        }
        return counts;
    }

    /** Whether it could not be read whole. */
    public boolean damaged() {
        return damaged;
    }

    /** The number of the newest run; 0 before the first one. */
    public long newest() {
        return last;
    }

    /** Writes down that a run has left its VM and mounts on purpose, and until when they are to stay. */
    public void keep(String id, Instant until) throws StepException {
        kept.put(id, until.getEpochSecond());
        save();
    }

    /** Whether something is to stay for now. Not longer than it may be kept, whatever the clock has done since. */
    public boolean isKept(Entry entry, Instant now) {
        Long until = kept.get(Leftovers.idOf(entry));
        return until != null && until > now.getEpochSecond() && until <= now.plus(Leftovers.KEPT_FOR).getEpochSecond();
    }

    /**
     * The number of the next run: the Unix time in seconds, but always more than any before it in this
     * root, whatever the clock does. It counts as used once something is saved.
     */
    public long nextNumber(long unixSeconds) {
        last = Math.max(last + 1, unixSeconds);
        return last;
    }

    /** Writes down something that is about to be asked for. When this returns it is on disk. */
    public void add(Entry... added) throws StepException {
        Set<Entry> before = Set.copyOf(entries);
        entries.addAll(List.of(added));
        try {
            save();
        } catch (StepException e) {
            // What is not written down is not asked for.
            entries.retainAll(before);
            throw e;
        }
    }

    /** Strikes out something that is confirmed to be gone. */
    public void remove(Entry entry) throws StepException {
        if (entries.remove(entry)) {
            save();
        }
    }

    /** Writes down what is known, the newest run's number with it. */
    public void save() throws StepException {
        // Made here: a write that hangs must not see later changes.
        String text = text();
        try {
            disk.run("writing " + file, () -> {
                write(text);
                return null;
            });
        } catch (IOException e) {
            Cause cause = e instanceof InterruptedIOException ? Cause.INTERRUPTED : Cause.LOCAL_ERROR;
            throw new StepException(cause, "the journal " + file + " cannot be written: " + e);
        }
    }

    private String text() {
        StringBuilder text = new StringBuilder(FIRST_LINE).append("\nlast ").append(last).append('\n');
        Set<String> ids = new HashSet<>();
        for (Entry entry : entries) {
            text.append(entry).append('\n');
            ids.add(Leftovers.idOf(entry));
        }
        kept.keySet().retainAll(ids);
        kept.forEach((id, until) -> text.append("kept ").append(id).append(' ').append(until).append('\n'));
        return text.append(lastLine(text.toString())).toString();
    }

    private void write(String text) throws IOException {
        Path fresh = file.resolveSibling("journal.new");
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.CREATE,
                StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        // The rename itself is on disk only when the directory is.
        forceDirectory(file.getParent());
    }

    /** Forces a directory to disk, unless its file system has no such operation. */
    public static void forceDirectory(Path path) throws IOException {
        try (FileChannel directory = FileChannel.open(path)) {
            directory.force(true);
        } catch (IOException e) {
            // EINVAL and ENOTSUP, in the words of strerror(3): the JDK does not say the number.
            if (!"Invalid argument".equals(e.getMessage()) && !"Operation not supported".equals(e.getMessage())) {
                throw e;
            }
        }
    }

    private static String lastLine(String before) {
        CRC32 crc = new CRC32();
        crc.update(before.getBytes(StandardCharsets.UTF_8));
        return "end " + HexFormat.of().toHexDigits(crc.getValue(), 8) + "\n";
    }
}
