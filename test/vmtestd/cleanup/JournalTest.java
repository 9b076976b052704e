package vmtestd.cleanup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.cleanup.Journal.Entry;
import vmtestd.cleanup.Journal.Kind;
import vmtestd.run.Rig;

class JournalTest {
    private static final long NOW = 1_763_832_962;
    private static final Entry MOUNT = new Entry(Kind.MOUNT, "test-vm-1763832962");
    private static final Entry KERNEL = new Entry(Kind.MOUNT, "test-vm-1763832962-kernel");
    private static final Entry VM = new Entry(Kind.VM, "test-vm-1763832962");

    @TempDir
    Path root;

    @Test
    void keepsDisksAndTapDevices() throws Exception {
        Entry disk = new Entry(Kind.DISK, "test-vm-1763832962");
        Entry tap = new Entry(Kind.TAP, "test-vm-1763832962");
        Journal journal = open();
        journal.add(disk);
        journal.add(tap);
        assertEquals(List.of(disk, tap), List.copyOf(open().entries()));
        assertEquals(Map.of(Kind.MOUNT, 0, Kind.VM, 0, Kind.DISK, 1, Kind.TAP, 1), open().counts(Instant.ofEpochSecond(NOW)));
    }

    /** networkd refuses a name of more than 13 characters. */
    @Test
    void aTapDeviceHasAShortNameOfItsRun() {
        String name = new Entry(Kind.TAP, "test-vm-1763832962").tapName();
        assertTrue(name.matches("vmt-[0-9a-f]{8}"), name);
        assertNotEquals(name, new Entry(Kind.TAP, "test-vm-1763832963").tapName());
        assertNotEquals(name, new Entry(Kind.TAP, "test-vm-keep-1763832962").tapName());
    }

    @Test
    void isEmptyIfThereIsNone() throws Exception {
        assertEquals(List.of(), List.copyOf(open().entries()));
        assertFalse(Files.exists(root.resolve("journal")), "reading it makes none");
    }

    @Test
    void isWrittenAsItsCommentSays() throws Exception {
        Journal journal = open();
        journal.nextNumber(NOW);
        journal.add(MOUNT);
        journal.add(VM);
        String text = Files.readString(root.resolve("journal"));
        assertTrue(text.matches("vmtestd journal 1\nlast 1763832962\nmount test-vm-1763832962\nvm test-vm-1763832962\n"
                + "end [0-9a-f]{8}\n"), text);
        assertFalse(Files.exists(root.resolve("journal.new")));
    }

    @Test
    void keepsItsEntriesInTheirOrderOverARestart() throws Exception {
        Journal journal = open();
        for (Entry entry : List.of(MOUNT, VM, KERNEL)) {
            journal.add(entry);
            assertEquals(List.copyOf(journal.entries()), List.copyOf(open().entries()), "on disk at once");
        }
        assertEquals(List.of(MOUNT, VM, KERNEL), List.copyOf(open().entries()));

        Journal reopened = open();
        reopened.remove(VM);
        assertEquals(List.of(MOUNT, KERNEL), List.copyOf(open().entries()));
        reopened.remove(MOUNT);
        reopened.remove(KERNEL);
        assertEquals(List.of(), List.copyOf(open().entries()));
    }

    @Test
    void holdsAnEntryOnceHoweverOftenItIsAdded() throws Exception {
        Journal journal = open();
        journal.add(VM);
        journal.add(VM);
        assertEquals(List.of(VM), List.copyOf(open().entries()));
        journal.remove(VM);
        journal.remove(VM);
        assertEquals(List.of(), List.copyOf(open().entries()));
    }

    @Test
    void returnsACopyOfItsEntries() throws Exception {
        Journal journal = open();
        journal.add(VM);
        journal.entries().clear();
        assertEquals(List.of(VM), List.copyOf(journal.entries()));
    }

    /** What was written under another prefix is ours all the same: only the journal knows of it. */
    @Test
    void keepsEntriesOfAnotherPrefix() throws Exception {
        open().add(VM);
        Journal other = Journal.open(root, "other-", JournalTest::noDamage, Rig.DISK);
        assertEquals(List.of(VM), List.copyOf(other.entries()));
    }

    @Test
    void neverReturnsANumberTwiceWhateverTheClockDoes() throws Exception {
        Journal journal = open();
        assertEquals(NOW, journal.nextNumber(NOW));
        assertEquals(NOW + 1, journal.nextNumber(NOW), "twice in a second");
        assertEquals(NOW + 2, journal.nextNumber(NOW - 100_000), "the clock went back");
        assertEquals(NOW + 50, journal.nextNumber(NOW + 50));
        journal.add(VM);

        Journal reopened = open();
        assertEquals(NOW + 51, reopened.nextNumber(NOW - 100_000), "and the process was restarted");
        reopened.remove(VM);
        assertEquals(NOW + 52, open().nextNumber(0), "and nothing is left to remove");
    }

    @Test
    void keepsNoEntryThatCannotBeWritten() throws Exception {
        Journal journal = open();
        journal.add(MOUNT);
        Files.createDirectory(root.resolve("journal.new"));
        StepException e = assertThrows(StepException.class, () -> journal.add(VM));
        assertEquals(Cause.LOCAL_ERROR, e.cause());
        assertTrue(e.getMessage().startsWith("the journal " + root.resolve("journal") + " cannot be written: "), e.getMessage());
        assertEquals(List.of(MOUNT), List.copyOf(journal.entries()));
        assertEquals(List.of(MOUNT), List.copyOf(open().entries()));

        assertThrows(StepException.class, () -> journal.add(MOUNT));
        assertEquals(List.of(MOUNT), List.copyOf(journal.entries()), "an older entry stays");

        Files.delete(root.resolve("journal.new"));
        journal.add(VM);
        assertEquals(List.of(MOUNT, VM), List.copyOf(open().entries()), "it works again as soon as the disk does");
    }

    @Test
    void warnsIfARemovalCannotBeWritten() throws Exception {
        List<String> warnings = new ArrayList<>();
        Journal journal = Journal.open(root, "test-vm-", warnings::add, Rig.DISK);
        journal.add(VM);
        Files.createDirectory(root.resolve("journal.new"));
        journal.remove(VM);
        assertEquals(1, warnings.size());
        assertTrue(warnings.get(0).startsWith("the journal " + root.resolve("journal") + " cannot be written: "), warnings::toString);
        assertEquals(List.of(VM), List.copyOf(open().entries()), "the next process looks again");
    }

    /** Opening a FIFO that nobody reads never returns, as little as a write to a disk that hangs. */
    @Test
    void failsInTimeIfTheDiskHangs() throws Exception {
        Disk disk = new Disk(Duration.ofMillis(200), new StopSignal());
        List<String> warnings = new ArrayList<>();
        Journal journal = Journal.open(root, "test-vm-", warnings::add, disk);
        journal.add(MOUNT);
        assertEquals(0, new ProcessBuilder("mkfifo", root.resolve("journal.new").toString()).inheritIO().start().waitFor());
        StepException e = assertThrows(StepException.class, () -> journal.add(VM));
        String cannot = "the journal " + root.resolve("journal") + " cannot be written: java.io.IOException: writing " + root.resolve("journal");
        assertEquals(Cause.LOCAL_ERROR, e.cause());
        assertEquals(cannot + " has not finished within 200ms: the disk does not answer", e.getMessage());
        journal.remove(MOUNT);
        assertEquals(List.of(cannot + " has not finished yet: the disk does not answer"), warnings);
        assertEquals(List.of(MOUNT), List.copyOf(open().entries()));
    }

    @Test
    void bringsItsDirectoryBack() throws Exception {
        Path gone = Files.createDirectory(root.resolve("gone"));
        Journal journal = Journal.open(gone, "test-vm-", JournalTest::noDamage, Rig.DISK);
        Files.delete(gone);
        journal.add(VM);
        assertEquals(List.of(VM), List.copyOf(Journal.open(gone, "test-vm-", JournalTest::noDamage, Rig.DISK).entries()));
    }

    @Test
    void cannotBeOpenedIfItIsNotAFile() throws Exception {
        Files.createDirectory(root.resolve("journal"));
        assertThrows(IOException.class, this::open);
    }

    private Journal open() throws IOException {
        return Journal.open(root, "test-vm-", JournalTest::noDamage, Rig.DISK);
    }

    private static void noDamage(String report) {
        throw new AssertionError(report);
    }
}
