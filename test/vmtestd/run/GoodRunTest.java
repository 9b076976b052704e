package vmtestd.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Scenario;
import vmtestd.sim.Call;
import vmtestd.sim.Flist;
import vmtestd.sim.SimNode;
import vmtestd.status.PastRuns;

/** What a run asks of a node that is well, for each kind of flist; and flists that are no good. */
class GoodRunTest extends RigTest {
    private static final String TESTED = SimNode.HUB + "tests/tested.flist";

    @Test
    void deploysAContainerFromItsMount() throws Exception {
        RunReport report = rig.run(SimNode.CONTAINER);
        assertEquals("passed", Rig.verdict(report));
        assertEquals("List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted", rig.calls());
        assertEquals(PastRuns.STEPS, report.steps().stream().map(StepResult::step).toList());
        assertEquals(Set.of(), rig.left());
        assertEquals(List.of(), rig.sim.claims());

        String id = report.id();
        String mounts = directory.resolve("mountpoint") + "/";
        List<Call> calls = rig.sim.calls();
        assertEquals(List.of(quoted(id), quoted(SimNode.CONTAINER), options(true, 0)), calls.get(1).inputs());
        assertEquals(List.of(quoted(id + "-kernel"), quoted(SimNode.KERNELS), options(true, 0)), calls.get(2).inputs());
        assertEquals(vm(id, mounts + id + "-kernel/kernel", mounts + id + "-kernel/initramfs-linux.img", 1, mounts + id),
                calls.get(3).inputs().get(0));
        assertEquals(List.of(id + "-kernel", id + "-kernel", id, id), calls.subList(8, 12).stream().map(Call::name).toList());
    }

    @ParameterizedTest
    @EnumSource
    void aListenerThatThrowsFailsTheRunAndNothingIsLeft(Step at) throws Exception {
        rig.scenario = PastRuns.STEPS.contains(at) ? Scenario.BOOT : Scenario.STORAGE_NETWORK;
        rig.onStep = step -> {
            if (step == at) {
                throw new NoClassDefFoundError("gone");
            }
        };
        RunReport report = rig.run(SimNode.CONTAINER);
        assertEquals(at + " local-error", Rig.verdict(report));
        assertEquals("java.lang.NoClassDefFoundError: gone", report.failure().detail());
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void deploysAFullVmFromAWritableMountWithItsOwnKernel() throws Exception {
        RunReport report = rig.run(SimNode.FULL_VM);
        assertEquals("passed", Rig.verdict(report));
        assertEquals("List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted", rig.calls());
        assertEquals(Set.of(), rig.left());

        String mount = directory.resolve("mountpoint") + "/" + report.id();
        List<Call> calls = rig.sim.calls();
        // The image has four bytes; the rest is room beside it.
        assertEquals(List.of(quoted(report.id() + "-disk"), quoted(SimNode.FULL_VM), options(false, (64L << 20) + 4)), calls.get(2).inputs());
        assertEquals(vm(report.id(), mount + "/boot/vmlinuz-5.15", mount + "/boot/initrd.img", 0, mount + "-disk/image.raw"),
                calls.get(3).inputs().get(0));
        assertEquals(List.of(report.id() + "-disk", report.id()), List.of(calls.get(8).name(), calls.get(10).name()));
    }

    @Test
    void deploysADiskThatBringsNoKernelWithFirmware() throws Exception {
        RunReport report = rig.run(SimNode.DISK_ONLY);
        assertEquals("passed", Rig.verdict(report));
        assertEquals(Set.of(), rig.left());
        String mounts = directory.resolve("mountpoint") + "/" + report.id();
        assertEquals(vm(report.id(), mounts + "-kernel/hypervisor-fw", "", 0, mounts + "-disk/image.raw"),
                rig.sim.calls().get(4).inputs().get(0));
    }

    @Test
    void takesAContainersOwnKernelWithoutAnInitrd() throws Exception {
        rig.sim.flistd().publish(TESTED, Flist.container().file("/boot/vmlinuz", "kernel"));
        assertEquals("passed", Rig.verdict(rig.run(TESTED)));
        assertEquals("List Mount Run Exists Inspect Delete Exists Unmount Mounted", rig.calls());
        assertTrue(rig.sim.calls().get(2).inputs().get(0).contains("\"InitrdImage\":\"\""));
    }

    @Test
    void leavesALinkOutOfTheFlistInsideIt() throws Exception {
        rig.sim.flistd().publish(TESTED, Flist.container().link("/image.raw", "/dev/null"));
        assertEquals("passed", Rig.verdict(rig.run(TESTED)), "a container: /dev/null is not in the flist");
    }

    @ParameterizedTest
    @CsvSource({
        "/image.raw/x, x, /image.raw in the flist is a directory",
        "/boot/vmlinuz/x, x, /boot/vmlinuz in the flist is a directory",
        "/image.raw, -> /image.raw, more than 40 links"})
    void refusesWhatIsNoFile(String path, String content, String words) throws Exception {
        rig.sim.flistd().publish(TESTED, new Flist().file(path, content));
        RunReport report = rig.run(TESTED);
        assertEquals("inspect bad-flist", Rig.verdict(report));
        assertTrue(report.failure().detail().contains(words), String.valueOf(report.failure()));
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void refusesAKernelFlistWithoutAKernel() throws Exception {
        rig.sim.flistd().publish(SimNode.KERNELS, Flist.container());
        RunReport report = rig.run(SimNode.CONTAINER);
        assertEquals(new Failure(Step.INSPECT, Cause.BAD_FLIST, "the flist " + SimNode.KERNELS + " has no /kernel"),
                report.failure());
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void saysWhatTheHubSaid() throws Exception {
        RunReport report = rig.run(SimNode.HUB + "nobody/knows.flist");
        assertEquals(new Failure(Step.MOUNT, Cause.REMOTE_ERROR,
                "flist failed to Mount: ro mount of flist failed: fail to download flist: 404 Not Found"), report.failure());
        assertEquals(Set.of(), rig.left());
    }

    private static String quoted(String text) {
        return '"' + text + '"';
    }

    private static String options(boolean readOnly, long limit) {
        return "{\"ReadOnly\":" + readOnly + ",\"Limit\":" + limit + ",\"Storage\":\"\",\"PersistedVolume\":\"\"}";
    }

    private static String vm(String id, String kernel, String initrd, int bootType, String bootPath) {
        return "{\"Name\":\"" + id + "\",\"CPU\":1,\"Memory\":536870912,\"Network\":{\"Ifaces\":null,\"Nameservers\":null},"
                + "\"KernelImage\":\"" + kernel + "\",\"InitrdImage\":\"" + initrd + "\",\"KernelArgs\":null,\"Entrypoint\":\"\","
                + "\"Disks\":null,\"Shared\":null,\"Boot\":{\"Type\":" + bootType + ",\"Path\":\"" + bootPath + "\"},"
                + "\"Environment\":null,\"NoKeepAlive\":true,\"Hostname\":\"\",\"Devices\":null}";
    }
}
