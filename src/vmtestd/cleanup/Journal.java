package vmtestd.cleanup;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * The file that lists what has to be removed from the node. A run adds each VM and mount before it asks the node for it,
 * so that the next run can finish whatever this one leaves.
 *
 * <pre>
 * vmtestd journal 1
 * last 1763832962
 * mount test-vm-1763832962
 * disk test-vm-1763832962
 * tap test-vm-1763832962
 * vm test-vm-1763832962
 * vm test-vm-keep-1763829000 1763832610
 * end 3b1c2f60
 * </pre>
 *
 * {@code last} is the newest run's number. What was left on purpose has the end of the time for which it stays, in Unix
 * seconds. {@code end} has the CRC-32 of all lines before it, in hex.
 */
public final class Journal {
    /** What an entry stands for. */
    public enum Kind {
        MOUNT, DISK, TAP, VM;

        /** The word in files and metrics. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A VM or mount that is, or may soon be, on the node. */
    public record Entry(Kind kind, String name) {
        /** Returns the id of the run that made it. */
        public String id() {
            return name.replaceFirst(KERNEL_SUFFIX + "$|" + DISK_SUFFIX + "$", "");
        }

        /** Returns networkd's name for the tap device: it refuses one that is as long as the id. */
        public String tapName() {
            return "vmt-" + crc(name);
        }

        // Explicit, because a record's own equals and hashCode load some ninety classes when first called.
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

    /** Ends the name of the mount of the kernel flist. The rest is the run's id. */
    public static final String KERNEL_SUFFIX = "-kernel";
    /** Ends the name of the writable mount of a disk image's flist. */
    public static final String DISK_SUFFIX = "-disk";
    private static final String FIRST_LINE = "vmtestd journal 1\n";
    /** Far more than one run's entries. */
    private static final int MAX_BYTES = 64 << 10;
    private static final String ANY_ID = "[A-Za-z0-9-]+-[0-9]{1,18}";

    private final Path file;
    private final Consumer<String> warnings;
    private final Disk disk;
    /** What is to be removed, with the end of the time for which it is kept, in Unix seconds, or 0. */
    private Map<Entry, Long> entries = new LinkedHashMap<>();
    private long last;
    private boolean damaged;

    private Journal(Path root, Consumer<String> warnings, Disk disk) {
        file = root.resolve("journal");
        this.warnings = warnings;
        this.disk = disk;
    }

    /**
     * Reads the journal of a root directory, which may not have one yet. A damaged one is set aside as
     * {@code journal.damaged}. Only its complete lines count, and only names under {@code prefix}: a changed byte must
     * not have a user's VM deleted.
     *
     * @param warnings receives one line about damage, and one for each change that cannot be written
     * @throws IOException if it cannot be read
     */
    public static Journal open(Path root, String prefix, Consumer<String> warnings, Disk disk) throws IOException {
        Journal journal = new Journal(root, warnings, disk);
        String aside = disk.run("reading " + journal.file, () -> {
            journal.load(prefix);
            return journal.damaged ? journal.setAside() : "";
        });
        if (journal.damaged) {
            warnings.accept("the journal was damaged and " + aside + "; "
                    + (journal.entries.isEmpty() ? "it held nothing to remove" : "to be removed from it: " + journal.entries.keySet()));
        }
        return journal;
    }

    /** Reads the journal while another process may be using it: changes nothing, and has no time limit. */
    public static Journal peek(Path root, String prefix) throws IOException {
        Journal journal = new Journal(root, warning -> { }, null);
        journal.load(prefix);
        return journal;
    }

    private void load(String prefix) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            String text = new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
            int end = text.lastIndexOf("\nend ") + 1;
            damaged = !text.startsWith(FIRST_LINE) || !text.substring(end).equals(lastLine(text.substring(0, end)));
            String id = damaged ? Pattern.quote(prefix) + "(?:" + Leftovers.KEEP + ")?[0-9]{1,18}" : ANY_ID;
            Pattern form = Pattern.compile("last (?<last>[0-9]{1,17})"
                    + "|(?<kind>mount|disk|tap|vm) (?<name>" + id + "(-kernel|-disk)?)( (?<until>[0-9]{1,17}))?");
            // Text after the last line's end is not a complete line.
            for (String line : text.substring(0, text.lastIndexOf('\n') + 1).split("\n")) {
                Matcher words = form.matcher(line);
                if (words.matches() && words.group("last") != null) {
                    last = Long.parseLong(words.group("last"));
                } else if (words.matches()) {
                    String until = words.group("until");
                    entries.put(new Entry(Kind.valueOf(words.group("kind").toUpperCase(Locale.ROOT)), words.group("name")),
                            until == null ? 0 : Long.parseLong(until));
                }
            }
        } catch (NoSuchFileException e) {
            // No run has been here yet.
        }
    }

    /** Replaces a damaged journal by a sound one. Returns what became of the damaged one, as the end of a sentence. */
    private String setAside() {
        Path aside = file.resolveSibling("journal.damaged");
        try {
            // A copy first, then the sound file over the old one: at any time there is one or the other.
            Files.copy(file, aside, StandardCopyOption.REPLACE_EXISTING);
            AtomicFile.write(file, text());
            return "is set aside as " + aside;
        } catch (IOException e) {
            return "cannot be set aside as " + aside + " (" + e + ")";
        }
    }

    /** Returns a copy of what is still to be removed, oldest first. */
    public Collection<Entry> entries() {
        return new LinkedHashSet<>(entries.keySet());
    }

    /** Returns how much is still to be removed, without what is kept on purpose; disks and tap devices only if there are any. */
    public Map<Kind, Integer> counts(Instant now) {
        Map<Kind, Integer> counts = new EnumMap<>(Map.of(Kind.MOUNT, 0, Kind.VM, 0));
        for (Entry entry : entries.keySet()) {
            if (!isKept(entry, now)) {
                counts.merge(entry.kind, 1, Integer::sum);
            }
        }
        return counts;
    }

    /** Returns whether the file was damaged when it was read. */
    public boolean damaged() {
        return damaged;
    }

    /** Returns the number of the newest run, or 0 before the first one. */
    public long newest() {
        return last;
    }

    /** Records that a run left its VM and mounts on purpose, and until when they stay. */
    public void keep(String id, Instant until) {
        entries.replaceAll((entry, before) -> entry.id().equals(id) ? until.getEpochSecond() : before);
        save();
    }

    /** Returns whether an entry stays for now: for at most {@link Leftovers#KEPT_FOR}, even if the clock was set back since. */
    boolean isKept(Entry entry, Instant now) {
        long until = entries.getOrDefault(entry, 0L);
        return until > now.getEpochSecond() && until <= now.plus(Leftovers.KEPT_FOR).getEpochSecond();
    }

    /**
     * Returns the number of the next run: the Unix time in seconds, but more than any number before it in this root. It
     * is used up once something is saved.
     */
    public long nextNumber(long unixSeconds) {
        last = Math.max(last + 1, unixSeconds);
        return last;
    }

    /**
     * Adds what is about to be asked for. It is on disk when this returns.
     *
     * @throws StepException if it cannot be written; it is not added then, and must not be asked for
     */
    public void add(Entry entry) throws StepException {
        Map<Entry, Long> before = new LinkedHashMap<>(entries);
        try {
            entries.putIfAbsent(entry, 0L);
            write();
        } catch (StepException e) {
            entries = before;
            throw e;
        }
    }

    /** Adds what was found on the node. If that cannot be written, it is known to this run only. */
    void addFound(Collection<Entry> found) {
        found.forEach(entry -> entries.putIfAbsent(entry, 0L));
        if (!found.isEmpty()) {
            save();
        }
    }

    public boolean contains(Entry entry) {
        return entries.containsKey(entry);
    }

    /** Removes what is confirmed to be gone. If that cannot be written, the next run removes it once more, which is harmless. */
    public void remove(Entry entry) {
        if (entries.remove(entry) != null) {
            save();
        }
    }

    /** Writes the journal, with the newest run's number, or warns that it cannot be written. */
    public void save() {
        try {
            write();
        } catch (StepException e) {
            warnings.accept(e.getMessage());
        }
    }

    private void write() throws StepException {
        // Made here, because a write that hangs must not see later changes.
        String text = text();
        try {
            disk.run("writing " + file, () -> {
                AtomicFile.write(file, text);
                return null;
            });
        } catch (IOException e) {
            Cause cause = e instanceof InterruptedIOException ? Cause.INTERRUPTED : Cause.LOCAL_ERROR;
            throw new StepException(cause, "the journal " + file + " cannot be written: " + e);
        }
    }

    private String text() {
        StringBuilder text = new StringBuilder(FIRST_LINE).append("last ").append(last).append('\n');
        entries.forEach((entry, until) -> text.append(entry).append(until == 0 ? "" : " " + until).append('\n'));
        return text.append(lastLine(text.toString())).toString();
    }

    private static String lastLine(String before) {
        return "end " + crc(before) + "\n";
    }

    private static String crc(String text) {
        CRC32 crc = new CRC32();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().toHexDigits(crc.getValue(), 8);
    }
}
