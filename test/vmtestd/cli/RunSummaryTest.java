package vmtestd.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Journal;
import vmtestd.report.Hints;
import vmtestd.cleanup.Scenario;
import vmtestd.report.Style;
import vmtestd.run.Failure;
import vmtestd.run.RunReport;
import vmtestd.run.Step;

class RunSummaryTest {
    private static final String FLAGS = " --root /r";

    private static RunReport report(Failure failure, Duration guestUp, String guest, String console, int vms, String... kept) {
        return new RunReport("test-vm-1", Scenario.BOOT, Instant.EPOCH, Duration.ofMillis(12_345), failure, List.of(), guestUp, guest, console,
                Map.of(Journal.Kind.VM, vms, Journal.Kind.MOUNT, 2 * vms), List.of(kept));
    }

    private static List<String> lines(RunReport report, int width) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        RunSummary.print(report, new Terminal(new PrintStream(out), false, Style.PLAIN, width), FLAGS);
        return out.toString().lines().toList();
    }

    @Test
    void aRunThatPassed() {
        assertEquals(List.of("PASSED in 12.35 s, guest up after 1.50 s", "  the guest's console ends:", "  | Welcome"),
                lines(report(null, Duration.ofMillis(1500), "Welcome\n", "", 0), 80));
        assertEquals(List.of("PASSED in 12.35 s (the guest's boot was not observed)"), lines(report(null, null, "", "", 0), 80));
    }

    @Test
    void aGuestThatDidNotBoot() {
        Failure failure = new Failure(Step.BOOT, Cause.NO_BOOT, "the guest did not boot within 30s\n");
        assertEquals(List.of("FAILED at boot (no-boot) after 12.35 s", "  The VM was started, but its guest did not boot.",
                "  the guest did not boot within 30s\\n", "  the guest's console ends:", "  | a \\u001b[31m", "  | b",
                "  the hypervisor's log ends:", "  | c", "  cleanup: nothing is left on the node",
                "  next: the guest's console; zinit log vmd; a longer --boot-timeout; vmtestd --once --keep leaves the VM for inspection"),
                lines(report(failure, null, "a \u001b[31m\nb", "c", 0), 200));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "DELETE | cloud-hypervisor (pid 7) still serves test-vm-1 | The VM, or a process that serves it, is still there after its removal. "
                + "| zinit log vmd; ps; if vmd does not list the VM, kill the processes that still serve it",
        "LIST | leftover test-vm-1: mount test-vm-1 still exists | A mount is still there after its removal. | zinit log flistd; mount",
        "UNMOUNT | mount test-vm-1 still exists | A mount is still there after its removal. | zinit log flistd; mount",
        "DELETE | disk test-vm-1 still exists 30s after | A disk is still there after its removal. | zinit log storaged; btrfs filesystem usage",
        "DELETE | tap device t-vmt-1 is still there 30s | A tap device is still there after its removal. | zinit log networkd; ip -d link show t-...",
        "LIST | leftover test-vm-1 of: tap test-vm-1 still exists | A tap device is still there after its removal. | zinit log networkd; ip -d link show t-..."})
    void aLeak(Step step, String detail, String meaning, String next) {
        assertEquals(List.of("FAILED at " + step + " (leak) after 12.35 s", "  " + meaning, "  " + detail,
                "  cleanup: 1 VM and 2 mounts may be left; the next run removes them, or vmtestd --sweep --root /r", "  next: " + next),
                lines(report(new Failure(step, Cause.LEAK, detail), null, "", "", 1), 200));
    }

    @Test
    void aVmThatIsKept() {
        assertEquals(List.of("FAILED at verify (vm-died) after 12.35 s", "  The VM was started, but did not keep running.", "  dead",
                "  next: the hypervisor's log; zinit log vmd", "  kept: VM test-vm-1, mount test-vm-1",
                "  to remove it: vmtestd --sweep --root /r; otherwise the daemon does, in an hour"),
                lines(report(new Failure(Step.VERIFY, Cause.VM_DIED, "dead"), null, "", "", 1, "VM test-vm-1", "mount test-vm-1"), 80));
    }

    @ParameterizedTest
    @EnumSource(Cause.class)
    void noLineIsLongerThanTheTerminalIsWide(Cause cause) {
        for (Step step : Step.values()) {
            List<String> lines = lines(report(new Failure(step, cause, "x".repeat(200)), null, "g ".repeat(100), "c".repeat(100), 1), 60);
            lines.forEach(line -> assertTrue(line.length() <= 60, line));
            assertEquals(cause != Cause.INTERRUPTED, lines.stream().anyMatch(line -> line.startsWith("  next: ")), lines::toString);
            assertFalse(Hints.of(new Failure(step, cause, ""), false, "").meaning().isEmpty());
        }
    }
}
