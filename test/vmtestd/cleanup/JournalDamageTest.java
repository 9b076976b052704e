package vmtestd.cleanup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.cleanup.Journal.Entry;
import vmtestd.cleanup.Journal.Kind;
import vmtestd.run.Rig;

/** A damaged journal is reported and set aside, and never has anything removed that is not ours. */
class JournalDamageTest {
    private static final String NUMBER = "1763832962";
    private static final List<Entry> ENTRIES = List.of(new Entry(Kind.MOUNT, "test-vm-" + NUMBER),
            new Entry(Kind.MOUNT, "test-vm-" + NUMBER + "-kernel"), new Entry(Kind.VM, "test-vm-" + NUMBER));

    @TempDir
    Path root;
    private final List<String> reports = new ArrayList<>();
    private byte[] good;

    @BeforeEach
    void write() throws Exception {
        Journal journal = Journal.open(root, "test-vm-", reports::add, Rig.DISK);
        journal.nextNumber(Long.parseLong(NUMBER));
        for (Entry entry : ENTRIES) {
            journal.add(entry);
        }
        good = Files.readAllBytes(root.resolve("journal"));
    }

    @Test
    void isReadUpToItsLastCompleteLineWhereverItIsCutOff() throws Exception {
        for (int length = 0; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            List<Entry> believed = damaged(cut);
            String text = new String(cut, StandardCharsets.US_ASCII);
            List<Entry> whole = ENTRIES.stream().filter(entry -> text.contains(entry + "\n")).toList();
            assertEquals(whole, believed, "cut off after " + length + " bytes");
        }
    }

    @Test
    void isFoundOutAndHonoursOnlyOurNamesWhicheverByteIsChanged() throws Exception {
        Random random = new Random(3);
        for (int at = 0; at < good.length; at++) {
            int before = good[at];
            for (int now : new int[] {before ^ 1, before ^ 0x80, 0, ' ', '\n', '0', 'x', before ^ (1 + random.nextInt(255))}) {
                if ((byte) now == before) {
                    continue;
                }
                byte[] changed = good.clone();
                changed[at] = (byte) now;
                for (Entry entry : damaged(changed)) {
                    assertTrue(entry.name().matches("test-vm-[0-9]{1,18}(-kernel)?"), "byte " + at + ": " + entry);
                }
            }
        }
    }

    @Test
    void losesNoMoreThanTheLineThatIsDamaged() throws Exception {
        String text = new String(good, StandardCharsets.US_ASCII);
        assertEquals(ENTRIES, damaged(text.replace("last 1", "last 2").getBytes()));
        assertEquals(ENTRIES, damaged(text.replaceFirst("end .*", "end 00000000").getBytes()));
        assertEquals(ENTRIES, damaged(text.replace("journal 1", "journal 2").getBytes()));
        assertEquals(ENTRIES, damaged((text + "x").getBytes()));
        assertEquals(ENTRIES, damaged((text + text).getBytes()));
        assertEquals(ENTRIES.subList(1, 3), damaged(text.replaceFirst("mount test", "mount rest").getBytes()));
        assertEquals(ENTRIES.subList(0, 2), damaged(text.replace("\nvm ", "\nwm ").getBytes()));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "vm 100-1234-uservm", "vm users-1", "vm test-vm-", "vm test-vm-x", "vm test-vm-1-2", "vm test-vm-1/../2", "vm ../test-vm-1",
        "vm test-vm-1 ", " vm test-vm-1", "vm  test-vm-1", "vm\ttest-vm-1", "VM test-vm-1", "vm test-vm-1\r", "vm test-vm-1-kernel2",
        "vm test-vm-1234567890123456789", "vm test-vm-\u0661", "mount ", "mount test_vm_1", "mount", "volume test-vm-1"})
    void honoursNoForeignNameThatAppearsInIt(String line) throws Exception {
        assertEquals(List.of(), damaged(("vmtestd journal 1\nlast 5\n" + line + "\nend 00000000\n").getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void takesAPrefixLiterally() throws Exception {
        Files.writeString(root.resolve("journal"), "vm a.c-1\nvm abc-1\n");
        assertEquals(List.of(new Entry(Kind.VM, "a.c-1")),
                List.copyOf(Journal.open(root, "a.c-", reports::add, Rig.DISK).entries()));
    }

    @Test
    void saysWhatWasDamagedAndWhatWillBeRemoved() throws Exception {
        String aside = "the journal was damaged and is set aside as " + root.resolve("journal.damaged") + "; ";
        damaged(new byte[0]);
        assertEquals(List.of(aside + "it held nothing to remove"), reports);
        damaged("vm test-vm-7\nmount test-vm-8\n".getBytes());
        assertEquals(List.of(aside + "to be removed from it: [vm test-vm-7, mount test-vm-8]"), reports);
    }

    @Test
    void keepsItsNumberIfThatLineIsComplete() throws Exception {
        Files.write(root.resolve("journal"), Arrays.copyOf(good, good.length - 3));
        assertEquals(Long.parseLong(NUMBER) + 1, Journal.open(root, "test-vm-", reports::add, Rig.DISK).nextNumber(5));
    }

    /** More than a run can write, and more than is read of it. */
    @Test
    void isDamagedIfItIsFarTooLong() throws Exception {
        String lines = ENTRIES.stream().map(entry -> entry + "\n").collect(Collectors.joining());
        assertEquals(ENTRIES, damaged(lines.repeat(10_000).getBytes()));
    }

    @Test
    void isUsedIfItCannotBeSetAside() throws Exception {
        Files.writeString(root.resolve("journal"), "vm test-vm-7\n");
        Files.createDirectories(root.resolve("journal.damaged/full"));
        assertEquals(List.of(new Entry(Kind.VM, "test-vm-7")), List.copyOf(Journal.open(root, "test-vm-", reports::add, Rig.DISK).entries()));
        assertEquals("vm test-vm-7\n", Files.readString(root.resolve("journal")), "it stays for the next one to honour");
        assertTrue(reports.get(0).startsWith("the journal was damaged and cannot be set aside as "), reports.get(0));
    }

    /** Opens a journal of these bytes, sees to it that it is set aside and reported; gives what it believes. */
    private List<Entry> damaged(byte[] bytes) throws IOException {
        reports.clear();
        Files.write(root.resolve("journal"), bytes);
        List<Entry> believed = List.copyOf(Journal.open(root, "test-vm-", reports::add, Rig.DISK).entries());
        assertEquals(1, reports.size(), "reported once");
        assertArrayEquals(bytes, Files.readAllBytes(root.resolve("journal.damaged")));
        assertTrue(Files.exists(root.resolve("journal")), "a whole one stands in its place");

        List<Entry> again = List.copyOf(Journal.open(root, "test-vm-", reports::add, Rig.DISK).entries());
        assertEquals(believed, again, "what is believed is on disk again, and whole");
        assertEquals(1, reports.size());
        assertFalse(Files.exists(root.resolve("journal.new")));
        return believed;
    }
}
